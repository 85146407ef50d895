"""What a site's energy costs, and who is billed by which tariff."""
