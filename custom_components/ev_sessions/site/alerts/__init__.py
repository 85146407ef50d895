"""What an EVSE and a site tell their owner at once."""
