"""Chargers that speak OCPP: Home Assistant is the central system that they call."""
