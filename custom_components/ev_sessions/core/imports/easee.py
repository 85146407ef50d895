"""Sessions of an Easee charger, as its cloud returns them: JSON with instants and costs with and without VAT."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from .foreign_values import durations, timed
from .values import Row
from .where import Where

#: As another of its calls names the same.
_OTHERWISE = {"carConnected": "sessionStart", "carDisconnected": "sessionEnd", "kiloWattHours": "sessionEnergy"}


class EaseeReader:
    """Reads sessions one by one."""

    def __init__(self, where: Where) -> None:
        """Know whose they are."""
        self._where = where

    def __call__(self, values: Any) -> dict[str, Any]:
        """Return the record of a session."""
        given = Row(values)
        row = Row({**values, **{name: values.get(name, given.raw(other)) for name, other in _OTHERWISE.items()}})
        start, end = row.instant("carConnected"), row.instant("carDisconnected")
        return {
            **timed(start, end),
            **_durations(row, start, end),
            **self._where.charger(row.text("chargerName")),
            "energy_kwh": row.raw("kiloWattHours"),
            **_cost(row),
        }


def _durations(row: Row, start: datetime | None, end: datetime | None) -> dict[str, int]:
    first = row.instant("firstEnergyTransferPeriodStarted") or row.instant("firstEnergyTransferPeriodStart")
    last = row.instant("lastEnergyTransferPeriodEnd")
    if start is None or end is None or first is None or last is None or last < first:
        return {}
    span_s = int((last - first).total_seconds())
    said_s = row.amount("actualDurationSeconds")
    waiting_s, idle_s = int((first - start).total_seconds()), int((end - last).total_seconds())
    charging_s = span_s if not said_s else min(int(said_s), span_s)
    return durations(start, end, charging_s=charging_s, waiting_s=waiting_s, idle_s=idle_s)


def _cost(row: Row) -> dict[str, Any]:
    """Return the cost with VAT; where no price was entered there it says 0, which is not known and not free."""
    cost, price = row.number("costIncludingVat"), row.number("pricePrKwhIncludingVat")
    if cost is None or (cost == Decimal(0) and not price):
        return {}
    return {"cost_exact": cost, "currency": row.text("currency")}
