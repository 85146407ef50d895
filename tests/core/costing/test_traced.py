"""What flowed within a period, by the session's trace."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from custom_components.ev_sessions.core.costing import PeriodState, UsagePeriod, cost_json, cost_of_usage
from custom_components.ev_sessions.core.costing.reading import usage_of_session
from custom_components.ev_sessions.core.costing.traced import traced
from custom_components.ev_sessions.core.reading import Activity
from custom_components.ev_sessions.core.sessions.session import ChargingPeriod
from custom_components.ev_sessions.core.sessions.trace import TraceSample

from .bench import BERLIN, element, part, tariff

SEVEN = datetime(2026, 11, 20, 6, tzinfo=UTC)  # 07:00 in Berlin
QUARTER = UsagePeriod(start=SEVEN, end=SEVEN + timedelta(minutes=15), energy_mwh=1_000_000, part_of=4)


def sample(minutes: float, power_w: float | None) -> TraceSample:
    return TraceSample(at=SEVEN + timedelta(minutes=minutes), power_w=power_w)


#: 6 kW to 07:05, then nothing to 07:10, then 3 kW for the last five minutes and longer.
TRACE = [sample(-20, 11_000), sample(-1, 6_000), sample(5, 0), sample(10, 3_000), sample(20, 9_000)]


def test_energy_goes_where_the_power_was() -> None:
    parts = traced(QUARTER, TRACE)
    assert [(one.energy_mwh, one.power_kw) for one in parts] == [
        (666_667, Decimal(6)),
        (0, Decimal(0)),
        (333_333, Decimal(3)),
    ]
    assert [one.start for one in parts] == [SEVEN, SEVEN + timedelta(minutes=5), SEVEN + timedelta(minutes=10)]
    assert parts[-1].end == QUARTER.end
    assert {one.part_of for one in parts} == {4}


def test_a_sample_at_the_very_start_counts_from_there() -> None:
    assert len(traced(QUARTER, [sample(-5, 1_000), sample(0, 4_000), sample(15, 1_000)])) == 1


def test_what_the_trace_does_not_tell_stays_linear() -> None:
    for trace in (
        [],
        [sample(3, 5_000)],  # begins too late
        [sample(-1, 5_000), sample(3, None)],  # was lost in between
        [sample(-1, 0)],  # shows nothing of what flowed
    ):
        (whole,) = traced(QUARTER, trace)
        assert (whole.linear, whole.energy_mwh, whole.power_kw) == (True, 1_000_000, None)
    estimated = UsagePeriod(start=SEVEN, end=QUARTER.end, energy_mwh=1_000_000, estimated_mwh=1)
    assert traced(estimated, TRACE)[0].linear


def test_where_nothing_flowed_there_was_no_power() -> None:
    parked = UsagePeriod(start=SEVEN, end=QUARTER.end, state=PeriodState.PARKING)
    (whole,) = traced(parked, [])
    assert (whole.power_kw, whole.linear) == (Decimal(0), False)


def test_a_window_that_begins_at_ten_past_seven_is_exact_from_the_trace() -> None:
    period = ChargingPeriod(
        index=0,
        start=SEVEN,
        end=QUARTER.end,
        duration_ms=900_000,
        activity=Activity.CHARGING,
        energy_mwh=QUARTER.energy_mwh,
    )
    window = tariff(element(part("ENERGY", 3, step=0), start_time="07:10", end_time="22:00"))
    by_power = tariff(element(part("ENERGY", 3, step=0), min_power=4), element(part("ENERGY", 0)))
    by_energy = tariff(element(part("ENERGY", 3, step=0), max_kwh="0.4"), element(part("ENERGY", 0)))
    results: dict[str, list[tuple[str, list[str], int]]] = {}
    for name, trace in (("with", TRACE), ("without", [])):
        usage = usage_of_session(SEVEN, QUARTER.end, [period], trace)
        for of in (window, by_power, by_energy):
            data = cost_json(cost_of_usage(of, usage, BERLIN), BERLIN)
            results.setdefault(name, []).append((data["total_excl_tax"], data["flags"], len(data["periods"])))
    assert results == {
        # However many samples there are, the answer has a period for each price, and one for when nothing flowed.
        "with": [("0.999999", [], 2), ("2.000001", [], 3), ("1.20", [], 4)],
        "without": [("1.00", ["estimated_split"], 2), ("3.00", ["estimated_power"], 1), ("1.20", [], 2)],
    }
