"""How much CO₂ a kWh stands for: read in any unit, and kept as the mean of each quarter hour."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.statistics.carbon import (
    Carbon,
    IntensityMeter,
    IntensitySpan,
    QuarterIntensity,
    g_per_kwh,
    quarters_of,
    spans_of,
)

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)


def at(seconds: float) -> Now:
    return Now(utc=NOON + timedelta(seconds=seconds), monotonic_s=1000 + seconds)


@pytest.mark.parametrize(
    ("value", "unit", "intensity"),
    [
        ("380", "g/kWh", "380"),
        ("380.5", "gCO2eq/kWh", "380.5"),
        ("380", "gCO₂eq/kWh", "380"),
        ("380", "g CO2 / kWh", "380"),
        ("0.38", "kgCO2/kWh", "380"),
        ("380", "kg/MWh", "380"),
        ("0.38", "t/MWh", "380"),
        ("0.38", "g/Wh", "380"),
        ("0", "g/kWh", "0"),
    ],
)
def test_an_intensity_is_read_in_any_of_its_units(value: str, unit: str, intensity: str) -> None:
    assert g_per_kwh(Decimal(value), unit) == Decimal(intensity)


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        ("380", None),
        ("380", "%"),
        ("380", "lb/kWh"),
        ("380", "g/km"),
        ("-1", "g/kWh"),
        ("5001", "g/kWh"),
        ("NaN", "g/kWh"),
    ],
)
def test_what_no_grid_has_is_no_intensity(value: str, unit: str | None) -> None:
    assert g_per_kwh(Decimal(value), unit) is None


def run(looks: Sequence[tuple[float, float | None]]) -> dict[datetime, float | None]:
    """Return what is told last of each quarter hour."""
    meter, found = IntensityMeter(), {}
    for seconds, intensity in looks:
        meter, told = meter.look(intensity, at(seconds))
        found.update({one.start: one.g_per_kwh for one in told})
    return found


def test_a_quarter_hour_has_the_mean_of_what_held_in_it() -> None:
    looks = [(s, 300.0 if s < 450 else 400.0) for s in range(0, 910, 10)]
    assert run(looks) == {NOON: pytest.approx(350.0), NOON + timedelta(minutes=15): pytest.approx(400.0)}


def test_it_is_told_at_once_and_again_when_it_changes() -> None:
    meter, told = IntensityMeter().look(300.0, at(0))
    assert [one.g_per_kwh for one in told] == [300.0]
    meter, told = meter.look(300.0, at(30))
    assert told == ()
    meter, told = meter.look(400.0, at(60))
    assert [one.g_per_kwh for one in told] == [300.0]
    _, told = meter.look(400.0, at(900))
    # Who looked away for fourteen minutes does not know what was: what was seen stays.
    assert [(one.start, one.g_per_kwh) for one in told] == [
        (NOON, 300.0),
        (NOON + timedelta(minutes=15), 400.0),
    ]


def test_what_nobody_knows_is_told_of_no_quarter_hour() -> None:
    assert run([(s, None) for s in range(0, 2000, 10)]) == {}
    known = run([(s, 300.0 if s < 300 else None) for s in range(0, 2000, 10)])
    assert known == {NOON: pytest.approx(300.0)}
    assert QuarterIntensity(start=NOON).g_per_kwh is None


def test_the_time_before_a_boundary_belongs_before_it() -> None:
    # Looked at twenty seconds after the boundary, last ten before it.
    looks = [*((s, 300.0) for s in range(0, 891, 10)), (920.0, 600.0), (930.0, 600.0), (1800.0, None)]
    found = run(looks)
    assert found[NOON] == pytest.approx(300.0)
    assert found[NOON + timedelta(minutes=15)] == pytest.approx((20 * 300 + 10 * 600) / 30)


@given(st.lists(st.floats(min_value=0, max_value=2_000), min_size=91, max_size=91))
def test_a_mean_lies_between_the_least_and_the_greatest(values: list[float]) -> None:
    found = run([(place * 10, value) for place, value in enumerate(values)])
    mean = found[NOON]
    assert mean is not None
    assert min(values[:90]) - 1e-6 <= mean <= max(values[:90]) + 1e-6


def test_carbon_adds_up_and_nothing_known_is_not_nothing() -> None:
    assert Carbon().kg is None
    one = Carbon(ng=3 * 10**12, known_mwh=10_000_000)
    assert one.plus(Carbon(ng=10**12, known_mwh=5_000_000)) == Carbon(ng=4 * 10**12, known_mwh=15_000_000)
    assert one.kg == 3.0


def minute(minutes: float) -> datetime:
    return datetime(2026, 11, 20, 10, tzinfo=UTC) + timedelta(minutes=minutes)


def test_what_is_recalled_holds_until_the_next_and_no_longer_than_an_hour() -> None:
    samples = [(minute(0), 300.0), (minute(10), 100.0), (minute(20), None), (minute(30), 200.0), (minute(30), 400.0)]
    spans = list(spans_of(samples, minute(200)))
    assert [(one.start, one.end, one.g_per_kwh) for one in spans] == [
        (minute(0), minute(10), 300.0),
        (minute(10), minute(20), 100.0),
        (minute(30), minute(90), 400.0),
    ]
    assert list(spans_of([], minute(60))) == []


def test_quarters_of_what_is_recalled_have_the_mean_of_what_is_known() -> None:
    spans = [
        IntensitySpan(start=minute(-20), end=minute(10), g_per_kwh=300.0),
        IntensitySpan(start=minute(10), end=minute(20), g_per_kwh=100.0),
        IntensitySpan(start=minute(50), end=minute(500), g_per_kwh=50.0),
    ]
    found = quarters_of(spans, minute(0), minute(75))
    means = [(one.start, one.g_per_kwh, one.seen_s) for one in found]
    # The first has ten minutes of 300 and five of 100; of the third nothing is known.
    assert means == [
        (minute(0), pytest.approx(700 / 3), 900.0),
        (minute(15), 100.0, 300.0),
        (minute(45), 50.0, 600.0),
        (minute(60), 50.0, 900.0),
    ]
