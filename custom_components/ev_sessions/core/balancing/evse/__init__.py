"""One EVSE as the balancer sees it: what it draws, what its car makes of an offer, and what is remembered."""
