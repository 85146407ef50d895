"""The house's appliances, learned from what the grid meter shows: what went off, and whether it comes back soon.

What is learned holds room back, or lets patience go; it never stands against what is measured now.
"""
