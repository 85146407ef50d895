"""A capacity tariff as data: what is wrong is named, and what was read is written the same."""

from datetime import UTC, datetime
from decimal import Decimal
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.ev_sessions.core.capacity import CapacityScheme, SchemeError, period_of

BERLIN = ZoneInfo("Europe/Berlin")
FILE = Path(__file__).parents[3] / "custom_components" / "ev_sessions" / "data" / "capacity_presets.json"
PRESETS: dict[str, Any] = {one["id"]: one for one in json.loads(FILE.read_text(encoding="utf-8"))["presets"]}


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_can_be_read_written_and_read_again_and_tells_its_source(preset: str) -> None:
    told = PRESETS[preset]
    scheme = CapacityScheme.from_data(told["scheme"])
    assert CapacityScheme.from_data(json.loads(json.dumps(scheme.to_data()))) == scheme
    assert told["source"]
    assert datetime.fromisoformat(told["date"]).year >= 2026


def test_presets_count_as_their_countries_do() -> None:
    flanders = CapacityScheme.from_data(PRESETS["be_flanders"]["scheme"])
    assert (flanders.interval_min, flanders.count, flanders.minimum_kw, flanders.months) == (15, 1, Decimal("2.5"), 12)
    norway = CapacityScheme.from_data(PRESETS["no_steps"]["scheme"])
    assert (norway.interval_min, norway.count, norway.distinct_days) == (60, 3, True)
    winter = CapacityScheme.from_data(PRESETS["se_winter_weekdays"]["scheme"])
    tuesday, saturday = (datetime(2026, 11, day, 12, tzinfo=BERLIN) for day in (17, 21))
    assert (winter.factor_at(tuesday), winter.factor_at(saturday)) == (1.0, 0.0)
    assert winter.factor_at(tuesday.replace(hour=20)) == 0.0
    assert winter.factor_at(tuesday.replace(month=6)) == 0.0
    nights = CapacityScheme.from_data(PRESETS["se_three_days"]["scheme"])
    assert (nights.factor_at(tuesday.replace(hour=23)), nights.factor_at(tuesday)) == (0.5, 1.0)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"interval_min": 20}, "interval_min"),
        ({"count": 0}, "count"),
        ({"count": 1.5}, "count"),
        ({"months": 13}, "months"),
        ({"billing_day": 29}, "billing_day"),
        ({"minimum_kw": -1}, "minimum_kw"),
        ({"per_kw": "much"}, "per_kw"),
        ({"otherwise": 11}, "otherwise"),
        ({"windows": [{"factor": "NaN"}]}, "windows[0].factor"),
        ({"windows": [{"when": {"start_time": "25:00"}}]}, "windows[0].when.start_time"),
        ({"windows": 3}, "windows"),
        ({"steps": [{"up_to_kw": 2}]}, "steps[0].amount"),
        ({"steps": [{"up_to_kw": 5, "amount": 1}, {"up_to_kw": 2, "amount": 1}, {"amount": 1}]}, "steps"),
        ({"steps": [{"up_to_kw": 5, "amount": 1}]}, "steps"),
        ({"steps": [{"amount": 1}, {"amount": 1}]}, "steps"),
        ({"steps": [{"up_to_kw": "five", "amount": 1}]}, "steps[0].up_to_kw"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict[str, Any], path: str) -> None:
    with pytest.raises(SchemeError) as error:
        CapacityScheme.from_data(wrong)
    assert path in {one.path for one in error.value.problems}


def test_nothing_said_is_the_greatest_hour_of_the_calendar_month() -> None:
    assert CapacityScheme.from_data({"steps": [], "windows": None}) == CapacityScheme()
    assert CapacityScheme().cost(5.0) is None


def test_steps_and_prices_per_kw_cost_what_they_say() -> None:
    steps = CapacityScheme.from_data(
        {"steps": [{"up_to_kw": 2, "amount": 100}, {"up_to_kw": 5, "amount": 190}, {"amount": "250.5"}]}
    )
    assert [steps.cost(peak) for peak in (0, 2.0, 2.000001, 5, 80)] == [100, 100, 190, 190, Decimal("250.5")]
    assert [steps.ceiling_kw(peak) for peak in (0, 2.0, 3, 80)] == [2, 2, 5, float("inf")]
    per_kw = CapacityScheme(per_kw=Decimal("3.5"))
    assert per_kw.cost(4.0) == Decimal(14)
    assert per_kw.ceiling_kw(4.0) == 4.0


@pytest.mark.parametrize(
    ("at", "day", "start", "end"),
    [
        ("2026-11-19T12:00", 1, "2026-11-01", "2026-12-01"),
        ("2026-11-19T12:00", 20, "2026-10-20", "2026-11-20"),
        ("2026-11-20T00:00", 20, "2026-11-20", "2026-12-20"),
        ("2026-01-05T00:00", 20, "2025-12-20", "2026-01-20"),
        ("2026-12-31T23:59", 1, "2026-12-01", "2027-01-01"),
        ("2026-03-29T12:00", 28, "2026-03-28", "2026-04-28"),
    ],
)
def test_a_billing_month_begins_at_local_midnight_of_its_day(at: str, day: int, start: str, end: str) -> None:
    period = period_of(datetime.fromisoformat(at).replace(tzinfo=BERLIN).astimezone(UTC), day, BERLIN)
    assert period.start.astimezone(BERLIN).isoformat()[:16] == f"{start}T00:00"
    assert period.end.astimezone(BERLIN).isoformat()[:16] == f"{end}T00:00"
    assert period.before(BERLIN).end == period.start
    assert period.before(BERLIN).start.astimezone(BERLIN).day == day
