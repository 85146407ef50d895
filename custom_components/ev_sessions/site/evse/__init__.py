"""One EVSE at run time: readings in, sessions and a limit out."""
