"""The history of charges of a Zaptec installation, as its cloud returns it: JSON, with the energy of each quarter hour.

Its instants are UTC, with and without saying so. The energy of a detail is what flowed until its instant since the
one before; where they do not sum to the session's, they are not believed.
"""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from ..energy import kwh_from_mwh, mwh_from_kwh
from ..reading import Activity, SuspendedBy
from ..sessions.session import Quality
from .foreign_values import timed, wall_clock
from .values import RefusedRowError, Row
from .where import Where

#: What rounding may take of each detail, in mWh.
_ROUNDED_MWH = 500


class ZaptecReader:
    """Reads sessions one by one."""

    def __init__(self, where: Where) -> None:
        """Know whose they are."""
        self._where = where

    def __call__(self, values: Any) -> dict[str, Any]:
        """Return the record of a session."""
        row = Row(values)
        start, end = _instant(row, "StartDateTime", "start"), _instant(row, "EndDateTime", "end")
        energy_mwh = row.energy_mwh("Energy")
        user = row.raw("User")
        person = Row(user).text("FullName") if isinstance(user, dict) else row.text("UserFullName")
        return {
            **timed(start, end),
            **self._where.charger(row.text("DeviceName")),
            "energy_kwh": None if energy_mwh is None else kwh_from_mwh(energy_mwh),
            "periods": _periods(row.raw("EnergyDetails"), start, end, energy_mwh),
            "program": "Zaptec",
            "payer": person,
            "id_token": row.text("TokenName"),
        }


def _instant(row: Row, name: str, ours: str) -> datetime | None:
    shown = wall_clock(row.text(name), ours, ())
    return shown.replace(tzinfo=UTC) if shown is not None and shown.tzinfo is None else shown


def _periods(
    details: Any, start: datetime | None, end: datetime | None, energy_mwh: int | None
) -> list[dict[str, Any]] | None:
    """Return charging periods; None where the details do not tell of all the energy, and of nothing else."""
    if not isinstance(details, list) or start is None or end is None or energy_mwh is None:
        return None
    read = [_detail(one) for one in details]
    edges = [start, *(at for at, _ in read)]
    energies = [flowed for _, flowed in read]
    if not read or edges != sorted(edges) or edges[-1] > end:
        return None
    if abs(sum(energies) - energy_mwh) > _ROUNDED_MWH * len(read):
        return None
    # What rounding took or gave is the last one's that can bear it.
    energies[-1] += energy_mwh - sum(energies)
    if energies[-1] < 0:
        return None
    return [
        {
            "start": before,
            "end": after,
            **_activity(energies, place),
            "energy_kwh": kwh_from_mwh(energies[place]),
            "quality": Quality.RECOVERED,
        }
        for place, (before, after) in enumerate(pairwise(edges))
        if after > before or energies[place]
    ]


def _activity(energies: list[int], place: int) -> dict[str, Any]:
    """Return what went on: why nothing flowed between two charges nobody knows, so it is nobody's idle time."""
    if energies[place]:
        return {"activity": Activity.CHARGING}
    if not any(energies[:place]):
        return {"activity": Activity.PREPARING}
    if not any(energies[place:]):
        return {"activity": Activity.FINISHING}
    return {"activity": Activity.SUSPENDED_EVSE, "suspended_by": SuspendedBy.UNKNOWN}


def _detail(values: Any) -> tuple[datetime, int]:
    row = Row(values)
    at, energy_kwh = _instant(row, "Timestamp", "periods"), row.amount("Energy")
    if at is None or energy_kwh is None:
        raise RefusedRowError("periods_not_understood")
    return at, mwh_from_kwh(energy_kwh)
