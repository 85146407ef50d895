"""evcc's list of charging sessions, as CSV in any of its languages.

Its columns stand in one order whatever they are called (evcc, `core/session/session.go`): created, finished,
loadpoint, identifier, vehicle, odometer, meter start and stop, energy, duration; then, as versions go, states of
charge, the range that was added, the solar share, price, price per kWh, CO₂. Clocks show the local time without
its zone, numbers have a decimal point.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from .foreign_values import durations, instants, seconds, timed, wall_clock
from .session import NoSessionsError
from .table import Line, Table
from .values import RefusedRowError
from .where import Where

_CREATED, _FINISHED, _LOADPOINT, _IDENTIFIER, _VEHICLE, _ODOMETER, _START, _STOP, _ENERGY, _DURATION = range(10)
_FORMATS = ("%Y-%m-%d %H:%M:%S",)


class EvccReader:
    """Reads the lines of one table."""

    def __init__(self, table: Table, where: Where) -> None:
        """Find its columns; NoSessionsError where they are not evcc's."""
        headings = table.headings
        shares = [place for place, one in enumerate(headings) if one.endswith("(%)") and place > _DURATION]
        if "kwh" not in "".join(headings[_ENERGY : _ENERGY + 1]).lower() or not shares:
            raise NoSessionsError(f"its columns are not those of evcc: {', '.join(headings[: _DURATION + 1])}")
        *soc, solar = shares
        self._where = where
        self._table = table
        self._headings = headings
        # Older versions tell of neither, newer ones of both.
        self._soc = (headings[soc[0]], headings[soc[-1]]) if len(soc) > 1 else (None, None)
        self._solar = headings[solar]
        self._price = headings[solar + 1] if solar + 1 < len(headings) else None

    def __call__(self, line: Line) -> dict[str, Any]:
        """Return the record of a line."""
        say, number = self._said(line), self._table.number
        energy_kwh = number(say(_ENERGY))
        charging_s = seconds(say(_DURATION), "duration")
        start, end = instants(
            wall_clock(say(_CREATED), "start", _FORMATS),
            wall_clock(say(_FINISHED), "end", _FORMATS),
            self._where.zone,
            least_s=charging_s or 0,
        )
        return {
            **timed(start, end),
            **durations(start, end, charging_s=charging_s, idle_s=0),
            **self._where.charger(say(_LOADPOINT)),
            "energy_kwh": energy_kwh,
            "register_start_kwh": number(say(_START)),
            "register_end_kwh": number(say(_STOP)),
            "solar_kwh": _share(energy_kwh, number(line.text(self._solar))),
            "cost_exact": number(line.text(self._price)),
            "program": "evcc",
            "vehicle": say(_VEHICLE),
            "id_token": say(_IDENTIFIER),
            "odometer_km": number(say(_ODOMETER)),
            "soc_start": number(line.text(self._soc[0])),
            "soc_end": number(line.text(self._soc[1])),
        }

    def _said(self, line: Line) -> Callable[[int], str | None]:
        return lambda place: line.text(self._headings[place])


def _share(energy_kwh: str | None, percent: str | None) -> Decimal | None:
    """Return so many percent of an energy; None where one of them is not said."""
    if energy_kwh is None or percent is None:
        return None
    try:
        share = Decimal(energy_kwh) * Decimal(percent) / 100
    except InvalidOperation:
        raise RefusedRowError("solar_not_understood") from None
    return round(share, 6) if share.is_finite() else share
