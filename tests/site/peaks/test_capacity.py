"""A capacity tariff in a running site: the peak so far, the cars' part of it, and the target that it sets."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.core.capacity import IntervalMean
from custom_components.ev_sessions.site.ledger.ledger import asked

from ..house import House, shown, site_entry, subentry

type Start = Callable[[MockConfigEntry], Awaitable[None]]
HOURLY = {
    "interval_min": 60,
    "count": 2,
    "distinct_days": True,
    "steps": [{"up_to_kw": "2", "amount": "120"}, {"up_to_kw": "5", "amount": "190"}, {"amount": "320"}],
}
QUARTERLY = {"interval_min": 15, "minimum_kw": "2.5", "per_kw": "4"}


def entry_with(scheme: dict[str, Any], **more: Any) -> MockConfigEntry:
    """Return a site whose grid connection keeps a peak demand and that has a capacity tariff."""
    entry = site_entry()
    subentries: list[Any] = [one.as_dict() for one in entry.subentries.values()]
    (root,) = (one for one in subentries if one["subentry_type"] == "circuit")
    root["data"] = {**root["data"], "peak": {"target_kw": 3.0, "interval_min": 15}}
    data = {"scheme": scheme, "circuit": root["subentry_id"], "target_kw": None, **more}
    return MockConfigEntry(
        domain=entry.domain,
        title=entry.title,
        data=entry.data,
        subentries_data=[*subentries, subentry("capacity", "Peaks", data)],
    )


async def let(house: House, minutes: int, *, house_a: float, car_w: float) -> None:
    """Let a house draw on each line, its car included, for some minutes of looks every ten seconds."""
    for _ in range(minutes * 6):
        house.grid(house_a, house_a, house_a)
        house.charger("charging" if car_w else "plugged", power_w=car_w, energy_kwh=car_w / 360_000)
        await house.later(seconds=10)


async def test_the_peak_and_the_cars_part_of_it_are_shown_when_a_quarter_is_over(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    house.freezer.move_to("2026-11-19T16:14:50+00:00")
    await start_site(entry_with(QUARTERLY))
    assert shown(hass, "sensor.home_peak_of_the_month") == "2.5"
    await let(house, 16, house_a=10, car_w=4600)
    assert float(shown(hass, "sensor.home_peak_of_the_month")) == 6.9
    assert 4.3 <= float(shown(hass, "sensor.home_peak_caused_by_the_cars")) <= 4.4
    assert float(shown(hass, "sensor.home_capacity_cost_of_the_month")) == 27.6
    assert float(shown(hass, "sensor.home_capacity_cost_caused_by_the_cars")) == 17.6
    # What the month has reached already costs nothing more: the chargers may have it.
    assert shown(hass, "sensor.home_power_at_no_more_cost") == "6.9"
    assert float(shown(hass, "number.home_peak_target")) == 6.9
    state = hass.states.get("sensor.home_peak_of_the_month")
    assert state is not None
    assert [one["start"] for one in state.attributes["peaks"]] == ["2026-11-19T16:15:00+00:00"]


async def test_what_was_seen_outlives_a_restart_within_a_quarter(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    house.freezer.move_to("2026-11-19T16:14:50+00:00")
    entry = entry_with(QUARTERLY)
    await start_site(entry)
    await let(house, 8, house_a=10, car_w=0)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await let(house, 8, house_a=0, car_w=0)
    # Eight minutes of 6.9 kW, then nothing: the whole quarter is known.
    assert 3.4 <= float(shown(hass, "sensor.home_peak_of_the_month")) <= 3.8


async def test_hours_of_the_ledger_count_with_those_of_now_and_the_target_follows_the_step(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    house.freezer.move_to("2026-11-19T16:14:50+00:00")
    entry = entry_with(HOURLY, target_kw=1.0)
    await start_site(entry)
    ledger = entry.runtime_data.ledger
    noon = datetime(2026, 11, 10, 11, 0, tzinfo=UTC)
    means = [
        IntervalMean(start=noon + timedelta(minutes=15 * place), grid_ws=4_000 * 900, cars_ws=3_000 * 900, seen_s=900)
        for place in range(4)
    ]
    await asked(ledger.put_interval_means(entry.entry_id, means))
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert shown(hass, "sensor.home_peak_of_the_month") == "4.0"
    assert shown(hass, "sensor.home_capacity_cost_of_the_month") == "190.00"
    assert shown(hass, "sensor.home_capacity_cost_caused_by_the_cars") == "70.00"
    # The mean of two days may be 5 kW: this one may have 6.
    assert float(shown(hass, "number.home_peak_target")) == 6.0
    house.freezer.move_to("2026-12-01T16:14:50+00:00")
    await let(house, 2, house_a=1, car_w=0)
    assert shown(hass, "sensor.home_peak_of_the_month") == "0.0"
    assert float(shown(hass, "number.home_peak_target")) == 2.0


async def test_where_nothing_counts_now_the_target_holds_nobody(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    day = {"factor": "1", "when": {"start_time": "07:00", "end_time": "16:00"}}
    await start_site(entry_with({**QUARTERLY, "windows": [day], "otherwise": "0"}))
    assert shown(hass, "sensor.home_power_at_no_more_cost") == "unknown"
    assert float(shown(hass, "number.home_peak_target")) == 1000.0


async def test_a_wish_is_never_undercut_and_a_site_without_the_tariff_has_no_such_sensors(
    hass: HomeAssistant, house: House, start_site: Start
) -> None:
    await start_site(entry_with(QUARTERLY, target_kw=4.5))
    assert float(shown(hass, "number.home_peak_target")) == 4.5
    other = site_entry(meter=None)
    await start_site(other)
    assert hass.states.get("sensor.home_peak_of_the_month_2") is None
