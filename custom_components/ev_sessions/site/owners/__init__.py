"""Vehicles and payers of a site: who there is, what their month amounts to, and who is asked."""
