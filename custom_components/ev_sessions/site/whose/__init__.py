"""Whose a session is: cards, vehicles and payers, and how they are known."""
