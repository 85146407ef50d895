"""Ended sessions do not change silently: every edit says who, when and what."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
import sqlite3
from tempfile import TemporaryDirectory

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_sessions.store import (
    Kind,
    Ledger,
    Outcome,
    RefusedEditError,
    SessionChanges,
    SessionFilter,
    UnknownRecordError,
)

from .builders import (
    NOON,
    QUARTER,
    SITE_ID,
    WAIT_S,
    add_charger,
    add_session,
    add_site,
    make_periods,
    make_session,
    opened,
    step_of,
)

LATER = NOON + timedelta(days=3)


def test_edit_is_told_with_old_and_new(ledger: Ledger, garage: str) -> None:
    session = add_session(ledger, garage)
    for note in ("to work", "to the sea"):
        ledger.update_session(session.id, {"note": note}, who="ann", at=LATER).result(WAIT_S)
    newest, oldest = ledger.audit_trail(subject_id=session.id).result(WAIT_S)
    assert (oldest.who, oldest.at, oldest.action, oldest.site_id) == ("ann", LATER, "update", SITE_ID)
    assert (oldest.old, oldest.new) == ({"note": None}, {"note": "to work"})
    assert (newest.old, newest.new) == ({"note": "to work"}, {"note": "to the sea"})


def test_edit_that_changes_nothing_leaves_no_trace(ledger: Ledger, garage: str) -> None:
    session = add_session(ledger, garage)
    same: SessionChanges = {"note": None, "start": session.start}
    assert not ledger.update_session(session.id, same, who="ann", at=LATER).result(WAIT_S).edited
    assert ledger.audit_trail(subject_id=session.id).result(WAIT_S) == ()


def test_moved_end_moves_durations_and_periods_and_keeps_the_cost(ledger: Ledger, garage: str) -> None:
    session = add_session(ledger, garage)
    changed = ledger.update_session(session.id, {"end": NOON + 5 * QUARTER}, who="ann", at=LATER).result(WAIT_S)
    assert changed.session.end == NOON + 5 * QUARTER
    assert changed.session.connected_ms == 5 * 900_000
    assert changed.session.idle_ms == 2 * 900_000
    assert (changed.edited, changed.times_edited, changed.unpriced_mwh) == (True, True, 0)
    periods = ledger.periods_of([session.id]).result(WAIT_S)[session.id]
    assert [one.cost_nano for one in periods] == [608_575_000, 608_575_000, 221_300_000, 0, 0]
    (line,) = ledger.audit_trail(subject_id=session.id).result(WAIT_S)
    assert line.old["end"]["utc"] == (NOON + 3 * QUARTER).isoformat()
    assert line.new["end"]["utc"] == (NOON + 5 * QUARTER).isoformat()
    assert ledger.check().result(WAIT_S).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"end": NOON + QUARTER}, "energy_outside"),
        ({"end": NOON - QUARTER}, "end_before_start"),
        ({"note": "x" * 10_001}, "note_too_long"),
    ],
)
def test_edit_that_would_make_the_ledger_untrue_is_refused(
    ledger: Ledger, garage: str, changes: SessionChanges, reason: str
) -> None:
    session = add_session(ledger, garage)
    with pytest.raises(RefusedEditError) as refused:
        ledger.update_session(session.id, changes, who="ann", at=LATER).result(WAIT_S)
    assert refused.value.reason == reason
    (stored,) = ledger.sessions_of((session.id,)).result(WAIT_S)
    assert (stored.session, stored.edited) == (session, False)


def test_times_of_a_session_that_goes_on_are_the_trackers(ledger: Ledger, garage: str) -> None:
    session = add_session(ledger, garage, ended=False)
    with pytest.raises(RefusedEditError, match="session_open"):
        ledger.update_session(session.id, {"start": NOON - QUARTER}, who="ann", at=LATER).result(WAIT_S)
    with pytest.raises(RefusedEditError, match="session_open"):
        ledger.delete_session(session.id, who="ann", at=LATER).result(WAIT_S)


def test_times_wait_for_the_last_word_of_the_register(ledger: Ledger, garage: str) -> None:
    periods = make_periods(NOON, (1,))
    session = make_session(NOON, periods)
    unsettled = replace(session, settled=False)
    ledger.commit_step(step_of(garage, unsettled, periods)).result(WAIT_S)
    with pytest.raises(RefusedEditError, match="session_not_settled"):
        ledger.update_session(session.id, {"start": NOON - QUARTER}, who="ann", at=LATER).result(WAIT_S)


def test_vehicle_of_a_session_is_the_version_of_the_day(ledger: Ledger, garage: str) -> None:
    session = add_session(ledger, garage)
    versions = [
        ledger.put_version(
            Kind.VEHICLE,
            site_id=SITE_ID,
            subentry_id="car",
            name=name,
            time_zone="Europe/Berlin",
            data={"battery_kwh": 52},
            valid_from=NOON + number * QUARTER,
        ).result(WAIT_S)
        for number, name in enumerate(("Zoe", "Zoe", "Zoe II"))
    ]
    assert [one.name for one in ledger.versions(Kind.VEHICLE).result(WAIT_S)] == ["Zoe", "Zoe II"]
    assert versions[0] == versions[1]
    changes: SessionChanges = {"vehicle_id": versions[0].thing_id}
    stored = ledger.update_session(session.id, changes, who="ann", at=LATER).result(WAIT_S)
    assert stored.vehicle_version_id == versions[2].id
    with pytest.raises(UnknownRecordError):
        ledger.update_session(session.id, {"payer_id": "nobody"}, who="ann", at=LATER).result(WAIT_S)
    with pytest.raises(UnknownRecordError):
        ledger.update_session("nothing", {}, who="ann", at=LATER).result(WAIT_S)


def test_deleted_session_is_gone_but_for_what_the_audit_trail_says(ledger: Ledger, garage: str, tmp_path: Path) -> None:
    session = add_session(ledger, garage)
    ledger.delete_session(session.id, who="ann", at=LATER).result(WAIT_S)
    assert ledger.sessions_page(SessionFilter(include_empty=True)).result(WAIT_S) == (0, ())
    (line,) = ledger.audit_trail(subject_id=session.id).result(WAIT_S)
    assert (line.action, line.who, line.old["energy_mwh"]) == ("delete", "ann", session.energy_mwh)
    assert line.old["costs"] == [{"role": "house", "currency": "EUR", "total_nano": 1_438_450_000}]
    with sqlite3.connect(tmp_path / "ev_sessions.db") as connection:
        for name in ("charging_period", "costing"):
            assert connection.execute(f"SELECT count(*) FROM {name}").fetchone() == (0,)  # noqa: S608 - our own names
    connection.close()
    with pytest.raises(UnknownRecordError):
        ledger.delete_session(session.id, who="ann", at=LATER).result(WAIT_S)


@settings(max_examples=12)
@given(st.lists(st.tuples(st.integers(-5, 10), st.integers(-5, 10)), max_size=4))
def test_whatever_is_edited_the_periods_sum_to_the_session(moves: list[tuple[int, int]]) -> None:

    with TemporaryDirectory() as folder:
        ledger = opened(Path(folder))
        try:
            add_site(ledger)
            session = add_session(ledger, add_charger(ledger))
            for start, end in moves:
                changes: SessionChanges = {"start": NOON + start * QUARTER, "end": NOON + end * QUARTER}
                ledger.update_session(session.id, changes, who="ann", at=LATER).exception(WAIT_S)
            (stored,) = ledger.sessions_of((session.id,)).result(WAIT_S)
            periods = [one.period for one in ledger.periods_of([session.id]).result(WAIT_S)[session.id]]
        finally:
            ledger.close()
    assert sum(one.energy_mwh for one in periods) == stored.session.energy_mwh == session.energy_mwh
    assert sum(one.duration_ms for one in periods) == stored.session.connected_ms
    assert (periods[0].start, periods[-1].end) == (stored.session.start, stored.session.end)
    assert [one.index for one in periods] == list(range(stored.session.period_count))
