"""What sessions cost under a tariff, line by line, and what was corrected afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.engine import Connection
from ulid_transform import ulid_now

from ..core.session import PriceBasis
from .audit import record
from .errors import UnknownRecordError
from .schema import CostRole, charging_period, correction, costing, costing_line, fields, session
from .stale import mark_session_stale
from .upsert import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """One line of a costing beside the energy of the periods, which carry their own price.

    `amount_nano` is `quantity` × `unit_price` in 10⁻⁹ of the major unit.
    """

    start: datetime
    end: datetime
    component: str
    quantity: Decimal
    unit: str
    amount_nano: int
    period_index: int | None = None
    unit_price: Decimal | None = None
    tax_percent: Decimal | None = None
    rule: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Costing:
    """A session's cost under one tariff version, for the house or for a payer.

    `total_nano` is in 10⁻⁹ of the major unit of `currency`; energy without a price is not in
    it but in `unpriced_mwh`. `lines` are all lines (the stored ones are replaced), or None to
    leave them alone.
    """

    session_id: str
    role: CostRole = CostRole.HOUSE
    tariff_version_id: str | None = None
    current: bool = True
    final: bool = False
    currency: str
    total_nano: int
    unpriced_mwh: int = 0
    average_price: Decimal | None = None
    costed_at: datetime
    lines: tuple[CostLine, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodPrice:
    """The price that became known for a stored charging period."""

    session_id: str
    index: int
    price_per_kwh: Decimal | None
    price_basis: PriceBasis
    cost_nano: int | None


def put_costings(connection: Connection, costings: Sequence[Costing], site_id: str, at: datetime) -> None:
    """Write costings; a final one that changes leaves a correction with old and new total.

    One in another currency is another costing: money of two currencies never meets in one sum.
    """
    for one in costings:
        known = _known(connection, one)
        if known is None:
            costing_id = ulid_now()
            connection.execute(insert(costing).values(id=costing_id, **_row(one)))
        else:
            costing_id = known["id"]
            if known["final"] and (known["total_nano"], known["unpriced_mwh"]) != (one.total_nano, one.unpriced_mwh):
                _correct(connection, one, known, site_id, at)
            connection.execute(update(costing).where(costing.c.id == costing_id).values(**_row(one)))
        if one.current:
            connection.execute(
                update(costing)
                .where(
                    costing.c.session_id == one.session_id,
                    costing.c.role == one.role,
                    costing.c.id != costing_id,
                    costing.c.current.is_(True),
                )
                .values(current=False)
            )
        if one.lines is not None:
            mark_session_stale(connection, one.session_id)
            connection.execute(
                delete(costing_line).where(
                    costing_line.c.costing_id == costing_id, costing_line.c.line_index >= len(one.lines)
                )
            )
            upsert(
                connection,
                costing_line,
                [_line_row(costing_id, index, line) for index, line in enumerate(one.lines)],
            )


def _known(connection: Connection, one: Costing) -> Any:
    version = costing.c.tariff_version_id
    query = select(*fields(costing)).where(
        costing.c.session_id == one.session_id,
        costing.c.role == one.role,
        costing.c.currency == one.currency,
        version.is_(None) if one.tariff_version_id is None else version == one.tariff_version_id,
    )
    return connection.execute(query).mappings().first()


def _row(one: Costing) -> dict[str, Any]:
    return {
        "session_id": one.session_id,
        "role": one.role,
        "tariff_version_id": one.tariff_version_id,
        "current": one.current,
        "final": one.final,
        "currency": one.currency,
        "total_nano": one.total_nano,
        "unpriced_mwh": one.unpriced_mwh,
        "average_price": one.average_price,
        "costed_at": one.costed_at,
    }


def _line_row(costing_id: str, index: int, line: CostLine) -> dict[str, Any]:
    return {
        "costing_id": costing_id,
        "line_index": index,
        "period_index": line.period_index,
        "start": line.start,
        "end": line.end,
        "component": line.component,
        "quantity": line.quantity,
        "unit": line.unit,
        "unit_price": line.unit_price,
        "tax_percent": line.tax_percent,
        "amount_nano": line.amount_nano,
        "rule": line.rule,
    }


def _correct(connection: Connection, one: Costing, known: Any, site_id: str, at: datetime) -> None:
    connection.execute(
        insert(correction).values(
            id=ulid_now(),
            session_id=one.session_id,
            role=one.role,
            at=at,
            currency=one.currency,
            old_total_nano=known["total_nano"],
            new_total_nano=one.total_nano,
            old_unpriced_mwh=known["unpriced_mwh"],
            new_unpriced_mwh=one.unpriced_mwh,
            reason="recosted",
        )
    )
    record(
        connection,
        site_id=site_id,
        at=at,
        who="system",
        action="recost",
        subject="session",
        subject_id=one.session_id,
        old={"total_nano": known["total_nano"], "unpriced_mwh": known["unpriced_mwh"]},
        new={"total_nano": one.total_nano, "unpriced_mwh": one.unpriced_mwh},
    )


def count_unpriced(connection: Connection, session_ids: set[str]) -> None:
    """Let the sessions' unpriced energy be that of their periods without a price."""
    for session_id in sorted(session_ids):
        unpriced = select(func.coalesce(func.sum(charging_period.c.energy_mwh), 0)).where(
            charging_period.c.session_id == session_id, charging_period.c.cost_nano.is_(None)
        )
        value = int(connection.scalar(unpriced) or 0)
        connection.execute(update(session).where(session.c.id == session_id).values(unpriced_mwh=value))


