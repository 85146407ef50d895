"""Charging periods: where they are cut, what they hold, and what of it came from the roof."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.moment import instant_of, us_of
from custom_components.ev_sessions.core.quarter import QUARTER_US, next_quarter_us
from custom_components.ev_sessions.core.reading import SuspendedBy
from custom_components.ev_sessions.core.sessions.tracking.solar import grid_part_mw, solar_mwh
from tests.core.sessions.tracking.rig import (
    AVAILABLE,
    BERLIN,
    CHARGING,
    FULL,
    HELD_BACK,
    PREPARING,
    TEN,
    Rig,
    charging,
    kwh,
)


def starts(rig: Rig) -> list[str]:
    """Return where the session's periods begin, in local time."""
    zone = rig.context.zone
    return [f"{period.start.astimezone(zone):%H:%M:%S}" for period in rig.periods_of(rig.session)]


def test_a_period_is_cut_at_each_quarter_hour_of_local_time() -> None:
    rig = Rig(start=TEN + timedelta(minutes=7))
    rig.read(activity=CHARGING, power_w=7_000.0)
    rig.tick(40 * 60)
    assert starts(rig) == ["11:07:00", "11:15:00", "11:30:00", "11:45:00"]
    rig.check()


def test_a_reading_at_the_very_quarter_hour_belongs_to_the_next() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=7_000.0)
    rig.read(900, activity=CHARGING, register_mwh=kwh(101.75), power_w=7_000.0)
    assert starts(rig) == ["11:00:00"]
    assert rig.session.energy_mwh == kwh(1.75)
    rig.tick(rig.step.check_again_s)
    assert rig.step.check_again_s == pytest.approx(60)
    rig.tick(59.999)
    assert starts(rig) == ["11:00:00", "11:15:00"]


@pytest.mark.parametrize(
    ("zone", "start", "expected"),
    [
        pytest.param("Asia/Kathmandu", "2026-06-01T10:10:00", ["15:55:00", "16:00:00", "16:15:00"], id="05_45"),
        pytest.param("Australia/Eucla", "2026-06-01T10:10:00", ["18:55:00", "19:00:00", "19:15:00"], id="08_45"),
        pytest.param("Europe/Berlin", "2026-10-25T00:50:00", ["02:50:00", "02:00:00", "02:15:00"], id="autumn"),
        pytest.param("Europe/Berlin", "2026-03-29T00:50:00", ["01:50:00", "03:00:00", "03:15:00"], id="spring"),
        pytest.param("Australia/Lord_Howe", "2026-04-04T14:50:00", ["01:50:00", "01:30:00", "01:45:00"], id="half"),
        pytest.param("America/St_Johns", "2026-06-01T10:10:00", ["07:40:00", "07:45:00", "08:00:00"], id="-02_30"),
    ],
)
def test_nights_in_which_clocks_change_are_cut_at_what_people_saw(zone: str, start: str, expected: list[str]) -> None:
    rig = Rig(start=datetime.fromisoformat(start).replace(tzinfo=UTC), zone=ZoneInfo(zone))
    rig.read(activity=CHARGING)
    rig.tick(29 * 60)
    assert starts(rig) == expected
    assert rig.session.connected_ms == 29 * 60_000
    rig.check()


@given(
    at=st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1)),  # noqa: DTZ001 - given UTC below
    zone=st.sampled_from(("Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/New_York", "UTC")),
)
def test_the_next_quarter_hour_is_near_and_is_one(at: datetime, zone: str) -> None:
    at_us = us_of(at.replace(tzinfo=UTC))
    next_us = next_quarter_us(at_us, ZoneInfo(zone))
    assert 0 < next_us - at_us <= QUARTER_US
    local = instant_of(next_us).astimezone(ZoneInfo(zone))
    assert (local.minute % 15, local.second, local.microsecond) == (0, 0, 0)


def test_a_zone_without_offset_is_utc() -> None:
    assert instant_of(next_quarter_us(us_of(TEN), ZoneInfo("UTC"))) == TEN + timedelta(minutes=15)


def test_a_period_is_cut_when_the_price_changes() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, power_w=7_000.0)
    rig.cut(100)
    rig.cut()  # twice at one instant: nothing lies in between
    rig.tick(100)
    assert starts(rig) == ["11:00:00", "11:01:40"]
    rig.check()


def test_a_period_is_cut_at_the_very_instant_of_a_price_however_late_that_is_heard() -> None:
    heard: list[datetime] = []
    rig = charging(price_cuts=lambda start, end: tuple(at for at in heard if start < at < end))
    rig.read(20, activity=CHARGING, register_mwh=kwh(101.2), power_w=11_000.0)
    heard.append(rig.now.utc - timedelta(seconds=8.5))
    rig.tick(3)
    heard.append(rig.now.utc)
    rig.tick()
    rig.read(30, activity=CHARGING, register_mwh=kwh(101.3), power_w=11_000.0)
    starts = [period.start for period in rig.periods_of(rig.session)]
    assert starts[1:] == heard
    rig.check()


def test_a_price_that_changes_without_a_car_cuts_nothing() -> None:
    rig = Rig()
    rig.read(activity=AVAILABLE)
    assert rig.cut(100).periods == ()
    rig.read(activity=CHARGING)
    rig.read(60, activity=AVAILABLE)
    rig.cut(5)  # while it is not certain that the car has gone
    rig.read(1, activity=CHARGING)
    rig.check()


