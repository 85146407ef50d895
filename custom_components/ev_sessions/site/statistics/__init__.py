"""What is summed up over time: for Home Assistant's recorder, CO₂, and when chargers could not be used."""
