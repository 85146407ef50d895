"""OCPP 1.6: what its messages mean, and what is sent."""
