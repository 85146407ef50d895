"""Sums over time: energy, cost, CO₂ and availability by day, month and year."""
