"""The central system as the house has it: shared by the sites, which lend it their chargers."""
