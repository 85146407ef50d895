"""What was decided lately: each change once, and never more than is kept."""

from datetime import datetime, timedelta

import pytest

from custom_components.ev_sessions.core.balancing.history import (
    MOST_KEPT,
    MOST_WRITTEN,
    History,
    kept_history,
    revived_history,
)
from custom_components.ev_sessions.core.balancing.load import EvseLimit
from custom_components.ev_sessions.core.balancing.reasons import Reason, ReasonKey
from tests.core.balancing.load_rig import START


def limit(current_a: float | None, load_a: str = "24") -> EvseLimit:
    return EvseLimit(
        evse_id="car", limit_a=current_a, reason=Reason(key=ReasonKey.LINE_FULL, placeholders={"load_a": load_a})
    )


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def test_what_holds_on_is_no_new_decision_and_another_reason_is() -> None:
    history = History()
    assert history.note(limit(6.0), at(0))
    assert not history.note(limit(6.0), at(1))
    assert history.note(limit(6.0, "25"), at(2))
    assert history.note(limit(None), at(3))
    assert [one.at for one in history.last(2)] == [at(2), at(3)]


def test_a_span_shows_what_held_when_it_began() -> None:
    history = History()
    for minute in (0, 10, 20):
        history.note(limit(6.0 + minute), at(minute))
    held = [one.limit_a for one in history.between(at(5), at(20))]
    assert held == [6.0, 16.0]
    assert [one.limit_a for one in history.between(at(10), None)] == [16.0, 26.0]
    assert [one.limit_a for one in history.between(None, at(10))] == [6.0]
    assert [one.limit_a for one in history.between(at(99), None)] == [26.0]
    assert History().between(None, None) == []


def test_a_restless_evening_is_forgotten_from_its_beginning() -> None:
    history = History()
    for turn in range(3 * MOST_KEPT):
        history.note(limit(float(turn)), at(turn))
    kept = history.between(None, None)
    assert len(kept) == MOST_KEPT
    assert kept[0].limit_a == 2 * MOST_KEPT


def test_what_was_decided_before_a_restart_is_told_after_it_with_its_words() -> None:
    history = History()
    for minute in range(MOST_WRITTEN + 10):
        history.note(limit(6.0 + minute % 2, str(minute)), at(minute))
    history.note(limit(None), at(99))
    again = revived_history(kept_history(history))
    assert again.between(None, None) == history.last(MOST_WRITTEN)
    assert again.last(1)[0].limit_a is None
    assert not again.note(limit(None), at(100))  # what held then holds on
    assert again.note(limit(8.0), at(101))
    assert revived_history(kept_history(History())).last(1) == []


@pytest.mark.parametrize("text", ["", "[]", '{"version":2}', '{"version":1,"decided":[{"at":"soon"}]}'])
def test_what_cannot_be_read_is_no_history(text: str) -> None:
    with pytest.raises(ValueError, match="Lines"):
        revived_history(text)
