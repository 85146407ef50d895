"""What a tracker's step leaves in the ledger, and what it must not overwrite."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
import sqlite3
from typing import Any

import pytest

from custom_components.ev_sessions.core.reading import Activity, SuspendedBy
from custom_components.ev_sessions.core.sessions.session import (
    ChargingPeriod,
    PriceBasis,
    Quality,
    SessionEvent,
    SessionEventType,
    SessionStatus,
)
from custom_components.ev_sessions.core.sessions.tracking.step import Redating
from custom_components.ev_sessions.store import (
    Checkpoint,
    CostLine,
    Ledger,
    PeriodPrice,
    PricedPeriod,
    SessionFilter,
    StepRecord,
    TraceSample,
    UnknownRecordError,
)
from custom_components.ev_sessions.store.steps import EVENT_LIMIT

from .builders import NOON, QUARTER, SITE_ID, WAIT_S, add_session, costing, make_periods, make_session, priced, step_of


def test_session_and_periods_come_back_as_they_were_written(ledger: Ledger, garage: str) -> None:
    period = ChargingPeriod(
        index=0,
        start=NOON + timedelta(microseconds=1),
        end=NOON + QUARTER,
        duration_ms=899_999,
        activity=Activity.SUSPENDED_EVSE,
        suspended_by=SuspendedBy.US,
        energy_mwh=2**53 + 1,
        solar_mwh=0,
        estimated_mwh=7,
        quality=Quality.SPREAD,
        mean_power_w=11_040.123,
        least_power_w=-0.001,
        greatest_power_w=22_080.5,
        price_per_kwh=Decimal("-0.000000000123"),
        price_basis=PriceBasis.HISTORY,
    )
    session = replace(
        make_session(NOON, (period,)),
        register_start_mwh=10_233_118_000,
        register_end_mwh=2**62,
        solar_mwh=None,
        peak_power_w=11_040.0,
        waiting_ms=1,
        settled=False,
    )
    one = PricedPeriod(session_id=session.id, period=period, cost_nano=-(2**62))
    ledger.commit_step(StepRecord(evse_id=garage, at=NOON, sessions=(session,), periods=(one,))).result(WAIT_S)
    total, (stored,) = ledger.sessions_page(SessionFilter()).result(WAIT_S)
    assert total == 1
    assert stored.session == session
    assert (stored.evse_id, stored.evse_number, stored.time_zone) == (garage, 1, "Europe/Berlin")
    assert ledger.periods_of([session.id]).result(WAIT_S) == {session.id: (one,)}


def test_file_holds_whole_numbers_and_text_only(ledger: Ledger, garage: str, tmp_path: Path) -> None:
    add_session(ledger, garage, price="0.1")
    with sqlite3.connect(tmp_path / "ev_sessions.db") as connection:
        for name in ("session", "charging_period", "costing"):
            cursor = connection.execute(f"SELECT * FROM {name}")  # noqa: S608 - our own names
            kinds = {type(value) for row in cursor for value in row}
            assert kinds <= {int, str, type(None)}
        (price,) = connection.execute("SELECT price_per_kwh FROM charging_period LIMIT 1").fetchone()
    connection.close()
    assert price == "0.1"


def test_step_that_comes_twice_leaves_everything_once(ledger: Ledger, garage: str) -> None:
    periods = make_periods(NOON, (5, 6))
    session = make_session(NOON, periods)
    event = SessionEvent(type=SessionEventType.CONNECTED, at=NOON, session_id=session.id)
    step = step_of(
        garage,
        session,
        periods,
        events=(event,),
        checkpoints=(Checkpoint(at=NOON, register_mwh=1, cleaned_mwh=2),),
        snapshot="{}",
    )
    for _ in range(2):
        assert ledger.commit_step(step).result(WAIT_S) == ()
    assert ledger.sessions_page(SessionFilter(include_empty=True)).result(WAIT_S)[0] == 1
    assert ledger.periods_of([session.id]).result(WAIT_S)[session.id] == priced(session, periods)
    assert ledger.events_of(session.id).result(WAIT_S) == (event,)


def test_half_a_step_is_no_step(ledger: Ledger, garage: str) -> None:
    periods = make_periods(NOON, (5, 6))
    session = make_session(NOON, periods)
    broken = replace(periods[1], activity="dreaming")  # type: ignore[arg-type]
    wrong = ledger.commit_step(step_of(garage, session, (periods[0], broken), snapshot="{}"))
    right = ledger.commit_step(step_of(garage, replace(session, id="other"), ()))
    with pytest.raises(Exception, match="dreaming"):
        wrong.result(WAIT_S)
    right.result(WAIT_S)
    _, page = ledger.sessions_page(SessionFilter(include_empty=True)).result(WAIT_S)
    assert [stored.session.id for stored in page] == ["other"]
    assert ledger.snapshots().result(WAIT_S) == {}


def test_step_of_an_unknown_evse_is_refused(ledger: Ledger) -> None:
    with pytest.raises(UnknownRecordError):
        ledger.commit_step(StepRecord(evse_id="nobody", at=NOON)).result(WAIT_S)


def test_open_session_grows_until_it_ends(ledger: Ledger, garage: str) -> None:
    periods = make_periods(NOON, (1_000_000, 2_000_000, 3_000_000))
    for count in (1, 2, 3):
        session = make_session(NOON, periods[:count], ended=count == 3)
        ledger.commit_step(step_of(garage, session, periods[count - 1 : count], snapshot=str(count))).result(WAIT_S)
        open_ids = [one.session.id for one in ledger.open_sessions().result(WAIT_S)]
        assert open_ids == ([] if count == 3 else [session.id])
    last = ledger.last_session(garage).result(WAIT_S)
    assert last is not None
    assert last.session.energy_mwh == 6_000_000
    assert [one.period for one in ledger.periods_of([last.session.id]).result(WAIT_S)[last.session.id]] == list(periods)
    assert ledger.snapshots((garage,)).result(WAIT_S)[garage].state == "3"


def test_note_of_the_owner_survives_the_next_step(ledger: Ledger, garage: str) -> None:
    session = add_session(ledger, garage, ended=False)
    ledger.update_session(session.id, {"note": "to the sea"}, who="ann", at=NOON).result(WAIT_S)
    periods = make_periods(NOON, (1, 2, 3, 4))
    ledger.commit_step(step_of(garage, make_session(NOON, periods), periods)).result(WAIT_S)
    (stored,) = ledger.sessions_of((session.id,)).result(WAIT_S)
    assert (stored.note, stored.edited, stored.session.energy_mwh) == ("to the sea", True, 10)


def test_deleted_session_does_not_come_back_by_the_tracker(ledger: Ledger, garage: str) -> None:
    session = add_session(ledger, garage)
    ledger.delete_session(session.id, who="ann", at=NOON).result(WAIT_S)
    periods = make_periods(NOON, (9_000_000,))
    late = ledger.commit_step(step_of(garage, make_session(NOON, periods), periods, snapshot="later"))
    assert late.result(WAIT_S) == (session.id,)
    assert ledger.sessions_page(SessionFilter()).result(WAIT_S) == (0, ())
    assert ledger.snapshots().result(WAIT_S)[garage].state == "later"
    newest = ledger.audit_trail(subject_id=session.id).result(WAIT_S)
    assert {one.action for one in newest} == {"delete", "not_taken"}


def test_session_with_corrected_times_is_closed_to_the_tracker(ledger: Ledger, garage: str) -> None:
    session = add_session(ledger, garage)
    moved = {"end": NOON + 5 * QUARTER}
    ledger.update_session(session.id, moved, who="ann", at=NOON).result(WAIT_S)  # type: ignore[arg-type]
    periods = make_periods(NOON, (1, 2))
    assert ledger.commit_step(step_of(garage, make_session(NOON, periods), periods)).result(WAIT_S) == (session.id,)
    (stored,) = ledger.sessions_of((session.id,)).result(WAIT_S)
    assert stored.session.energy_mwh == session.energy_mwh
    assert stored.session.end == NOON + 5 * QUARTER


def test_clock_that_was_set_moves_the_periods_that_are_stored(ledger: Ledger, garage: str) -> None:
    session = add_session(ledger, garage, energies_mwh=(1, 2, 3), ended=False)
    last = replace(make_periods(NOON, (1, 2, 3))[2], energy_mwh=4)
    step = StepRecord(
        evse_id=garage,
        at=NOON,
        redated=(Redating(session_id=session.id, before_index=2, shift_ms=-3_600_000),),
        periods=(PricedPeriod(session_id=session.id, period=last),),
    )
    ledger.commit_step(step).result(WAIT_S)
    found = [one.period for one in ledger.periods_of([session.id]).result(WAIT_S)[session.id]]
    hour = timedelta(hours=1)
    assert [one.start for one in found] == [NOON - hour, NOON + QUARTER - hour, NOON + 2 * QUARTER]
    assert [one.end - one.start for one in found] == [QUARTER] * 3
    assert [one.energy_mwh for one in found] == [1, 2, 4]


def test_trace_comes_with_the_step_grows_in_its_chunk_and_moves_with_the_clock(ledger: Ledger, garage: str) -> None:
    session = add_session(ledger, garage, ended=False)
    samples = [TraceSample(at=NOON + number * timedelta(seconds=10), register_mwh=number) for number in range(4)]
    for count in (2, 3):
        step = StepRecord(evse_id=garage, at=NOON, traces=((session.id, tuple(samples[:count])),))
        ledger.commit_step(step).result(WAIT_S)
    assert ledger.trace_of(session.id).result(WAIT_S) == tuple(samples[:3])
    day = timedelta(days=1)
    step = StepRecord(
        evse_id=garage,
        at=NOON,
        redated=(Redating(session_id=session.id, before_index=2, shift_ms=86_400_000),),
        traces=((session.id, (replace(samples[3], at=samples[3].at + day),)),),
    )
    ledger.commit_step(step).result(WAIT_S)
    assert ledger.trace_of(session.id).result(WAIT_S) == tuple(replace(one, at=one.at + day) for one in samples)


def test_trace_of_a_session_that_a_person_deleted_does_not_come_back(ledger: Ledger, garage: str) -> None:
    session = add_session(ledger, garage)
    ledger.delete_session(session.id, who="ann", at=NOON).result(WAIT_S)
    step = StepRecord(evse_id=garage, at=NOON, traces=((session.id, (TraceSample(at=NOON),)),))
    assert ledger.commit_step(step).result(WAIT_S) == (session.id,)
    assert ledger.trace_of(session.id).result(WAIT_S) == ()


def test_charger_that_flaps_does_not_fill_the_disk(ledger: Ledger, garage: str) -> None:
    session = add_session(ledger, garage)
    events = tuple(
        SessionEvent(type=SessionEventType.FAULT, at=NOON + timedelta(seconds=number), session_id=session.id)
        for number in range(EVENT_LIMIT + 50)
    )
    for place in range(0, len(events), 100):
        step = StepRecord(evse_id=garage, at=NOON, events=events[place : place + 100])
        ledger.commit_step(step).result(WAIT_S)
    assert ledger.events_of(session.id).result(WAIT_S) == events[:EVENT_LIMIT]


def test_energy_without_a_price_is_unpriced_until_the_price_comes(ledger: Ledger, garage: str) -> None:
    session = add_session(ledger, garage, energies_mwh=(1_000_000, 2_000_000), price=None)
    waiting = ledger.unpriced_periods().result(WAIT_S)
    assert [one.period.energy_mwh for one in waiting] == [1_000_000, 2_000_000]
    price = PeriodPrice(
        session_id=session.id,
        index=1,
        price_per_kwh=Decimal("0.5"),
        price_basis=PriceBasis.INTERVAL,
        cost_nano=1_000_000_000,
    )
    periods = make_periods(NOON, (1_000_000, 2_000_000), price=None)
    whole = costing(session, periods, total_nano=1_000_000_000, unpriced_mwh=1_000_000)
    ledger.commit_prices([price], [whole], NOON).result(WAIT_S)
    (stored,) = ledger.sessions_of((session.id,)).result(WAIT_S)
    assert stored.unpriced_mwh == 1_000_000
    assert [one.total_nano for one in stored.costings] == [1_000_000_000]
    assert [one.period.index for one in ledger.unpriced_periods().result(WAIT_S)] == [0]
    for wrong in (
        ledger.commit_prices([replace(price, index=7)], [], NOON),
        ledger.commit_prices([], [replace(whole, session_id="nothing")], NOON),
    ):
        with pytest.raises(UnknownRecordError):
            wrong.result(WAIT_S)


def test_unpriced_energy_is_asked_for_by_site_and_time_newest_session_first(ledger: Ledger, garage: str) -> None:
    day = timedelta(days=1)
    for number in range(3):
        add_session(ledger, garage, NOON + number * day, (1, 0, 2), price=None)

    def asked(**options: Any) -> list[tuple[int, int]]:
        found = ledger.unpriced_periods(**options).result(WAIT_S)
        return [((one.period.start - NOON) // day, one.period.index) for one in found]

    assert asked(site_id=SITE_ID) == [(2, 0), (2, 2), (1, 0), (1, 2), (0, 0), (0, 2)]
    assert asked(start=NOON + day, end=NOON + 2 * day) == [(1, 0), (1, 2)]
    assert asked(limit=3) == [(2, 0), (2, 2), (1, 0)]
    (*_, last) = ledger.unpriced_periods(limit=3).result(WAIT_S)
    assert asked(after=last, limit=2) == [(1, 2), (0, 0)]
    assert asked(site_id="elsewhere") == []


def test_final_cost_that_changes_leaves_a_correction(ledger: Ledger, garage: str, tmp_path: Path) -> None:
    periods = make_periods(NOON, (1_000_000,))
    session = make_session(NOON, periods)
    ledger.commit_step(step_of(garage, session, periods)).result(WAIT_S)
    for total in (100, 100, 250):
        final = costing(session, periods, total_nano=total, final=True)
        ledger.commit_prices([], [final], NOON).result(WAIT_S)
    with sqlite3.connect(tmp_path / "ev_sessions.db") as connection:
        found = connection.execute("SELECT old_total_nano, new_total_nano FROM correction").fetchall()
    connection.close()
    assert found == [(100, 250)]
    recosts = [one for one in ledger.audit_trail(subject_id=session.id).result(WAIT_S) if one.action == "recost"]
    assert [(one.old["total_nano"], one.new["total_nano"]) for one in recosts] == [(100, 250)]


def test_money_of_two_currencies_never_meets(ledger: Ledger, garage: str) -> None:
    periods = make_periods(NOON, (1_000_000,))
    session = make_session(NOON, periods)
    ledger.commit_step(step_of(garage, session, periods)).result(WAIT_S)
    ledger.commit_prices([], [costing(session, periods, currency="NOK", total_nano=7)], NOON).result(WAIT_S)
    (stored,) = ledger.sessions_of((session.id,)).result(WAIT_S)
    assert [(one.currency, one.total_nano) for one in stored.costings] == [("NOK", 7)]


def test_lines_of_a_costing_are_replaced_as_a_whole(ledger: Ledger, garage: str) -> None:
    periods = make_periods(NOON, (1_000_000,))
    session = make_session(NOON, periods)
    ledger.commit_step(step_of(garage, session, periods)).result(WAIT_S)
    fee = CostLine(
        start=NOON, end=NOON, component="FLAT", quantity=Decimal(1), unit="session", amount_nano=5, rule={"step": 1}
    )
    for lines in ((fee, fee, fee), (replace(fee, amount_nano=9),)):
        ledger.commit_prices([], [costing(session, periods, lines=lines)], NOON).result(WAIT_S)
    assert ledger.cost_lines_of(session.id).result(WAIT_S) == {("house", None): (replace(fee, amount_nano=9),)}


def test_notes_of_the_tracker_stand_in_the_audit_trail(ledger: Ledger, garage: str) -> None:
    notes = ({"action": "register_reset", "from_mwh": 5}, {"action": "gap", "session_id": "S1", "ms": 9})
    ledger.commit_step(StepRecord(evse_id=garage, at=NOON, notes=notes)).result(WAIT_S)
    found = {one.action: one for one in ledger.audit_trail().result(WAIT_S)}
    assert (found["register_reset"].subject_id, found["register_reset"].new) == (garage, {"from_mwh": 5})
    assert (found["gap"].subject, found["gap"].subject_id, found["gap"].new) == ("session", "S1", {"ms": 9})


def test_held_session_counts_as_open(ledger: Ledger, garage: str) -> None:
    periods = make_periods(NOON, (1,))
    held = replace(make_session(NOON, periods, ended=False), status=SessionStatus.HELD)
    ledger.commit_step(step_of(garage, held, periods)).result(WAIT_S)
    assert [one.session for one in ledger.open_sessions().result(WAIT_S)] == [held]
    assert ledger.last_session(garage).result(WAIT_S) is None
