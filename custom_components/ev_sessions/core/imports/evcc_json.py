"""evcc's charging sessions as its interface returns them: JSON, with instants and the charging time in ns.

The names are those of evcc's `core/session/session.go`.
"""

from datetime import datetime
from typing import Any

from .foreign_values import durations, instants, timed, wall_clock
from .values import Row
from .where import Where

_NS_PER_S = 1_000_000_000


class EvccJsonReader:
    """Reads sessions one by one."""

    def __init__(self, where: Where) -> None:
        """Know whose they are."""
        self._where = where

    def __call__(self, values: Any) -> dict[str, Any]:
        """Return the record of a session."""
        row = Row(values)
        # Both tell their offset; what does not is of the site's clock.
        start, end = instants(_instant(row, "created", "start"), _instant(row, "finished", "end"), self._where.zone)
        # In ns it is larger than any other figure of a session.
        lasted_ns, energy_kwh = row.raw("chargeDuration"), row.amount("chargedEnergy")
        solar_percent = row.amount("solarPercentage")
        solar_kwh = None if energy_kwh is None or solar_percent is None else energy_kwh * solar_percent / 100
        return {
            **timed(start, end),
            **durations(
                start, end, charging_s=lasted_ns // _NS_PER_S if isinstance(lasted_ns, int) else None, idle_s=0
            ),
            **self._where.charger(row.text("loadpoint")),
            "energy_kwh": energy_kwh,
            "register_start_kwh": row.raw("meterStart"),
            "register_end_kwh": row.raw("meterStop"),
            "solar_kwh": None if solar_kwh is None else round(solar_kwh, 6),
            "cost_exact": row.number("price"),
            "program": "evcc",
            "vehicle": row.text("vehicle"),
            "id_token": row.text("identifier"),
            "odometer_km": row.raw("odometer"),
            "soc_start": row.raw("socStart"),
            "soc_end": row.raw("socStop"),
        }


def _instant(row: Row, name: str, ours: str) -> datetime | None:
    # A session that goes on has finished in the year 1.
    return wall_clock(row.text(name), ours, ())
