"""The ledger as the sites of a Home Assistant share it, and what is kept there at once."""
