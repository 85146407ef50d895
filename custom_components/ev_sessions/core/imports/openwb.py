"""The log of charges of openWB 1.9: CSV by the month, without headings.

Ten columns: begin, end (`01.02.24-18:05`), range in km, kWh, mean kW, duration in words, number of the charge point,
mode, RFID, cost. What charged through has no pauses in it.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from .foreign_values import durations, instants, number, seconds, timed, wall_clock
from .session import NoSessionsError
from .table import Lines
from .values import RefusedRowError, Row
from .where import Where

_FORMATS = ("%d.%m.%y-%H:%M",)
_COLUMNS = 10
#: Older months end before the RFID, or before the cost.
_LEAST_COLUMNS = 8


class OpenWbReader:
    """Reads the lines of a month."""

    def __init__(self, lines: Lines, where: Where) -> None:
        """Have lines of its shape; NoSessionsError where the first has another."""
        first = lines.cells[0]
        if not _LEAST_COLUMNS <= len(first) <= _COLUMNS:
            raise NoSessionsError(f"a line of openWB has {_COLUMNS} columns, and its first has {len(first)}")
        self._where = where
        self._comma = lines.delimiter != ","

    def __call__(self, cells: Sequence[str]) -> dict[str, Any]:
        """Return the record of a line."""
        if not _LEAST_COLUMNS <= len(cells) <= _COLUMNS:
            raise RefusedRowError("other_number_of_columns")
        said = [cell.strip() or None for cell in cells] + [None] * (_COLUMNS - len(cells))
        begun, ended, _, energy_kwh, _, lasted, point, _, card, cost = said
        charging_s = seconds(lasted, "duration")
        start, end = instants(
            wall_clock(begun, "start", _FORMATS),
            wall_clock(ended, "end", _FORMATS),
            self._where.zone,
            # It is shown in whole minutes.
            least_s=max(0, (charging_s or 0) - 60),
        )
        return {
            **timed(start, end),
            **durations(start, end, charging_s=charging_s, idle_s=0),
            **self._where.charger(point and f"LP {point}"),
            "energy_kwh": number(energy_kwh, comma=self._comma),
            "cost_exact": _cost(number(cost, comma=self._comma)),
            "program": "openWB",
            "id_token": card if card != "0" else None,
        }


def _cost(said: str | None) -> Decimal | None:
    """Return the cost; where no price is entered there openWB says 0, which is not known and not free."""
    cost = Row({"cost": said}).number("cost")
    return cost or None
