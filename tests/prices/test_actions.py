"""Which entity of an integration is its price, and what odd answers of its action are worth."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.prices.actions import Chosen, PriceAction, action_for

BERLIN = ZoneInfo("Europe/Berlin")
PRICES = {
    "amberelectric": "01FG-current-general",
    "easyenergy": "01JENTRY_today_energy_usage_current_hour_price",
    "energyzero": "01JENTRY_today_energy_all_in_current_price",
    "entsoe": "entsoe.home_current_price",
    "green_planet_energy": "gpe_current_price",
    "nordpool": "SE3-current_price",
    "omie": "pt_spot_price",
    "tibber": "96a14971-525a-4420-aae9-e5aedaa129ff",
    "tibber_prices": "01JENTRY_current_interval_price",
}


def asked(platform: str, unique_id: str, device: str | None = None) -> PriceAction | None:
    return action_for(Chosen(platform=platform, unique_id=unique_id, entry_id="01JENTRY", zone=BERLIN, device=device))


def known(platform: str) -> PriceAction:
    action = asked(platform, PRICES[platform])
    assert action is not None
    return action


@pytest.mark.parametrize(
    ("platform", "unique_id"),
    [
        ("nordpool", "DK1-daily_average"),
        ("nordpool", "off_peak_1-DK1-block_average"),
        ("energyzero", "01JENTRY_today_gas_current_hour_price"),
        ("easyenergy", "01JENTRY_today_energy_usage_average_price"),
        ("tibber", "96a14971-525a_rt_accumulatedCost"),
        ("tibber_prices", "01JENTRY_next_interval_price"),
        ("amberelectric", "01FG-forecasts-general"),
        ("amberelectric", "01FG-current-other"),
        ("green_planet_energy", "gpe_lowest_price_day"),
        ("omie", "fr_spot_price"),
        ("entsoe", "entsoe.avg_price"),
        ("template", "price"),
    ],
)
def test_another_entity_of_an_integration_is_not_its_price(platform: str, unique_id: str) -> None:
    assert asked(platform, unique_id) is None


def test_what_is_asked_for_is_what_the_integration_takes() -> None:
    day = date(2026, 11, 20)
    (nordpool,) = known("nordpool").ways
    assert nordpool.data(day) == {"config_entry": "01JENTRY", "date": "2026-11-20", "areas": ["SE3"]}
    first, *others = known("energyzero").ways
    assert first.data(day) == {
        "config_entry": "01JENTRY",
        "price_type": "all_in",
        "incl_vat": True,
        "interval": "hour",
        "start": "2026-11-20",
        "end": "2026-11-20",
    }
    assert len(others) == 3
    returned = asked("easyenergy", "01JENTRY_today_energy_return_current_hour_price")
    assert returned is not None
    assert [way.name for way in returned.ways] == ["get_energy_return_prices"]
    (tibber,) = known("tibber").ways
    assert tibber.data(date(2026, 10, 25)) == {
        "start": "2026-10-25T00:00:00+02:00",
        "end": "2026-10-26T00:00:00+01:00",
    }
    (green,) = known("green_planet_energy").ways
    assert green.data(day) == {"config_entry_id": "01JENTRY", "hours": 24}


def test_of_several_homes_that_of_the_entitys_device_counts_and_a_single_one_by_any_name() -> None:
    rows = [{"start_time": "2026-11-20T10:00:00+01:00", "price": 0.2}]
    action = asked("tibber", PRICES["tibber"], "Hytta")
    assert action is not None
    (way,) = action.ways
    assert len(way.read({"prices": {"Hytta": rows, "Hjem": []}}, BERLIN)) == 1
    assert way.read({"prices": {"Hytte": rows, "Hjem": rows}}, BERLIN) == ()
    assert len(way.read({"prices": {"Hytte": rows}}, BERLIN)) == 1


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.datetimes().map(lambda at: at.isoformat()),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["start", "end", "timestamp", "start_time", "end_time", "startsAt", "price", "total"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
ANSWERS = st.dictionaries(
    st.sampled_from(["prices", "SE3", "pt", "forecasts", "price_info", "per_kwh"]), ANYTHING, max_size=4
)


@given(st.sampled_from(sorted(PRICES)), ANSWERS)
def test_nothing_in_an_answer_can_break_the_reading(platform: str, answer: dict[str, Any]) -> None:
    for way in known(platform).ways:
        for interval in way.read(answer, BERLIN):
            assert interval.start < interval.end
            assert interval.raw.is_finite()
