"""What statistics are made from, and since when what was made from it is out of date."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection

from custom_components.ev_sessions.core.sessions.session import PriceBasis
from custom_components.ev_sessions.core.sessions.tracking.step import Redating
from custom_components.ev_sessions.store import CostLine, Ledger, PeriodPrice, SessionFilter, StepRecord
from custom_components.ev_sessions.store.listing import sessions_page
from custom_components.ev_sessions.store.slots import FEW, slots, visits

from .builders import (
    NOON,
    QUARTER,
    WAIT_S,
    add_charger,
    add_session,
    costing,
    imported,
    make_periods,
    make_session,
    step_of,
)

FOREVER = (NOON - timedelta(days=400), NOON + timedelta(days=400))


def stale(ledger: Ledger, evse_id: str) -> datetime | None:
    """Take the mark of an EVSE, as who renews sums does, and say that they are renewed."""
    marks = ledger.take_stale([evse_id]).result(WAIT_S)
    ledger.renewed([evse_id]).result(WAIT_S)
    return marks.get(evse_id)


def plans(ledger: Ledger, query: Callable[[Connection], Any]) -> list[str]:
    """Return how SQLite answers each statement of a query."""

    def explained(connection: Connection) -> list[str]:
        statements: list[tuple[str, Any]] = []

        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
            statements.append((statement, parameters))

        event.listen(connection, "before_cursor_execute", note)
        query(connection)
        event.remove(connection, "before_cursor_execute", note)
        driver: Any = connection.connection.driver_connection
        found = [
            " / ".join(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall())
            for statement, parameters in statements
        ]
        return [plan for plan in found if plan]

    return ledger._read(explained).result(WAIT_S)


def test_a_calendar_is_answered_from_an_index(ledger: Ledger, garage: str) -> None:
    wanted = SessionFilter(evse_ids=(garage,), start=NOON, end=NOON + timedelta(days=7))
    found = plans(ledger, lambda connection: sessions_page(connection, wanted, limit=1_000))
    for plan in found[:2]:
        assert "USING COVERING INDEX ix_session_evse" in plan


def test_statistics_are_answered_from_indexes(ledger: Ledger, garage: str) -> None:
    (energy, *_) = plans(ledger, lambda connection: slots(connection, *FOREVER, [garage]))
    assert "USING COVERING INDEX ix_charging_period_totals (start_us>? AND start_us<?)" in energy
    within, older = plans(ledger, lambda connection: visits(connection, *FOREVER, [garage]))
    assert "INDEX ix_session_evse (evse_id=? AND start_us>? AND start_us<?)" in within
    assert "USING COVERING INDEX ix_session_list" in older


def test_hours_add_up_to_the_totals_with_their_fees(ledger: Ledger, garage: str) -> None:
    """Also where one EVSE of many is asked for, and where all are read together."""
    others = [add_charger(ledger, f"bay-{number}") for number in range(FEW + 1)]
    for number, evse_id in enumerate([garage, *others]):
        periods = make_periods(NOON + number * QUARTER, (1_000_000, 2_000_000, 5), price=None if number == 2 else "0.3")
        session = make_session(NOON + number * QUARTER, periods)
        fee = CostLine(
            start=session.start, end=NOON, component="FLAT", quantity=Decimal(1), unit="session", amount_nano=7
        )
        ledger.commit_step(step_of(evse_id, session, periods)).result(WAIT_S)
        ledger.commit_prices([], [costing(session, periods, lines=(fee,))], NOON).result(WAIT_S)
    for asked in ([garage], [garage, *others]):
        (*totals,) = ledger.span_totals([FOREVER], evse_ids=tuple(asked)).result(WAIT_S)
        found = ledger.slots(*FOREVER, asked).result(WAIT_S)
        for total in totals:
            mine = [one for one in found if one.evse_id == total.evse_id]
            for name in ("energy_mwh", "unpriced_mwh", "cost_nano"):
                assert sum(getattr(one, name) for one in mine) == getattr(total, name)
        assert {one.evse_id for one in found} == set(asked)


def test_a_session_that_reaches_into_the_span_is_a_visit_and_one_that_ends_before_is_none(
    ledger: Ledger, garage: str
) -> None:
    add_session(ledger, garage, NOON)
    add_session(ledger, garage, NOON + timedelta(hours=5), ended=False)
    add_session(ledger, garage, NOON + timedelta(hours=2), (49_999,))

    def starts(begin: timedelta, end: timedelta, **more: Any) -> list[timedelta]:
        found = ledger.visits(NOON + begin, NOON + end, [garage], **more).result(WAIT_S)
        return sorted(one.start - NOON for one in found)

    hour = timedelta(hours=1)
    assert starts(timedelta(), hour) == [timedelta()]
    assert starts(QUARTER, hour) == [timedelta()]
    assert starts(3 * QUARTER, hour) == []
    assert starts(-hour, timedelta()) == []
    assert starts(9 * hour, 10 * hour) == [5 * hour]
    assert starts(hour, 4 * hour) == []
    assert starts(hour, 4 * hour, include_empty=True) == [2 * hour]


def test_whatever_changes_energy_or_cost_marks_from_where_on(ledger: Ledger, garage: str) -> None:
    assert stale(ledger, garage) is None
    session = add_session(ledger, garage)
    assert stale(ledger, garage) == NOON
    assert stale(ledger, garage) is None
    # Nothing of energy.
    ledger.update_session(session.id, {"note": "x"}, who="ann", at=NOON).result(WAIT_S)
    ledger.commit_step(StepRecord(evse_id=garage, at=NOON, snapshot="{}")).result(WAIT_S)
    assert stale(ledger, garage) is None
    price = PeriodPrice(
        session_id=session.id, index=2, price_per_kwh=Decimal(1), price_basis=PriceBasis.FIXED, cost_nano=5
    )
    ledger.commit_prices([price], [], NOON).result(WAIT_S)
    assert stale(ledger, garage) == NOON
    earlier = NOON - QUARTER
    ledger.update_session(session.id, {"start": earlier}, who="ann", at=NOON).result(WAIT_S)
    mark = stale(ledger, garage)
    assert mark is not None
    assert mark <= NOON
    ledger.delete_session(session.id, who="ann", at=NOON).result(WAIT_S)
    assert stale(ledger, garage) == earlier
    before = NOON - timedelta(days=3)
    ledger.import_sessions([imported(1, garage, before)], who="ann", at=NOON).result(WAIT_S)
    assert stale(ledger, garage) == before


@pytest.mark.parametrize("by", [timedelta(hours=-3), timedelta(hours=3)])
def test_a_session_that_is_dated_anew_marks_where_it_was_and_where_it_is(
    ledger: Ledger, garage: str, by: timedelta
) -> None:
    periods = make_periods(NOON, (1_000_000, 2_000_000))
    session = make_session(NOON, periods, ended=False)
    ledger.commit_step(step_of(garage, session, periods)).result(WAIT_S)
    assert stale(ledger, garage) == NOON
    moved = replace(session, start=NOON + by)
    redating = Redating(session_id=session.id, before_index=2, shift_ms=int(by.total_seconds() * 1000))
    ledger.commit_step(StepRecord(evse_id=garage, at=NOON, sessions=(moved,), redated=(redating,))).result(WAIT_S)
    assert stale(ledger, garage) == min(NOON, NOON + by)


def test_a_crash_between_taking_and_renewing_loses_no_mark(ledger: Ledger, garage: str) -> None:
    add_session(ledger, garage, NOON)
    assert ledger.take_stale([garage]).result(WAIT_S) == {garage: NOON}
    # Nobody said that the sums were renewed; what changes now comes on top.
    add_session(ledger, garage, NOON + timedelta(hours=9))
    assert ledger.take_stale([garage]).result(WAIT_S) == {garage: NOON}
    add_session(ledger, garage, NOON + timedelta(hours=20))
    ledger.renewed([garage]).result(WAIT_S)
    assert ledger.take_stale([garage]).result(WAIT_S) == {garage: NOON + timedelta(hours=20)}


def test_the_earliest_of_many_changes_is_the_mark(ledger: Ledger, garage: str) -> None:
    for hour in (5, -3, 8):
        add_session(ledger, garage, NOON + timedelta(hours=hour))
    assert stale(ledger, garage) == NOON + timedelta(hours=-3)


def test_figures_tell_how_large_the_ledger_is(ledger: Ledger, garage: str) -> None:
    add_session(ledger, garage)
    figures = ledger.figures().result(WAIT_S)
    assert (figures.sessions, figures.schema_version) == (1, "0001")
    assert figures.size_bytes is not None
    assert figures.size_bytes > 100_000
    assert ledger.last_written_at is not None
    ledger.close()
    assert ledger.last_written_at is None
