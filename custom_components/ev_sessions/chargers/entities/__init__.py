"""A charger that other integrations already brought into Home Assistant: its entities are the way to it."""
