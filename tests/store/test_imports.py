"""Sessions from elsewhere: each once, all or none, and what is wrong is said by row."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_sessions.core.sessions.session import SessionStatus
from custom_components.ev_sessions.store import ImportedSession, Ledger, Outcome, SessionFilter
from custom_components.ev_sessions.store.imports import reason_against

from .builders import NOON, QUARTER, SITE_ID, WAIT_S, add_charger, add_session, add_site, costing, imported, opened

DAY = timedelta(days=1)


def test_same_import_twice_adds_every_session_once(ledger: Ledger, garage: str) -> None:
    given_sessions = [imported(row, garage, NOON - row * DAY, (1_000_000, 2)) for row in range(1_200)]
    first = ledger.import_sessions(given_sessions, who="ann", at=NOON).result(WAIT_S)
    assert (first.added, first.duplicates, first.rejected) == (1_200, 0, ())
    second = ledger.import_sessions(given_sessions, who="ann", at=NOON).result(WAIT_S)
    assert (second.added, second.duplicates, second.rejected) == (0, 1_200, ())
    total, page = ledger.sessions_page(SessionFilter(), limit=1).result(WAIT_S)
    assert (total, page[0].session, page[0].origin) == (1_200, given_sessions[0].session, "import")
    (line,) = ledger.audit_trail(subject_id=SITE_ID).result(WAIT_S)
    assert (line.who, line.action, line.new["added"]) == ("ann", "import", 1_200)
    assert ledger.check().result(WAIT_S).outcome is Outcome.PASSED


def test_dry_run_says_the_same_and_writes_nothing(ledger: Ledger, garage: str) -> None:
    given_sessions = [imported(0, garage, NOON), imported(1, "nobody", NOON)]
    dry = ledger.import_sessions(given_sessions, who="ann", at=NOON, dry_run=True).result(WAIT_S)
    assert ledger.sessions_page(SessionFilter()).result(WAIT_S)[0] == 0
    assert ledger.audit_trail().result(WAIT_S) == ()
    assert ledger.import_sessions(given_sessions, who="ann", at=NOON).result(WAIT_S) == dry
    assert [(one.row, one.reason) for one in dry.rejected] == [(1, "unknown_charger")]


def test_session_that_was_tracked_is_known_by_its_charger_times_and_energy(ledger: Ledger, garage: str) -> None:
    add_session(ledger, garage, NOON, (1_000_000,))
    same = imported(0, garage, NOON, (1_000_000,))
    other_id = replace(
        same,
        session=replace(same.session, id="elsewhere"),
        periods=tuple(replace(one, session_id="elsewhere") for one in same.periods),
    )
    twice_in_one = imported(2, garage, NOON + DAY)
    report = ledger.import_sessions([other_id, twice_in_one, twice_in_one], who="ann", at=NOON).result(WAIT_S)
    assert (report.added, report.duplicates) == (1, 2)


def test_session_that_was_deleted_does_not_come_back_by_an_import(ledger: Ledger, garage: str) -> None:
    one = imported(5, garage, NOON)
    ledger.import_sessions([one], who="ann", at=NOON).result(WAIT_S)
    ledger.delete_session(one.session.id, who="ann", at=NOON).result(WAIT_S)
    report = ledger.import_sessions([one], who="ann", at=NOON).result(WAIT_S)
    assert [(bad.row, bad.reason) for bad in report.rejected] == [(5, "deleted_before")]


def test_cost_comes_along_and_energy_without_price_is_unpriced(ledger: Ledger, garage: str) -> None:
    one = imported(0, garage, NOON, (1_000_000, 3_000_000))
    unpriced = replace(one.periods[1], cost_nano=None)
    whole = costing(one.session, tuple(priced.period for priced in one.periods), total_nano=77)
    given_session = replace(one, periods=(one.periods[0], unpriced), costing=whole, note="from the old box")
    ledger.import_sessions([given_session], who="ann", at=NOON).result(WAIT_S)
    (stored,) = ledger.sessions_of((one.session.id,)).result(WAIT_S)
    assert (stored.note, stored.unpriced_mwh, stored.costings[0].total_nano) == ("from the old box", 3_000_000, 77)


_SOUND = imported(0, "evse", NOON, (1_000_000, 2_000_000))
_HELD = _SOUND.session
_FIRST, _SECOND = _SOUND.periods


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"session": replace(_HELD, status=SessionStatus.OPEN)}, "not_ended"),
        ({"session": replace(_HELD, end=None)}, "not_ended"),
        ({"session": replace(_HELD, end=_HELD.start)}, "end_before_start"),
        ({"session": replace(_HELD, energy_mwh=-1)}, "negative_energy"),
        ({"session": replace(_HELD, waiting_ms=1)}, "durations_do_not_sum"),
        ({"session": replace(_HELD, waiting_ms=-1, idle_ms=1)}, "durations_do_not_sum"),
        ({"session": replace(_HELD, energy_mwh=2_999_999)}, "periods_do_not_sum"),
        ({"periods": ()}, "periods_do_not_sum"),
        ({"periods": (_SECOND, _FIRST)}, "periods_not_in_order"),
        ({"session": replace(_HELD, period_count=1)}, "periods_not_in_order"),
        ({"session": replace(_HELD, start=NOON + QUARTER)}, "periods_not_in_order"),
        ({"periods": (_FIRST, replace(_SECOND, session_id="other"))}, "periods_of_another"),
    ],
)
def test_session_that_does_not_add_up_is_rejected_with_its_reason(changes: dict[str, object], reason: str) -> None:
    assert reason_against(replace(_SOUND, **changes)) == reason  # type: ignore[arg-type]


@settings(max_examples=10)
@given(st.permutations(range(6)), st.integers(0, 6))
def test_order_and_packets_of_an_import_change_nothing(order: list[int], cut: int) -> None:

    with TemporaryDirectory() as folder:
        ledger = opened(Path(folder))
        try:
            add_site(ledger)
            evse_id = add_charger(ledger)
            rows: list[ImportedSession] = [imported(row, evse_id, NOON + row * DAY) for row in order]
            for packet in (rows[:cut], rows[cut:], rows):
                ledger.import_sessions(packet, who="ann", at=NOON).result(WAIT_S)
            _, page = ledger.sessions_page(SessionFilter()).result(WAIT_S)
        finally:
            ledger.close()
    assert [stored.session.start for stored in page] == [NOON + row * DAY for row in reversed(range(6))]
