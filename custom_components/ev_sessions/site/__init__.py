"""One site at run time: small services plugged together; wiring, never rules."""
