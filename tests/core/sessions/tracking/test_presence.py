"""What a reading says of the car."""

from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.ev_sessions.core.reading import Activity, EvseReading, State, SuspendedBy
from custom_components.ev_sessions.core.sessions.tracking.presence import Circumstances, Presence, judge, says_nothing

AT = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)
CHARGED = Presence(connected=True, activity=Activity.CHARGING)


def told(known: Circumstances | None = None, **fields: Any) -> Presence:
    """Return what a reading says."""
    return judge(EvseReading(at=AT, **fields), known or Circumstances())


@pytest.mark.parametrize(
    ("state", "connected", "activity"),
    [
        (State.A, False, Activity.AVAILABLE),
        (State.B, True, Activity.PREPARING),
        (State.C, True, Activity.CHARGING),
        (State.D, True, Activity.CHARGING),
        (State.E, None, Activity.FAULT),
        (State.F, None, Activity.FAULT),
    ],
)
def test_what_the_pilots_letter_stands_for(state: State, connected: bool | None, activity: Activity) -> None:
    assert told(state=state) == Presence(connected=connected, activity=activity)


def test_the_activity_says_more_than_the_letter() -> None:
    assert told(state=State.C, activity=Activity.SUSPENDED_EV).activity is Activity.SUSPENDED_EV


@pytest.mark.parametrize(
    ("known", "fields", "activity"),
    [
        pytest.param(Circumstances(drawing=True), {}, Activity.CHARGING, id="it_draws"),
        pytest.param(Circumstances(drawing=False), {}, Activity.PREPARING, id="it_does_not_draw_yet"),
        pytest.param(Circumstances(charged=True), {}, Activity.SUSPENDED_EV, id="it_has_charged"),
        pytest.param(Circumstances(), {"enabled": False}, Activity.SUSPENDED_EVSE, id="switched_off"),
        pytest.param(Circumstances(), {"enabled": True}, Activity.PREPARING, id="switched_on"),
        pytest.param(Circumstances(), {"limit_a": 0.0}, Activity.SUSPENDED_EVSE, id="limited_to_nothing"),
        pytest.param(Circumstances(), {"limit_a": 6.0}, Activity.PREPARING, id="limited"),
    ],
)
def test_a_connected_car_of_which_no_more_is_said(
    known: Circumstances, fields: dict[str, Any], activity: Activity
) -> None:
    assert told(known, state=State.B, **fields).activity is activity


def test_a_pause_that_nobody_explains_is_of_unknown_cause() -> None:
    assert told(activity=Activity.SUSPENDED_EVSE).suspended_by is SuspendedBy.UNKNOWN
    assert told(activity=Activity.SUSPENDED_EVSE, suspended_by=SuspendedBy.OTHER).suspended_by is SuspendedBy.OTHER
    assert told(activity=Activity.SUSPENDED_EV, suspended_by=SuspendedBy.OTHER).suspended_by is None


@pytest.mark.parametrize(
    ("before", "activity", "ours"),
    [
        (Activity.CHARGING, Activity.SUSPENDED_EV, True),
        (Activity.CHARGING, Activity.FINISHING, True),
        (Activity.CHARGING, Activity.PREPARING, True),
        (Activity.SUSPENDED_EVSE, Activity.SUSPENDED_EV, True),
        (Activity.SUSPENDED_EV, Activity.SUSPENDED_EVSE, True),
        (Activity.PREPARING, Activity.SUSPENDED_EV, False),
        (Activity.SUSPENDED_EV, Activity.SUSPENDED_EV, False),
        (Activity.CHARGING, Activity.CHARGING, False),
    ],
)
def test_which_pauses_are_ours(before: Activity, activity: Activity, ours: bool) -> None:
    known = Circumstances(before=Presence(connected=True, activity=before), paused_by_us=True)
    assert (told(known, activity=activity).suspended_by is SuspendedBy.US) is ours


def test_nothing_known_says_nothing() -> None:
    known = Circumstances(before=CHARGED, has_status=True)
    assert told(known, power_w=0.0) == Presence(activity=Activity.CHARGING)


def test_power_counts_only_where_no_charger_ever_said_anything() -> None:
    assert told(Circumstances(drawing=True)) == Presence(connected=True, activity=Activity.CHARGING)
    assert told(Circumstances(drawing=False)) == Presence(connected=False, activity=Activity.AVAILABLE)
    assert told(Circumstances(before=CHARGED)) == Presence(activity=Activity.CHARGING)
    assert told(Circumstances(drawing=False, has_status=True, before=CHARGED)).connected is None


@pytest.mark.parametrize(
    "fields",
    [
        {"state": State.A},
        {"activity": Activity.AVAILABLE},
        {"register_mwh": 0},
        {"session_energy_mwh": 0},
        {"power_w": 0.0},
        {"currents_a": (0.0,)},
    ],
)
def test_a_source_that_says_anything_is_there(fields: dict[str, Any]) -> None:
    assert not says_nothing(EvseReading(at=AT, **fields))


def test_a_limit_alone_says_nothing_of_a_car() -> None:
    assert says_nothing(EvseReading(at=AT, limit_a=16.0, enabled=True, register_at=AT))
