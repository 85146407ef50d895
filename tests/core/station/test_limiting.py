"""What a station is told, and what it then allows: by a model that does what the standard says, and no more."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.station.capabilities import (
    Capabilities,
    ProfilePurpose,
    RateUnit,
    VendorLimit,
)
from custom_components.ev_sessions.core.station.charging_profile import ChargingProfile
from custom_components.ev_sessions.core.station.limiting import (
    LimitWish,
    falls_back_alone,
    profile_ids,
    profiles_for,
    renewal_due,
)
from custom_components.ev_sessions.core.station.ways import Rung, Way, known_rung, ladder, next_rung

NOON = datetime(2026, 11, 26, 12, 0, 0, 250_000, tzinfo=UTC)
PLAIN = Capabilities()


def wish(limit_a: float = 10.0, fallback_a: float = 6.0, **more: object) -> LimitWish:
    base = LimitWish(evse=1, limit_a=limit_a, fallback_a=fallback_a, min_a=6.0, watts_per_a=690.0, station_now=NOON)
    return replace(base, **more)  # type: ignore[arg-type]  # a test's shorthand


@dataclass
class Station:
    """Keeps profiles as OCPP 1.6 §3.13 and 2.0.1 K01 say; `allowed` is in the unit of its profiles."""

    profiles: dict[tuple[int, ProfilePurpose, int], ChargingProfile] = field(default_factory=dict)

    def take(self, profile: ChargingProfile) -> None:
        place = (profile.evse, profile.purpose, profile.stack_level)
        if place in self.profiles:  # 2.x refuses another id in the same place
            assert self.profiles[place].id == profile.id
        self.profiles = {at: one for at, one in self.profiles.items() if one.id != profile.id}
        self.profiles[place] = profile

    def end_transaction(self) -> None:
        self.profiles = {at: one for at, one in self.profiles.items() if one.purpose is not ProfilePurpose.TX}

    def allowed(self, at: datetime, transaction_id: str | None) -> float | None:
        bounds = [self._of(ProfilePurpose.STATION_MAX, at, None), self._of(ProfilePurpose.TX, at, transaction_id)]
        if bounds[1] is None:
            bounds[1] = self._of(ProfilePurpose.TX_DEFAULT, at, None)
        return min((bound for bound in bounds if bound is not None), default=None)

    def _of(self, purpose: ProfilePurpose, at: datetime, transaction_id: str | None) -> float | None:
        stack = [
            (profile.stack_level, limit)
            for profile in self.profiles.values()
            if profile.purpose is purpose
            and profile.transaction_id == transaction_id
            and (limit := profile.limit_at(at)) is not None
        ]
        return max(stack)[1] if stack else None


# S1, S2, S3: what is sent


def test_s1_limit_now_and_the_fallback_ten_minutes_later_in_one_absolute_profile() -> None:
    (profile,) = profiles_for(wish(), Rung(way=Way.TX_DEFAULT), PLAIN)
    assert profile.purpose is ProfilePurpose.TX_DEFAULT
    assert profile.start == datetime(2026, 11, 26, 11, 59, tzinfo=UTC)  # a station that is a minute late obeys at once
    assert [(period.start_s, period.limit) for period in profile.periods] == [(0, 10.0), (660, 6.0)]
    assert profile.duration_s is None
    assert profile.transaction_id is None


def test_s1_profile_of_a_transaction_names_it_and_without_one_the_default_is_set() -> None:
    rung = Rung(way=Way.TX, stack_level=8)
    (running,) = profiles_for(wish(transaction_id="4711"), rung, PLAIN)
    (idle,) = profiles_for(wish(), rung, PLAIN)
    assert (running.purpose, running.transaction_id, running.stack_level) == (ProfilePurpose.TX, "4711", 8)
    assert (idle.purpose, idle.transaction_id) == (ProfilePurpose.TX_DEFAULT, None)
    assert running.id != idle.id


def test_s1_station_max_profile_is_the_whole_station_s() -> None:
    (profile,) = profiles_for(wish(transaction_id="4711"), Rung(way=Way.STATION_MAX), PLAIN)
    assert (profile.evse, profile.purpose, profile.transaction_id) == (0, ProfilePurpose.STATION_MAX, None)


def test_s3_limit_in_watts_has_one_decimal_and_is_never_more_than_was_asked() -> None:
    watts = Rung(way=Way.TX_DEFAULT, unit=RateUnit.WATT)
    (profile,) = profiles_for(wish(limit_a=10.16), watts, PLAIN)
    assert profile.periods[0].limit == 7010.4
    (one_phase,) = profiles_for(wish(limit_a=7.1, watts_per_a=231.7, phases=1), watts, PLAIN)
    assert one_phase.periods[0].limit == 1645.0  # 1645.07
    assert one_phase.periods[0].phases == 1


def test_s3_station_that_takes_whole_amperes_only_gets_whole_ones() -> None:
    (profile,) = profiles_for(wish(limit_a=10.9), Rung(way=Way.TX_DEFAULT), Capabilities(limit_decimals=0))
    assert profile.periods[0].limit == 10.0


def test_s3_phases_are_named_where_a_station_would_assume_something_else_or_can_switch() -> None:
    rung = Rung(way=Way.TX_DEFAULT)
    (plain,) = profiles_for(wish(), rung, PLAIN)
    (switching,) = profiles_for(wish(says_phases=True), rung, PLAIN)
    assert plain.periods[0].phases is None
    assert switching.periods[0].phases == 3


@pytest.mark.parametrize(("limit_a", "sent"), [(5.99, 0.0), (0.0, 0.0), (6.0, 6.0), (6.0 - 1e-9, 6.0)])
def test_s3_less_than_a_car_can_take_is_a_pause(limit_a: float, sent: float) -> None:
    (profile,) = profiles_for(wish(limit_a=limit_a, fallback_a=0.0), Rung(way=Way.TX_DEFAULT), PLAIN)
    assert profile.periods[0].limit == sent


def test_s5_limit_that_is_the_fallback_lasts_and_is_not_renewed() -> None:
    profiles = profiles_for(wish(limit_a=6.0), Rung(way=Way.TX_DEFAULT), PLAIN)
    assert len(profiles) == 1
    assert profiles[0].lasts
    assert not renewal_due(profiles, connected=True, limit_a=6.0, above_a=6.0)


def test_s5_nothing_is_renewed_for_an_empty_place_unless_its_fallback_is_more_than_it_may_have() -> None:
    profiles = profiles_for(wish(limit_a=10.0), Rung(way=Way.TX_DEFAULT), PLAIN)
    assert renewal_due(profiles, connected=True, limit_a=10.0, above_a=6.0)
    assert renewal_due(profiles, connected=None, limit_a=10.0, above_a=6.0)
    assert not renewal_due(profiles, connected=False, limit_a=10.0, above_a=6.0)
    assert renewal_due(profiles, connected=False, limit_a=0.0, above_a=6.0)


def test_same_lasting_profile_need_not_be_sent_again() -> None:
    rung = Rung(way=Way.TX_DEFAULT)
    (first,) = profiles_for(wish(limit_a=6.0), rung, PLAIN)
    (later,) = profiles_for(wish(limit_a=6.0, station_now=NOON + timedelta(hours=1)), rung, PLAIN)
    (other,) = profiles_for(wish(limit_a=0.0, fallback_a=0.0), rung, PLAIN)
    (ending,) = profiles_for(wish(), rung, PLAIN)
    assert later.same_as(first)
    assert not other.same_as(first)
    assert not ending.same_as(ending)
    assert not first.same_as(None)


def test_one_period_station_gets_a_limit_that_ends_over_a_fallback_that_stays() -> None:
    ability = Capabilities(max_periods=1, stack_level=4)
    timed, standing = profiles_for(wish(), Rung(way=Way.TX_DEFAULT, stack_level=4), ability)
    assert (timed.duration_s, timed.stack_level, timed.periods[0].limit) == (660, 4, 10.0)
    assert (standing.duration_s, standing.stack_level, standing.periods[0].limit) == (None, 0, 6.0)


def test_one_period_station_without_levels_waits_for_a_car_at_its_fallback() -> None:
    ability = Capabilities(max_periods=1)
    (waiting,) = profiles_for(wish(), Rung(way=Way.TX), ability)
    assert waiting.periods[0].limit == 6.0
    assert waiting.lasts
    profiles = profiles_for(wish(transaction_id="4711"), Rung(way=Way.TX), ability)
    assert [profile.purpose for profile in profiles] == [ProfilePurpose.TX, ProfilePurpose.TX_DEFAULT]


@pytest.mark.parametrize("rung", [Rung(way=Way.TX_DEFAULT), Rung(way=Way.STATION_MAX, stack_level=3)])
def test_bound_that_would_end_as_no_bound_does_not_end(rung: Rung) -> None:
    ability = Capabilities(max_periods=1)
    (profile,) = profiles_for(wish(), rung, ability)
    assert profile.lasts
    assert not falls_back_alone(wish(), rung, ability)


def test_charger_that_is_only_started_and_stopped_has_no_fallback_of_its_own() -> None:
    assert not falls_back_alone(wish(), Rung(way=Way.START_STOP), PLAIN)


def test_s2_profile_says_nothing_before_it_begins_and_after_it_ended() -> None:
    station = Capabilities(max_periods=1, stack_level=4)
    timed, _ = profiles_for(wish(), Rung(way=Way.TX_DEFAULT, stack_level=4), station)
    assert timed.limit_at(timed.start - timedelta(seconds=1)) is None
    assert timed.limit_at(timed.start) == 10.0
    assert timed.limit_at(timed.start + timedelta(seconds=660)) is None


# S4: what is tried after a refusal


def test_s4_ways_go_from_the_transaction_s_own_profile_to_starting_and_stopping() -> None:
    rungs = ladder(Capabilities(vendor_limit=VendorLimit(key="MaxCurrent")))
    assert tuple(dict.fromkeys(rung.way for rung in rungs if rung.unit is RateUnit.AMPERE)) == tuple(Way)
    assert all(later is next_rung(rungs, rung) for rung, later in pairwise(rungs))
    assert next_rung(rungs, rungs[-1]) is None


def test_s4_unit_that_the_station_names_comes_before_the_one_that_it_does_not() -> None:
    rungs = ladder(Capabilities(rate_units=(RateUnit.WATT,), stack_level=5))
    assert [(rung.way, rung.unit, rung.stack_level) for rung in rungs[:7]] == [
        (Way.TX, RateUnit.WATT, 5),
        (Way.TX, RateUnit.WATT, 0),
        (Way.TX_DEFAULT, RateUnit.WATT, 5),
        (Way.TX_DEFAULT, RateUnit.WATT, 0),
        (Way.STATION_MAX, RateUnit.WATT, 5),
        (Way.STATION_MAX, RateUnit.WATT, 0),
        (Way.TX, RateUnit.AMPERE, 5),
    ]
    assert len(set(rungs)) == len(rungs) == 13


@pytest.mark.parametrize(
    ("station", "missing"),
    [
        (Capabilities(connectors=(1, 1)), {Way.STATION_MAX}),
        (Capabilities(max_profiles=1), {Way.TX}),
        (Capabilities(features=frozenset()), {Way.TX, Way.TX_DEFAULT, Way.STATION_MAX}),
    ],
)
def test_s4_ways_that_a_station_does_not_have_are_not_tried(station: Capabilities, missing: set[Way]) -> None:
    assert set(Way) - {rung.way for rung in ladder(station)} == missing | {Way.VENDOR_KEY}


def test_s4_way_that_worked_is_remembered_and_one_that_is_gone_is_not() -> None:
    rungs = ladder(Capabilities(stack_level=2, vendor_limit=VendorLimit(key="MaxCurrent")))
    for rung in rungs:
        assert known_rung(rungs, rung.key) is rung
    assert known_rung(rungs, "tx_profile/A/7") is rungs[0]
    assert known_rung(rungs, None) is rungs[0]


# What always holds

stations = st.builds(
    Capabilities,
    rate_units=st.sampled_from([(RateUnit.WATT,), (RateUnit.AMPERE,), (RateUnit.AMPERE, RateUnit.WATT)]),
    stack_level=st.sampled_from([0, 1, 8]),
    max_periods=st.sampled_from([None, 1, 2, 24]),
    max_profiles=st.sampled_from([None, 1, 2]),
    limit_decimals=st.sampled_from([0, 1]),
)
currents_a = st.one_of(st.just(0.0), st.floats(0, 32))
steps = st.tuples(st.integers(0, 1200), currents_a, st.booleans())


@given(
    can=stations,
    pick=st.integers(0, 20),
    fallback_a=st.sampled_from([0.0, 6.0, 10.0]),
    phases=st.sampled_from([1, 3]),
    drift_s=st.integers(-30, 30),
    story=st.lists(steps, min_size=1, max_size=8),
)
def test_station_never_allows_more_than_was_asked_and_falls_back_when_renewals_stop(
    can: Capabilities,
    pick: int,
    fallback_a: float,
    phases: int,
    drift_s: int,
    story: list[tuple[int, float, bool]],
) -> None:
    rungs = [rung for rung in ladder(can) if rung.by_profile]
    rung = rungs[pick % len(rungs)]
    station, now, transaction_id = Station(), NOON, None
    asked = wish(phases=phases, watts_per_a=230.0 * phases, fallback_a=fallback_a)
    per_a = 1.0 if rung.unit is RateUnit.AMPERE else asked.watts_per_a
    for wait_s, limit_a, switches in story:
        now += timedelta(seconds=wait_s)
        if switches:  # a transaction begins or ends
            transaction_id = None if transaction_id else f"{now:%s}"
            station.end_transaction()
        # What we take for the station's time may be off.
        told_at = now + timedelta(seconds=drift_s)
        asked = replace(asked, limit_a=limit_a, transaction_id=transaction_id, station_now=told_at)
        for profile in profiles_for(asked, rung, can):
            station.take(profile)
            assert profile.id in profile_ids(1)
        for after_s in (0, 1, 299, 569):
            allowed = station.allowed(now + timedelta(seconds=after_s), transaction_id)
            assert allowed is not None
            assert allowed <= limit_a * per_a + 1e-6
            assert allowed == 0 or allowed >= 6.0 * per_a - 1
            assert round(allowed, 1) == allowed
    if falls_back_alone(asked, rung, can):
        for after_s in (691, 5000, 10**7):
            allowed = station.allowed(now + timedelta(seconds=after_s), transaction_id)
            assert allowed == fallback_a * per_a
