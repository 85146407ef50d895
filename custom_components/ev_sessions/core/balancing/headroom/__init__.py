"""What the house leaves for the chargers, circuit by circuit."""
