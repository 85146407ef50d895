"""ChargePoint's list of sessions: CSV with headings in English, and a column for the zone of each clock."""

from datetime import datetime, timedelta, timezone
from typing import Any

from ..sessions.session import EndReason
from .foreign_values import durations, instants, remark, seconds, timed, wall_clock
from .table import Line, Table
from .values import RefusedRowError
from .where import Where

_FORMATS = ("%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%Y-%m-%d %H:%M:%S")
#: What it writes for a zone, in hours ahead of UTC.
_HOURS = {
    "UTC": 0,
    "GMT": 0,
    "AST": -4,
    "ADT": -3,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "AKST": -9,
    "AKDT": -8,
    "HST": -10,
    "BST": 1,
    "CET": 1,
    "CEST": 2,
    "EET": 2,
    "EEST": 3,
}
_CHARGING = "Charging Time (hh:mm:ss)"


class ChargePointReader:
    """Reads the lines of one table."""

    def __init__(self, table: Table, where: Where) -> None:
        """Have its columns; NoSessionsError where they are not there."""
        table.need("Start Date", "End Date", "Energy (kWh)")
        self._where = where
        self._table = table

    def __call__(self, line: Line) -> dict[str, Any]:
        """Return the record of a line."""
        charging_s = seconds(line.text(_CHARGING), "charging_time")
        start, end = instants(_shown(line, "start"), _shown(line, "end"), self._where.zone)
        return {
            **timed(start, end),
            **durations(start, end, charging_s=charging_s),
            **self._where.charger(line.text("Station Name")),
            "energy_kwh": self._table.number(line.text("Energy (kWh)")),
            "cost_exact": self._table.number(line.text("Fee")),
            "currency": line.text("Currency"),
            "end_reason": EndReason.UNPLUGGED if "Plug Out" in (line.text("Ended By") or "") else None,
            "note": remark("ChargePoint", line.text("Plug In Event Id")),
            "program": "ChargePoint",
            "payer": line.text("User ID"),
        }


def _shown(line: Line, name: str) -> datetime | None:
    heading = name.capitalize()
    shown = wall_clock(line.text(f"{heading} Date"), name, _FORMATS)
    abbreviation = line.text(f"{heading} Time Zone")
    if shown is None or abbreviation is None:
        return shown
    hours = _HOURS.get(abbreviation.upper())
    if hours is None:
        raise RefusedRowError(f"{name}_time_zone_not_known")
    return shown.replace(tzinfo=timezone(timedelta(hours=hours)))