def test_a_period_is_cut_when_the_activity_or_its_reason_changes() -> None:
    rig = Rig()
    rig.read(activity=PREPARING)
    rig.read(60, activity=CHARGING)
    rig.read(60, activity=HELD_BACK, suspended_by=SuspendedBy.CHARGER)
    rig.read(60, activity=HELD_BACK, suspended_by=SuspendedBy.US)
    rig.read(60, activity=HELD_BACK, suspended_by=SuspendedBy.US)
    rig.tick(60)
    assert starts(rig) == ["11:00:00", "11:01:00", "11:02:00", "11:03:00"]
    rig.check()


def test_an_activity_of_no_time_leaves_no_period() -> None:
    rig = Rig()
    rig.read(activity=PREPARING)
    rig.read(60, activity=FULL)
    rig.read(0, activity=CHARGING)
    rig.tick(60)
    assert [period.activity for period in rig.periods_of(rig.session)] == [PREPARING, CHARGING]


def test_a_period_has_its_mean_least_and_greatest_power() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, power_w=3_000.0)
    rig.read(100, activity=CHARGING, power_w=9_000.0)
    rig.read(100, activity=CHARGING, power_w=6_000.0)
    rig.read(200, activity=CHARGING)
    rig.tick(100)
    (period,) = rig.periods_of(rig.session)
    assert period.mean_power_w == 6_000.0
    assert period.least_power_w == 3_000.0
    assert period.greatest_power_w == 9_000.0
    assert rig.session.peak_power_w == 9_000.0


def test_a_period_without_power_has_none() -> None:
    rig = Rig()
    rig.read(activity=CHARGING)
    rig.tick(60)
    (period,) = rig.periods_of(rig.session)
    assert (period.mean_power_w, period.least_power_w, period.greatest_power_w) == (None, None, None)


def test_half_a_step_more_changes_the_period_that_is_told_again() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    rig.read(10, activity=CHARGING, register_mwh=kwh(100.01), power_w=6_000.0)
    ((session_id, period),) = rig.step.periods
    assert session_id == rig.session.id
    assert (period.index, period.energy_mwh) == (0, 10_000)
    rig.read(10, activity=CHARGING, register_mwh=kwh(100.03), power_w=6_000.0)
    ((_, period),) = rig.step.periods
    assert (period.index, period.energy_mwh) == (0, 30_000)


# Solar: the house takes the sun first


@pytest.mark.parametrize(
    ("power", "grid", "part"),
    [(7_000, 9_000, 7_000), (7_000, 3_000, 3_000), (7_000, 0, 0), (7_000, -4_000, 0), (0, 500, 0)],
)
def test_the_grids_part_of_a_car_is_what_the_house_does_not_cover(power: int, grid: int, part: int) -> None:
    assert grid_part_mw(power, grid) == part


@pytest.mark.parametrize(
    ("energy", "power_uj", "known_uj", "grid_uj", "known_ms", "solar"),
    [
        pytest.param(1_000, 400, 400, 100, 1, 750, id="three_quarters"),
        pytest.param(1_001, 400, 400, 200, 1, 500, id="whole_mwh"),
        pytest.param(1_000, 400, 400, 400, 1, 0, id="none"),
        pytest.param(1_000, 400, 400, 0, 1, 1_000, id="all"),
        pytest.param(1_000, 400, 360, 90, 1, 750, id="a_tenth_unknown"),
        pytest.param(1_000, 400, 359, 90, 1, None, id="more_than_a_tenth_unknown"),
        pytest.param(1_000, 0, 0, 0, 1, None, id="no_power_seen"),
        pytest.param(0, 0, 0, 0, 1, 0, id="no_energy"),
        pytest.param(0, 0, 0, 0, 0, None, id="no_energy_and_no_meter"),
    ],
)
def test_solar_energy_of_a_period(
    energy: int, power_uj: int, known_uj: int, grid_uj: int, known_ms: int, solar: int | None
) -> None:
    told = solar_mwh(energy, power_uj=power_uj, known_uj=known_uj, grid_uj=grid_uj, known_ms=known_ms)
    assert told == solar


@given(energy=st.integers(0, 10**9), grid=st.integers(0, 10**12), sun=st.integers(0, 10**12))
def test_solar_energy_is_a_part_of_the_energy(energy: int, grid: int, sun: int) -> None:
    told = solar_mwh(energy, power_uj=grid + sun, known_uj=grid + sun, grid_uj=grid, known_ms=1)
    assert told is None or 0 <= told <= energy


def test_a_session_in_the_sun() -> None:
    rig = Rig(grid_power_w=-1_000.0)
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    rig.read(300, activity=CHARGING, register_mwh=kwh(100.5), power_w=6_000.0)
    assert rig.session.solar_mwh == kwh(0.5)
    rig.context = type(rig.context)(zone=BERLIN, max_power_kw=11.0, new_id=rig.context.new_id, grid_power_w=3_000.0)
    rig.tick()
    rig.read(300, activity=CHARGING, register_mwh=kwh(101), power_w=6_000.0)
    assert rig.session.solar_mwh == kwh(0.75)
    rig.check()


def test_without_a_meter_that_tells_import_from_export_solar_is_not_known() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    rig.read(300, activity=CHARGING, register_mwh=kwh(100.5), power_w=6_000.0)
    assert rig.session.solar_mwh is None
    assert rig.periods_of(rig.session)[0].solar_mwh is None


def test_a_late_increment_takes_its_solar_part_along() -> None:
    rig = Rig(grid_power_w=-1_000.0)
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    rig.read(300, activity=CHARGING, power_w=6_000.0)
    rig.cut()
    rig.read(300, activity=FULL, register_mwh=kwh(101), power_w=0.0)
    assert [period.solar_mwh for period in rig.periods_of(rig.session)] == [kwh(0.5), kwh(0.5)]
    assert rig.session.solar_mwh == kwh(1)
