"""What sessions cost under a tariff, line by line, and what was corrected afterwards."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, delete, func, insert, select, update
from sqlalchemy.engine import Connection
from ulid_transform import ulid_now

from ..core.sessions.session import PriceBasis
from .audit import record_all
from .errors import UnknownRecordError
from .schema import CostRole, charging_period, correction, costing, costing_line, fields, session
from .stale import mark_sessions_stale
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


def put_costings(
    connection: Connection, costings: Sequence[Costing], site_ids: Mapping[str, str], at: datetime
) -> None:
    """Write costings of sessions, whose sites are `site_ids`; a final one that changes leaves a correction.

    One in another currency is another costing: money of two currencies never meets in one sum.
    All are written together: so many statements, however many sessions there are.
    """
    if not costings:
        return
    drafts = _Drafts(_known(connection, {one.session_id for one in costings}))
    lines: dict[str, tuple[CostLine, ...]] = {}
    for one in costings:
        costing_id = drafts.put(one)
        if one.lines is not None:
            lines[costing_id] = one.lines
    _correct(connection, drafts.corrected, site_ids, at)
    if drafts.new:
        connection.execute(insert(costing), [drafts.rows[costing_id] for costing_id in drafts.new])
    if changed := [_changed(drafts.rows[costing_id]) for costing_id in drafts.changed]:
        connection.execute(_CHANGE, changed)
    _put_lines(connection, lines)
    mark_sessions_stale(connection, {one.session_id for one in costings if one.lines is not None})


def _put_lines(connection: Connection, lines: Mapping[str, Sequence[CostLine]]) -> None:
    """Write all the lines of costings in the place of those that they had."""
    if not lines:
        return
    there = select(costing_line.c.costing_id, func.max(costing_line.c.line_index)).where(
        costing_line.c.costing_id.in_(sorted(lines))
    )
    shorter = [
        {"of_costing": costing_id, "kept": len(lines[costing_id])}
        for costing_id, last in connection.execute(there.group_by(costing_line.c.costing_id)).tuples()
        if last >= len(lines[costing_id])
    ]
    if shorter:
        connection.execute(_SHORTEN, shorter)
    rows = [_line_row(costing_id, index, line) for costing_id, its in lines.items() for index, line in enumerate(its)]
    upsert(connection, costing_line, rows)


_OF_SESSIONS: Final[BindParameter[str]] = bindparam("of_sessions", expanding=True)
_KNOWN: Final = select(*fields(costing)).where(costing.c.session_id.in_(_OF_SESSIONS)).order_by(costing.c.id)
_COUNT: Final = (
    update(session)
    .where(session.c.id.in_(_OF_SESSIONS))
    .values(
        unpriced_mwh=select(func.coalesce(func.sum(charging_period.c.energy_mwh), 0))
        .where(charging_period.c.session_id == session.c.id, charging_period.c.cost_nano.is_(None))
        .scalar_subquery()
    )
)
_CHANGE: Final = (
    update(costing)
    .where(costing.c.id == bindparam("of_costing"))
    .values({column.key: bindparam(f"new_{column.key}") for column in costing.c if column.key != "id"})
)
_SHORTEN: Final = delete(costing_line).where(
    costing_line.c.costing_id == bindparam("of_costing"), costing_line.c.line_index >= bindparam("kept")
)


def _changed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"of_costing" if key == "id" else f"new_{key}": value for key, value in row.items()}


type _Place = tuple[str, CostRole, str, str | None]


class _Drafts:
    """The costings of some sessions as they are to be: `rows` by their id, of which some are new or changed."""

    def __init__(self, rows: Iterable[dict[str, Any]]) -> None:
        self.rows = {row["id"]: row for row in rows}
        self.new: list[str] = []
        self.changed: dict[str, None] = {}
        self.corrected: list[tuple[Costing, int, int]] = []  # with the total and the unpriced energy of before
        self._at: dict[_Place, str] = {}
        self._of: dict[tuple[str, CostRole], list[str]] = {}
        for row in self.rows.values():
            self._note(row)

    def _note(self, row: Mapping[str, Any]) -> None:
        place = (row["session_id"], row["role"], row["currency"], row["tariff_version_id"])
        self._at.setdefault(place, row["id"])
        self._of.setdefault((row["session_id"], row["role"]), []).append(row["id"])

    def put(self, one: Costing) -> str:
        """Take a costing in the place of the one that is known by the same version; return its id."""
        costing_id = self._at.get((one.session_id, one.role, one.currency, one.tariff_version_id))
        if costing_id is None:
            costing_id = ulid_now()
            self.rows[costing_id] = {"id": costing_id, **_row(one)}
            self.new.append(costing_id)
            self._note(self.rows[costing_id])
        else:
            row = self.rows[costing_id]
            before = (row["total_nano"], row["unpriced_mwh"])
            if row["final"] and before != (one.total_nano, one.unpriced_mwh):
                self.corrected.append((one, *before))
            row.update(_row(one))
            self._touch(costing_id)
        if one.current:
            for other_id in self._of[one.session_id, one.role]:
                if other_id != costing_id and self.rows[other_id]["current"]:
                    self.rows[other_id]["current"] = False
                    self._touch(other_id)
        return costing_id

    def _touch(self, costing_id: str) -> None:
        if costing_id not in self.new:
            self.changed[costing_id] = None


def _known(connection: Connection, session_ids: set[str]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(_KNOWN, {"of_sessions": sorted(session_ids)}).mappings()]


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


def _correct(
    connection: Connection,
    corrected: Sequence[tuple[Costing, int, int]],
    site_ids: Mapping[str, str],
    at: datetime,
) -> None:
    """Keep what final costings were before, and tell the audit trail."""
    if not corrected:
        return
    corrections = [
        {
            "id": ulid_now(),
            "session_id": one.session_id,
            "role": one.role,
            "at": at,
            "currency": one.currency,
            "old_total_nano": total_nano,
            "new_total_nano": one.total_nano,
            "old_unpriced_mwh": unpriced_mwh,
            "new_unpriced_mwh": one.unpriced_mwh,
            "reason": "recosted",
        }
        for one, total_nano, unpriced_mwh in corrected
    ]
    connection.execute(insert(correction), corrections)
    record_all(
        connection,
        [
            {
                "site_id": site_ids[one.session_id],
                "at": at,
                "who": "system",
                "action": "recost",
                "subject": "session",
                "subject_id": one.session_id,
                "old": {"total_nano": total_nano, "unpriced_mwh": unpriced_mwh},
                "new": {"total_nano": one.total_nano, "unpriced_mwh": one.unpriced_mwh},
            }
            for one, total_nano, unpriced_mwh in corrected
        ],
    )


def count_unpriced(connection: Connection, session_ids: set[str]) -> None:
    """Let the sessions' unpriced energy be that of their periods without a price."""
    if not session_ids:
        return
    connection.execute(_COUNT, {"of_sessions": sorted(session_ids)})


def put_bills(connection: Connection, bills: Sequence[Costing], without: Sequence[str], at: datetime) -> None:
    """Write what payers are billed for sessions; those in `without` have no bill any more, only its history."""
    ids = {one.session_id for one in bills}
    sites = dict(
        connection.execute(select(session.c.id, session.c.site_id).where(session.c.id.in_(ids))).tuples().all()
    )
    _look_for_unknown(bills, sites)
    put_costings(connection, bills, sites, at)
    mark_sessions_stale(connection, without)
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
    mark_sessions_stale(connection, {one.session_id for one in prices})
    session_ids = {one.session_id for one in prices} | {one.session_id for one in costings}
    sites = dict(
        connection.execute(select(session.c.id, session.c.site_id).where(session.c.id.in_(session_ids))).tuples().all()
    )
    _put_prices(connection, prices)
    count_unpriced(connection, set(sites))
    _look_for_unknown(costings, sites)
    put_costings(connection, costings, sites, at)


def _look_for_unknown(costings: Sequence[Costing], sites: Mapping[str, str]) -> None:
    """Raise UnknownRecordError where the ledger does not have the session of a costing."""
    for one in costings:
        if one.session_id not in sites:
            raise UnknownRecordError(f"session {one.session_id}")
