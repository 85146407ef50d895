"""Limits that move: the grid operator's, the target of a peak, and what the house is known to need."""
