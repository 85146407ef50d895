"""What is known of the integrations of chargers: which of their entities make up a charger, as data."""
