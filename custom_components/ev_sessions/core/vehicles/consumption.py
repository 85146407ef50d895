"""What a vehicle uses on the road, as far as its battery and its odometer tell between two charges."""

from typing import Final

#: Shorter trips say little: a level is whole percents.
_LEAST_KM: Final = 20.0
_LEAST_PERCENT: Final = 3.0


def consumption_kwh(
    *, battery_kwh: float | None, left_percent: float | None, came_percent: float | None, km: float | None
) -> float | None:
    """Return the kWh per 100 km that a vehicle used since it left a charger; None where that is not known.

    `left_percent` is its level when it left, `came_percent` when it came back, `km` what it drove.
    A vehicle that charged elsewhere in between seems to use less: who drove far for nothing is not believed.
    """
    if not battery_kwh or left_percent is None or came_percent is None or km is None or km < _LEAST_KM:
        return None
    used = left_percent - came_percent
    return None if used < _LEAST_PERCENT else round(used / 100 * battery_kwh / km * 100, 3)


def range_added_km(energy_kwh: float, per_100_km_kwh: float | None) -> float | None:
    """Return how far the energy of a charge goes; None where nobody knows what the vehicle uses."""
    return None if not per_100_km_kwh else round(energy_kwh / per_100_km_kwh * 100, 1)
