"""The plant: a three-phase house, its meter, its chargers and the cars that come and go. Pure and seeded."""
