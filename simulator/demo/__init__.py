"""The demo: a house that lives in a real Home Assistant, in one command."""
