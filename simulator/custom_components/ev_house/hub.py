"""What the house's entities hang on."""

from homeassistant.const import Platform

from simulator.component.hub import Hub, PlantConfigEntry

PLATFORMS = [Platform.BINARY_SENSOR, Platform.NUMBER, Platform.SENSOR, Platform.SWITCH]

type HouseConfigEntry = PlantConfigEntry

__all__ = ["PLATFORMS", "HouseConfigEntry", "Hub"]
