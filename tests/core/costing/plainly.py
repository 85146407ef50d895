"""The straightforward calculation, written apart: a session minute by minute, nothing clever.

It knows OCPI's JSON, not our model. It holds for periods of whole minutes, energy that
divides by them, and restrictions by the minute.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]


def holds(given: dict[str, Any], local: datetime, kwh: Fraction, seconds: int, power_kw: Fraction) -> bool:
    now = local.strftime("%H:%M")
    start, end = given.get("start_time", "00:00"), given.get("end_time", "00:00")
    end = "24:00" if end == "00:00" else end
    if start < end:
        inside = start <= now < end
    elif start == end:
        inside = True
    else:
        inside = now >= start or now < end
    day = local.date().isoformat()
    return (
        inside
        and given.get("start_date", "0000") <= day < given.get("end_date", "9999")
        and DAYS[local.weekday()] in given.get("day_of_week", DAYS)
        and given.get("min_kwh", 0) <= kwh < given.get("max_kwh", 10**9)
        and given.get("min_duration", 0) <= seconds < given.get("max_duration", 10**9)
        and given.get("min_power", 0) <= power_kw < given.get("max_power", 10**9)
    )


def plain_cost(tariff: dict[str, Any], told: list[Any], zone: ZoneInfo) -> tuple[Fraction, Fraction]:
    """Return both totals; `told` are (start, minutes, kWh, state)."""
    used: dict[str, list[tuple[tuple[int, int], Fraction]]] = {"ENERGY": [], "TIME": [], "PARKING_TIME": []}
    fee: tuple[int, int] | None = None
    order: list[str] = []
    kwh = Fraction(0)
    begun = told[0][0]

    def find(kind: str, at: datetime, power: Fraction) -> tuple[int, int] | None:
        seconds = int((at - begun).total_seconds())
        for number, one in enumerate(tariff["elements"]):
            for place, component in enumerate(one["price_components"]):
                if component["type"] == kind and holds(
                    one.get("restrictions", {}), at.astimezone(zone), kwh, seconds, power
                ):
                    return number, place
        return None

    for start, minutes, energy, state in told:
        per_minute = Fraction(str(energy)) / minutes
        for minute in range(minutes):
            at = start + timedelta(minutes=minute)
            if fee is None:
                fee = find("FLAT", at, per_minute * 60)
            kind = {"charging": "TIME", "parking": "PARKING_TIME"}.get(state)
            if kind is not None and (found := find(kind, at, per_minute * 60)) is not None:
                used[kind].append((found, Fraction(1, 60)))
                order.append(kind)
            # Within the minute the energy may pass a threshold.
            rest = per_minute
            while rest:
                edges = [
                    Fraction(str(value)) - kwh
                    for one in tariff["elements"]
                    for name, value in one.get("restrictions", {}).items()
                    if name.endswith("_kwh") and value > kwh
                ]
                bite = min([rest, *edges])
                if (found := find("ENERGY", at, per_minute * 60)) is not None:
                    used["ENERGY"].append((found, bite))
                kwh += bite
                rest -= bite

    for kind, unit in (("ENERGY", 1000), (order[-1] if order else "TIME", 3600)):
        if used[kind]:
            last = used[kind][-1][0]
            step = tariff["elements"][last[0]]["price_components"][last[1]]["step_size"]
            if step:
                total = sum(amount for _, amount in used[kind]) * unit
                used[kind].append((last, Fraction(ceil(total / step) * step - total) / unit))

    excl = incl = Fraction(0)
    everything = [one for found in used.values() for one in found] + ([(fee, Fraction(1))] if fee else [])
    for (number, place), amount in everything:
        component = tariff["elements"][number]["price_components"][place]
        net = amount * Fraction(Decimal(str(component["price"])))
        excl += net
        incl += net * (1 + Fraction(Decimal(str(component.get("vat", 0)))) / 100)
    return excl, incl
