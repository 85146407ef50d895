"""Prices as they were seen and forecast, so that the past can be costed after a restart."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.engine import Connection

from ..core.prices.price import PriceSlot
from .audit import record
from .schema import fields, price_slot
from .upsert import upsert


def put_prices(connection: Connection, tariff_id: str, currency: str, slots: Iterable[PriceSlot]) -> None:
    """Write what was learned of a tariff's price; of one start and basis the last counts."""
    rows = {
        (slot.start, slot.basis): {
            "tariff_id": tariff_id,
            "start": slot.start,
            "basis": slot.basis,
            "end": slot.end,
            "price_per_kwh": slot.price_per_kwh,
            "currency": currency,
            "seen_at": slot.seen_at,
        }
        for slot in slots
    }
    upsert(connection, price_slot, list(rows.values()))


def prices_of(connection: Connection, tariff_id: str, start: datetime, end: datetime) -> tuple[PriceSlot, ...]:
    """Return what tells of a tariff's price in [start, end), in order of time.

    The newest sample before the span comes along: it says what held when the span began.
    """
    slot = price_slot.c
    mine = select(*fields(price_slot, "tariff_id", "currency")).where(slot.tariff_id == tariff_id)
    is_interval = slot.end.is_not(None)
    before = mine.where(slot.start < start, ~is_interval).order_by(slot.start.desc()).limit(1)
    within = mine.where(slot.start < end, or_(slot.start >= start, and_(is_interval, slot.end > start)))
    rows = [
        *connection.execute(before).mappings(),
        *connection.execute(within.order_by(slot.start, slot.basis)).mappings(),
    ]
    return tuple(sorted((PriceSlot(**row) for row in rows), key=lambda one: (one.start, one.basis)))


def import_prices(
    connection: Connection,
    tariff_id: str,
    currency: str,
    slots: Sequence[PriceSlot],
    *,
    site_id: str,
    who: str,
    at: datetime,
) -> None:
    """Write prices that a person handed over, and who did; all in one transaction, or none."""
    put_prices(connection, tariff_id, currency, slots)
    record(
        connection,
        site_id=site_id,
        at=at,
        who=who,
        action="import",
        subject="prices",
        subject_id=tariff_id,
        new={
            "slots": len(slots),
            "start": min(slot.start for slot in slots).isoformat(),
            "end": max(slot.end or slot.start for slot in slots).isoformat(),
        },
    )
