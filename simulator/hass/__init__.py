"""A real Home Assistant in a process of its own, for the demo and for end-to-end tests."""
