"""What is known of a car, and what its owner wants of it."""
