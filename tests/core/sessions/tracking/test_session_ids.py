"""Sessions that are told again keep their ids, where they are the same."""

from datetime import UTC, datetime, timedelta

from custom_components.ev_sessions.core.sessions.session import Session
from custom_components.ev_sessions.core.sessions.tracking.session_ids import SessionIds
from custom_components.ev_sessions.core.sessions.tracking.told import ToldSession

NOON = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)
NOW = NOON + timedelta(hours=6)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def before(session_id: str, start: float, end: float | None) -> ToldSession:
    return ToldSession(id=session_id, start=at(start), end=None if end is None else at(end), first_us=0)


def again(session_id: str, start: float, end: float | None) -> Session:
    return Session(id=session_id, start=at(start), end=None if end is None else at(end))


def ids_of(*known: ToldSession) -> SessionIds:
    count = 0

    def new_id(_start: datetime) -> str:
        nonlocal count
        count += 1
        return f"new-{count}"

    return SessionIds(known, NOW, new_id)


def test_sessions_of_before_are_guessed_one_after_the_other_and_what_follows_is_new() -> None:
    ids = ids_of(before("b", 60, 90), before("a", 0, 30))
    assert [ids.guessed(at(minute)) for minute in (1, 61, 62)] == ["a", "b", "new-1"]
    assert ids.fit([again("b", 61, 89), again("a", 1, 30), again("new-1", 95, None)])


def test_a_session_that_had_ended_by_then_is_not_meant() -> None:
    ids = ids_of(before("a", 0, 30), before("b", 60, None))
    assert ids.guessed(at(30)) == "b"
    assert ids.guessed(at(40)) == "new-1"


def test_what_goes_on_is_the_same_as_what_begins_right_now() -> None:
    ids = ids_of(before("a", 0, None))
    assert ids.guessed(NOW) == "a"
    assert ids.fit([Session(id="a", start=NOW)])


def test_an_id_belongs_to_whom_it_shares_the_most_time_with() -> None:
    ids = ids_of(before("a", 0, 100))
    assert [ids.guessed(at(0)), ids.guessed(at(40))] == ["a", "new-1"]
    assert not ids.fit([again("a", 0, 10), again("new-1", 40, 100)])
    # The first is another now: its guess was somebody else's.
    assert [ids.fitting(at(0)), ids.fitting(at(40)), ids.fitting(at(200))] == ["new-2", "a", "new-3"]


def test_two_sessions_that_were_one_share_no_id_and_the_first_of_equals_keeps_it() -> None:
    ids = ids_of(before("a", 0, 100))
    assert [ids.guessed(at(0)), ids.guessed(at(50))] == ["a", "new-1"]
    assert ids.fit([again("a", 0, 50), again("new-1", 50, 100)])


def test_one_session_that_was_two_keeps_the_id_of_the_longer() -> None:
    ids = ids_of(before("a", 0, 20), before("b", 30, 100))
    assert ids.guessed(at(0)) == "a"
    assert not ids.fit([again("a", 0, 100)])
    assert ids.fitting(at(0)) == "b"


def test_sessions_that_only_touch_are_not_the_same() -> None:
    ids = ids_of(before("a", 0, 30), before("b", 30, 60))
    assert [ids.guessed(at(0)), ids.guessed(at(30))] == ["a", "b"]
    assert not ids.fit([again("a", 0, 10), again("b", 60, 90)])
    assert [ids.fitting(at(0)), ids.fitting(at(60))] == ["a", "new-1"]


def test_a_guess_whose_session_came_to_nothing_leaves_its_id() -> None:
    ids = ids_of(before("a", 0, 100))
    assert [ids.guessed(at(0)), ids.guessed(at(5))] == ["a", "new-1"]
    assert not ids.fit([again("new-1", 5, 100)])
    assert ids.fitting(at(5)) == "a"
