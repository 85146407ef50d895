"""From readings to sessions: the tracker, its register of energy, and what is told late."""
