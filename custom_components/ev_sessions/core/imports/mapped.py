"""Any table with headings: a person says which of its columns is which field of a record of ours."""

from collections.abc import Mapping
from typing import Any

from .foreign_values import durations, instants, seconds, timed, wall_clock
from .session import NoSessionsError
from .table import Line, Table
from .where import Where

_NUMBERS = (
    "energy_kwh",
    "register_start_kwh",
    "register_end_kwh",
    "solar_kwh",
    "cost",
    "cost_exact",
    "peak_power_kw",
    "evse",
    "soc_start",
    "soc_end",
    "odometer_km",
)
_TEXTS = ("charger", "currency", "note", "end_reason", "vehicle", "payer", "id_token")
_TIMES = ("start", "end")
#: Durations that a table may have; `charging` as 1:20:34, 1h20m or 80 Min.
_DURATIONS = ("charging",)
#: Fields that a column can be.
FIELDS = (*_TIMES, *_DURATIONS, *_NUMBERS, *_TEXTS)
_NEEDED = ("start", "end", "energy_kwh")
#: Unambiguous ways to write a date; any other a person has to say.
_FORMATS = ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y, %H:%M", "%d.%m.%Y, %H:%M:%S")


class MappedReader:
    """Reads the lines of one table by the columns that are said."""

    def __init__(self, table: Table, where: Where, columns: Mapping[str, str], time_format: str | None) -> None:
        """Have columns; NoSessionsError where one is not there, or not said and has not the field's own name."""
        unknown = [field for field in columns if field not in FIELDS]
        if unknown:
            raise NoSessionsError(f"{', '.join(unknown)} is no field of a session; these are: {', '.join(FIELDS)}")
        own = {field: field for field in FIELDS if field in table.headings}
        self._columns = {**own, **columns}
        table.need(*(self._columns.get(field, field) for field in (*_NEEDED, *columns)))
        self._formats = _FORMATS if time_format is None else (time_format,)
        self._where = where
        self._table = table

    def __call__(self, line: Line) -> dict[str, Any]:
        """Return the record of a line."""
        said = {field: line.text(self._columns.get(field)) for field in FIELDS}
        charging_s = seconds(said["charging"], "charging")
        shown = [wall_clock(said[name], name, self._formats) for name in _TIMES]
        start, end = instants(shown[0], shown[1], self._where.zone, least_s=charging_s or 0)
        return {
            **{name: said[name] for name in _TEXTS},
            **{name: self._table.number(said[name]) for name in _NUMBERS},
            **timed(start, end),
            **durations(start, end, charging_s=charging_s),
            **self._where.charger(said["charger"]),
        }
