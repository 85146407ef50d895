"""What others allow a station: who, how much, until when."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.ev_sessions.core.station.capabilities import RateUnit
from custom_components.ev_sessions.core.station.charging_profile import SchedulePeriod
from custom_components.ev_sessions.core.station.others_limits import MOST_LIMITS, OthersLimit, OthersLimits

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
W_PER_A = 690.0


def limit(source: str, *periods: tuple[int, float], evse: int = 0, **fields: object) -> OthersLimit:
    made = tuple(SchedulePeriod(start_s=start_s, limit=value) for start_s, value in periods)
    return OthersLimit(source=source, evse=evse, start=NOON, periods=made, **fields)  # type: ignore[arg-type]


def told(*limits: OthersLimit) -> OthersLimits:
    known = OthersLimits()
    for one in limits:
        known = known.told(one.source, one.evse, (one,))
    return known


def cap_a(limits: OthersLimits, after_s: float = 0.0, evse: int = 1) -> float | None:
    cap = limits.cap(evse, NOON + timedelta(seconds=after_s), watts_per_a=W_PER_A)
    return None if cap is None else cap.limit_a


def test_the_lowest_of_all_that_hold_is_the_cap() -> None:
    limits = told(limit("EMS", (0, 16.0)), limit("SO", (0, 6900.0), unit=RateUnit.WATT, is_grid_critical=True))
    cap = limits.cap(1, NOON, watts_per_a=W_PER_A)
    assert cap is not None
    assert (cap.limit_a, cap.source, cap.is_grid_critical) == (10.0, "SO", True)


@pytest.mark.parametrize(
    ("after_s", "expected"), [(-1, None), (0, 10.0), (59, 10.0), (60, 6.0), (119, 6.0), (120, None)]
)
def test_a_limit_changes_with_its_periods_and_ends(after_s: float, expected: float | None) -> None:
    assert cap_a(told(limit("EMS", (0, 10.0), (60, 6.0), duration_s=120)), after_s) == expected


@pytest.mark.parametrize(
    "of", [limit("EMS"), limit("EMS", (0, -1.0)), limit("EMS", (30, 8.0)), limit("EMS", (0, 8.0), evse=2)]
)
def test_what_says_nothing_of_the_outlet_now_caps_nothing(of: OthersLimit) -> None:
    assert cap_a(told(of)) is None


def test_a_source_that_tells_again_has_only_that_and_only_there() -> None:
    limits = told(limit("EMS", (0, 10.0), evse=1), limit("EMS", (0, 8.0), evse=2), limit("EMS", (0, 13.0), evse=1))
    assert (cap_a(limits), cap_a(limits, evse=2)) == (13.0, 8.0)


def test_a_source_takes_back_its_own_of_one_outlet_or_of_all() -> None:
    limits = told(limit("EMS", (0, 10.0), evse=1), limit("EMS", (0, 8.0), evse=2), limit("SO", (0, 12.0)))
    assert cap_a(limits.cleared("EMS", 1)) == 12.0
    assert cap_a(limits.cleared("EMS", 1), evse=2) == 8.0
    assert cap_a(limits.cleared("EMS", 0), evse=2) == 12.0
    assert cap_a(limits.cleared("SO", 0)) == 10.0


def test_no_more_are_kept_than_so_many() -> None:
    limits = told(*(limit(f"S{number}", (0, 10.0)) for number in range(MOST_LIMITS + 3)))
    assert [one.source for one in limits.there] == [f"S{number}" for number in range(3, MOST_LIMITS + 3)]


def test_they_outlive_a_restart() -> None:
    limits = told(limit("EMS", (0, 10.0)), limit("SO", (0, 9.0), is_grid_critical=True, duration_s=60))
    assert OthersLimits.from_json(limits.to_json()) == limits
    with pytest.raises(ValueError, match="OthersLimits"):
        OthersLimits.from_json("{}")


def test_what_the_whole_station_may_have_is_told_apart_from_what_one_evse_may() -> None:
    limits = told(
        limit("EMS", (0, 20.0), (60, -1.0)),
        limit("SO", (0, 13_800.0), unit=RateUnit.WATT),
        limit("Other", (0, 16.0)),
        limit("EMS", (0, 8.0), evse=2),
    )
    assert limits.of_station(NOON) == (16.0, 13_800.0)
    assert limits.cleared("Other", 0).of_station(NOON) == (20.0, 13_800.0)
    assert limits.cleared("Other", 0).of_station(NOON + timedelta(seconds=60)) == (None, 13_800.0)
    assert told(limit("EMS", (0, 8.0), evse=2)).of_station(NOON) == (None, None)
