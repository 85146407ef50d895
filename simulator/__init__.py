"""A house to develop against: plant, cars and devices, behind Home Assistant as real ones would be."""
