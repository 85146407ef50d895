"""Sharing the room out: who is let in, in which order, and how much each of them gets."""
