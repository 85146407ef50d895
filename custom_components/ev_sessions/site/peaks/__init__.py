"""The mean power of each quarter hour at the grid, and what that costs."""
