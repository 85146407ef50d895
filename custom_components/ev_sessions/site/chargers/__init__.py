"""What a charger is reached by, made as its configuration says."""
