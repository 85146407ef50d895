"""The meters of the grid connection and of circuits: what they show, how late, and whether to believe it."""
