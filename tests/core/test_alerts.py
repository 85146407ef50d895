"""Alerts come when something has lasted, once, and again only when it was over."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.alerts import (
    CALM_S,
    AlertSettings,
    AlertType,
    EvseAlerts,
    EvseScene,
    Lasting,
    SiteAlerts,
    settings_from,
    watch_evse,
    watch_site,
)
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.vehicles.usual_hour import UsualPlugIn

START = Now(utc=datetime(2026, 11, 23, 17, 0, tzinfo=UTC), monotonic_s=1000.0)
IDLE = EvseScene(online=True, connected=False)
PLUGGED = EvseScene(online=True, connected=True, session_id="one")
CHARGING = replace(PLUGGED, charging=True)
FULL = replace(PLUGGED, completed=True)
AWAY = EvseScene(online=False)
BROKEN = EvseScene(online=True, fault=True)


def minutes(count: float) -> float:
    return count * 60


class Watch:
    """An EVSE that is looked at every ten seconds."""

    def __init__(self, **settings: Any) -> None:
        self.settings = AlertSettings(**settings)
        self.known = EvseAlerts()
        self.now = START

    def see(self, scene: EvseScene, seconds: float = 0) -> list[str]:
        """Look at a scene that lasts, and return what was told."""
        told: list[str] = []
        end = self.now.later(seconds)
        while True:
            self.known, alerts = watch_evse(self.known, scene, self.settings, self.now)
            told += [alert.type.value for alert in alerts]
            if self.now.monotonic_s >= end.monotonic_s:
                return told
            self.now = self.now.later(min(10.0, end.monotonic_s - self.now.monotonic_s))

    def restart(self) -> None:
        """Keep what is kept, on a machine whose monotonic clock began anew."""
        self.known = EvseAlerts.from_kept(self.known.kept())
        self.now = Now(utc=self.now.utc + timedelta(minutes=2), monotonic_s=5.0)


# What lasts


def test_time_in_which_nobody_knows_does_not_make_a_cause_old() -> None:
    lasting, _ = Lasting().seen(0, 0, there=True)
    lasting, _ = lasting.seen(0, 10, there=False)
    lasting, _ = lasting.seen(0, 20, there=None)
    lasting, _ = lasting.seen(0, 1000, there=False)
    assert lasting.told
    lasting, _ = lasting.seen(0, 1000 + CALM_S, there=False)
    assert not lasting.told


@pytest.mark.parametrize("scene", [AWAY, PLUGGED, BROKEN])
def test_what_was_told_outlives_a_restart_and_its_time_does_not(scene: EvseScene) -> None:
    watch = Watch()
    assert len(watch.see(scene, minutes(20))) == 1
    known = watch.known
    watch.restart()
    assert not any(one.tells for one in (watch.known.offline, watch.known.fault, watch.known.not_charging))
    assert watch.see(scene, minutes(20)) == []
    assert (watch.known.offline.tells, watch.known.fault.tells, watch.known.not_charging.tells) == (
        known.offline.tells,
        known.fault.tells,
        known.not_charging.tells,
    )
    assert EvseAlerts().kept() != known.kept()


# A car that is full


def test_a_full_car_is_told_once_in_a_session() -> None:
    watch = Watch()
    assert watch.see(CHARGING, minutes(60)) == []
    assert watch.see(FULL, minutes(60)) == ["full"]
    # It tops up, as cars do.
    assert watch.see(CHARGING, minutes(5)) == []
    assert watch.see(FULL, minutes(60)) == []
    assert watch.see(replace(FULL, session_id="two")) == ["full"]


def test_a_restart_does_not_tell_of_the_full_car_again() -> None:
    watch = Watch()
    assert watch.see(FULL) == ["full"]
    watch.restart()
    assert watch.see(FULL, minutes(30)) == []


def test_who_completed_without_a_session_is_not_told_of() -> None:
    assert Watch().see(replace(FULL, session_id=None)) == []


# A fault


def test_a_fault_is_told_at_once_and_a_flapping_one_once() -> None:
    watch = Watch()
    assert watch.see(BROKEN, 20) == ["fault"]
    for _ in range(5):
        assert watch.see(IDLE, CALM_S - 10) == []
        assert watch.see(BROKEN, 20) == []
    assert watch.see(IDLE, CALM_S) == []
    assert watch.see(BROKEN) == ["fault"]


def test_a_fault_that_lasts_over_a_restart_is_not_told_again() -> None:
    watch = Watch()
    assert watch.see(BROKEN) == ["fault"]
    watch.restart()
    assert watch.see(AWAY, minutes(2)) == []
    assert watch.see(BROKEN, minutes(5)) == []
    assert watch.known.fault.tells


# A charger that is offline


def test_a_charger_that_is_away_for_ten_minutes_is_told_with_the_time() -> None:
    known, now = EvseAlerts(), START
    for _ in range(60):
        known, alerts = watch_evse(known, AWAY, AlertSettings(), now)
        assert alerts == ()
        now = now.later(10)
    _, (alert,) = watch_evse(known, AWAY, AlertSettings(), now)
    assert (alert.type, alert.lasted_s) == (AlertType.OFFLINE, 600.0)


def test_short_gaps_are_nobodys_business() -> None:
    watch = Watch()
    for _ in range(20):
        assert watch.see(AWAY, minutes(9)) == []
        assert watch.see(IDLE, 10) == []


def test_a_weak_network_is_told_once_until_it_was_good_for_as_long() -> None:
    watch = Watch(offline_after_s=minutes(5))
    assert watch.see(AWAY, minutes(5)) == ["offline"]
    assert watch.see(IDLE, minutes(4)) == []
    assert watch.see(AWAY, minutes(20)) == []
    assert watch.see(IDLE, minutes(5)) == []
    assert watch.see(AWAY, minutes(5)) == ["offline"]


# Plugged in, but not charging


def test_a_car_that_does_not_charge_is_told_after_the_time_that_was_set() -> None:
    watch = Watch(not_charging_after_s=minutes(3))
    assert watch.see(PLUGGED, minutes(2.5)) == []
    assert watch.see(PLUGGED, minutes(0.5)) == ["not_charging"]
    assert watch.see(PLUGGED, minutes(600)) == []


@pytest.mark.parametrize("waiting", [{"held_back": True}, {"completed": True}, {"charging": True}])
def test_a_car_that_waits_for_us_or_is_full_or_charges_is_as_it_should_be(waiting: dict[str, Any]) -> None:
    told = Watch().see(replace(PLUGGED, **waiting), minutes(600))
    assert "not_charging" not in told


def test_the_time_counts_from_when_the_car_may_charge() -> None:
    watch = Watch()
    assert watch.see(PLUGGED, minutes(10)) == []
    assert watch.see(replace(PLUGGED, held_back=True), minutes(60)) == []
    assert watch.see(PLUGGED, minutes(14)) == []
    assert watch.see(PLUGGED, minutes(1)) == ["not_charging"]


def test_the_next_car_that_does_not_charge_is_told_too() -> None:
    watch = Watch()
    assert watch.see(PLUGGED, minutes(15)) == ["not_charging"]
    assert watch.see(IDLE, 10) == []
    assert watch.see(replace(PLUGGED, session_id="two"), minutes(15)) == ["not_charging"]


def test_while_nobody_knows_of_the_car_time_does_not_count() -> None:
    watch = Watch(offline_after_s=minutes(999))
    assert watch.see(PLUGGED, minutes(14)) == []
    assert watch.see(AWAY, minutes(30)) == []
    assert watch.see(EvseScene(online=True), minutes(30)) == []
    assert watch.see(PLUGGED, minutes(14)) == []


def test_what_was_known_of_a_car_before_the_charger_went_away_counts_no_more() -> None:
    watch = Watch(offline_after_s=minutes(999))
    assert watch.see(replace(AWAY, connected=True, session_id="one"), minutes(60)) == []


def test_a_fault_is_told_as_a_fault_alone() -> None:
    assert Watch().see(replace(PLUGGED, fault=True), minutes(60)) == ["fault"]


# A session over a cost


def test_a_cost_is_told_once_when_it_is_reached() -> None:
    watch = Watch(over_cost=Decimal(10))
    assert watch.see(replace(CHARGING, cost=Decimal("9.99"))) == []
    assert watch.see(replace(CHARGING, cost=Decimal("10.00"))) == ["over_cost"]
    assert watch.see(replace(CHARGING, cost=Decimal(12)), minutes(60)) == []
    watch.restart()
    assert watch.see(replace(CHARGING, cost=Decimal(13)), minutes(60)) == []
    assert watch.see(replace(CHARGING, session_id="two", cost=Decimal(11))) == ["over_cost"]


def test_a_greater_limit_may_be_reached_once_more() -> None:
    watch = Watch(over_cost=Decimal(10))
    assert watch.see(replace(CHARGING, cost=Decimal(10))) == ["over_cost"]
    watch.settings = replace(watch.settings, over_cost=Decimal(20))
    assert watch.see(replace(CHARGING, cost=Decimal(11))) == []
    assert watch.see(replace(CHARGING, cost=Decimal(20))) == ["over_cost"]


@pytest.mark.parametrize("cost", [None, Decimal(1000)])
def test_nobody_is_told_of_a_cost_that_is_not_known_or_not_limited(cost: Decimal | None) -> None:
    assert Watch().see(replace(CHARGING, cost=cost)) == []
    assert Watch(over_cost=Decimal(10)).see(replace(CHARGING, cost=None)) == []


# Not plugged in at the usual hour

USUAL = UsualPlugIn(day=date(2026, 11, 23), at=datetime(2026, 11, 23, 18, 0, tzinfo=UTC))
EXPECTED = replace(IDLE, usual=USUAL)


def test_a_car_that_does_not_come_is_missed_once_a_day() -> None:
    watch = Watch()
    assert watch.see(EXPECTED, minutes(89)) == []
    assert watch.see(EXPECTED, minutes(1)) == ["not_plugged_in"]
    assert watch.see(EXPECTED, minutes(300)) == []
    tomorrow = UsualPlugIn(day=date(2026, 11, 24), at=watch.now.utc - timedelta(hours=1))
    assert watch.see(replace(IDLE, usual=tomorrow)) == ["not_plugged_in"]


def test_who_is_away_is_told_on_two_days_and_again_after_the_car_was_there() -> None:
    watch = Watch()
    told: list[int] = []
    for day in range(10):
        usual = UsualPlugIn(day=USUAL.day + timedelta(days=day), at=USUAL.at + timedelta(days=day))
        watch.now = START.later(day * 86_400 + 2 * 3600)
        if day == 6:
            assert watch.see(replace(CHARGING, usual=usual)) == []
        elif watch.see(replace(IDLE, usual=usual), minutes(60)):
            told.append(day)
        if day == 1:
            watch.restart()
    assert told == [0, 1, 7, 8]


def test_a_car_that_is_there_is_not_missed() -> None:
    assert Watch().see(replace(CHARGING, usual=USUAL), minutes(600)) == []


def test_where_nobody_knows_of_the_car_it_is_not_missed() -> None:
    assert Watch().see(EvseScene(online=True, usual=USUAL), minutes(600)) == []
    assert Watch(offline_after_s=1e9).see(replace(AWAY, connected=False, usual=USUAL), minutes(600)) == []


def test_who_looks_long_after_the_hour_misses_nobody() -> None:
    watch = Watch()
    watch.now = START.later(minutes(60 + 30 + 180))
    assert watch.see(EXPECTED, minutes(60)) == []


# A site's fuse


def test_an_overload_is_told_when_it_lasts() -> None:
    known, now, told = SiteAlerts(), START, []
    for _ in range(40):
        known, alerts = watch_site(known, overloaded=True, settings=AlertSettings(), now=now)
        told += [(alert.type, alert.lasted_s) for alert in alerts]
        now = now.later(1)
    assert told == [(AlertType.OVERLOAD, 30.0)]
    known, _ = watch_site(known, overloaded=False, settings=AlertSettings(), now=now)
    assert not known.overload.tells


def test_a_start_current_is_no_overload() -> None:
    known, now = SiteAlerts(), START
    for second in range(600):
        known, alerts = watch_site(known, overloaded=second % 20 < 15, settings=AlertSettings(), now=now.later(second))
        assert alerts == ()


# What is set and kept


def test_settings_are_read_with_their_defaults() -> None:
    assert settings_from({}) == AlertSettings()
    assert settings_from({"offline_after_s": 60, "over_cost": "12.50"}) == AlertSettings(
        offline_after_s=60.0, over_cost=Decimal("12.50")
    )


def test_what_is_kept_of_another_program_is_refused() -> None:
    with pytest.raises(ValueError, match="EvseAlerts"):
        EvseAlerts.from_kept('{"version": 99}')


SCENES = st.builds(
    EvseScene,
    online=st.booleans(),
    fault=st.booleans(),
    connected=st.none() | st.booleans(),
    charging=st.booleans(),
    completed=st.booleans(),
    held_back=st.booleans(),
    session_id=st.none() | st.sampled_from(["one", "two"]),
    cost=st.none() | st.decimals(0, 30, places=2),
    usual=st.none() | st.just(USUAL),
)


@given(st.lists(st.tuples(SCENES, st.floats(0, 4000)), max_size=40))
def test_nothing_is_told_again_before_it_was_over_for_a_while(story: list[tuple[EvseScene, float]]) -> None:
    settings = AlertSettings(over_cost=Decimal(10))
    known, now = EvseAlerts(), START
    last: dict[AlertType, float] = {}
    for scene, wait_s in story:
        known, alerts = watch_evse(known, scene, settings, now)
        for alert in alerts:
            if alert.type in {AlertType.FAULT, AlertType.OFFLINE}:
                assert now.monotonic_s - last.get(alert.type, -1e9) >= CALM_S
            if alert.type is AlertType.NOT_PLUGGED_IN:
                assert alert.type not in last
            last[alert.type] = now.monotonic_s
        # A second look at the same instant has nothing to add, and what is kept comes back.
        assert watch_evse(known, scene, settings, now) == (known, ())
        kept = EvseAlerts.from_kept(known.kept())
        assert (kept.full_of, kept.cost_of, kept.missed_on) == (known.full_of, known.cost_of, known.missed_on)
        assert kept.kept() == known.kept()
        now = now.later(wait_s)


@given(st.lists(st.tuples(st.none() | st.booleans(), st.floats(0, 300)), max_size=30), st.floats(0, 600))
def test_what_lasts_is_told_after_its_time_and_not_before(
    story: list[tuple[bool | None, float]], after_s: float
) -> None:
    lasting, now_s, since_s = Lasting(), 0.0, None
    for there, wait_s in story:
        since_s = (now_s if since_s is None else since_s) if there else None
        before = lasting
        lasting, lasted_s = lasting.seen(after_s, now_s, there=there)
        if lasted_s is not None:
            assert there
            assert not before.told
            assert lasted_s == now_s - (since_s or 0.0) >= after_s
        elif since_s is not None and now_s - since_s >= after_s:
            assert before.told
        now_s += wait_s