def put_bills(connection: Connection, bills: Sequence[Costing], without: Sequence[str], at: datetime) -> None:
    """Write what payers are billed for sessions; those in `without` have no bill any more, only its history."""
    ids = {one.session_id for one in bills}
    sites = dict(
        connection.execute(select(session.c.id, session.c.site_id).where(session.c.id.in_(ids))).tuples().all()
    )
    for one in bills:
        if one.session_id not in sites:
            raise UnknownRecordError(f"session {one.session_id}")
        put_costings(connection, [one], sites[one.session_id], at)
    for session_id in without:
        mark_session_stale(connection, session_id)
    connection.execute(
        update(costing)
        .where(costing.c.session_id.in_(without), costing.c.role == CostRole.PAYER, costing.c.current.is_(True))
        .values(current=False)
    )


def _put_prices(connection: Connection, prices: Sequence[PeriodPrice]) -> None:
    """Write the prices of periods, all in one statement; none of them may be unknown."""
    if not prices:
        return
    period = charging_period.c
    by_place = (period.session_id == bindparam("of_session"), period.period_index == bindparam("at_index"))
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("price_per_kwh", "price_basis", "cost_nano")}
    rows = [
        {
            "of_session": one.session_id,
            "at_index": one.index,
            "new_price_per_kwh": one.price_per_kwh,
            "new_price_basis": one.price_basis,
            "new_cost_nano": one.cost_nano,
        }
        for one in prices
    ]
    done = connection.execute(update(charging_period).where(*by_place).values(values), rows)
    if done.rowcount not in {-1, len(rows)}:
        raise UnknownRecordError(f"one of {len(rows)} periods of {len({one.session_id for one in prices})} sessions")


def commit_prices(
    connection: Connection, prices: Sequence[PeriodPrice], costings: Sequence[Costing], at: datetime
) -> None:
    """Write prices that became known later, and the costings that follow, in one transaction."""
    for session_id in {one.session_id for one in prices}:
        mark_session_stale(connection, session_id)
    session_ids = {one.session_id for one in prices} | {one.session_id for one in costings}
    sites = dict(
        connection.execute(select(session.c.id, session.c.site_id).where(session.c.id.in_(session_ids))).tuples().all()
    )
    _put_prices(connection, prices)
    count_unpriced(connection, set(sites))
    for cost in costings:
        if cost.session_id not in sites:
            raise UnknownRecordError(f"session {cost.session_id}")
        put_costings(connection, [cost], sites[cost.session_id], at)
