"""What the statistics and Energy dashboards show of chargers, hour by hour, in a real recorder."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.components.energy import data as energy_data
from homeassistant.components.energy.validate import async_validate
from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.statistics import (
    async_add_external_statistics,
    get_metadata,
    statistics_during_period,
)
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.ev_sessions.core.sessions.session import PriceBasis
from custom_components.ev_sessions.site.ledger.ledger import asked
from custom_components.ev_sessions.site.statistics import long_term
from custom_components.ev_sessions.store import PeriodPrice
from tests.actions.past import act, past, remember, tell

from ..house import House, charger_data, site_entry, subentry

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def rows(hass: HomeAssistant, recorder: Recorder, kind: str) -> list[tuple[str, float, float]]:
    """Return the rows of the only statistic of a kind: the hour in UTC, what came in it, and the sum."""
    await async_wait_recording_done(hass)

    def read() -> dict[str, Any]:
        return dict(statistics_during_period(hass, LONG_AGO, None, None, "hour", None, {"state", "sum"}))

    found = {key: value for key, value in (await recorder.async_add_executor_job(read)).items() if kind in key}
    assert len(found) <= 1
    return [
        (datetime.fromtimestamp(row["start"], UTC).strftime("%d %H"), round(row["state"], 6), round(row["sum"], 6))
        for one in found.values()
        for row in one
    ]


async def soon(house: House) -> None:
    """Let what is due soon be done."""
    await house.later(seconds=long_term.SOON_S + 1)


async def test_past_sessions_stand_in_their_hours(
    recorder_mock: Recorder, hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await remember(hass, past(0), past(1, start="2026-11-11T17:45:00+00:00", end="2026-11-11T18:45:00+00:00"))
    await soon(house)
    assert await rows(hass, recorder_mock, "energy") == [
        ("10 17", 6.0, 6.0),
        ("11 17", 1.5, 7.5),
        ("11 18", 4.5, 12.0),
    ]
    assert await rows(hass, recorder_mock, "eur_cost") == [
        ("10 17", 1.5, 1.5),
        ("11 17", 0.375, 1.875),
        ("11 18", 1.125, 3.0),
    ]


async def test_they_are_named_after_the_charger_and_have_their_units(
    recorder_mock: Recorder, hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await remember(hass, past(0))
    await soon(house)
    found = await recorder_mock.async_add_executor_job(lambda: get_metadata(hass, statistic_source="ev_sessions"))
    (charger,) = await asked(site.runtime_data.ledger.chargers())
    energy, cost = (found[f"ev_sessions:{charger.id.lower()}_{kind}"][1] for kind in ("energy", "eur_cost"))
    assert (energy["name"], energy["unit_of_measurement"], energy["unit_class"]) == ("Garage energy", "kWh", "energy")
    assert (cost["name"], cost["unit_of_measurement"], cost["unit_class"]) == ("Garage cost", "EUR", None)
    assert all(one["has_sum"] and one["mean_type"] == 0 for one in (energy, cost))


async def test_the_energy_dashboard_accepts_them(
    recorder_mock: Recorder, hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await remember(hass, past(0))
    await soon(house)
    (charger,) = await asked(site.runtime_data.ledger.chargers())
    stem = f"ev_sessions:{charger.id.lower()}"
    assert await async_setup_component(hass, "energy", {})
    manager = await energy_data.async_get_manager(hass)
    grid: Any = {
        "type": "grid",
        "stat_energy_from": f"{stem}_energy",
        "stat_cost": f"{stem}_eur_cost",
        "stat_energy_to": None,
        "stat_compensation": None,
        "cost_adjustment_day": 0.0,
    }
    await manager.async_update(
        {"energy_sources": [grid], "device_consumption": [{"stat_consumption": f"{stem}_energy"}]}
    )
    result = (await async_validate(hass)).as_dict()
    assert result["energy_sources"] == [[]]
    assert result["device_consumption"] == [[]]


async def test_a_running_session_is_written_once_an_hour_and_when_it_ends(
    recorder_mock: Recorder, hass: HomeAssistant, house: House, site: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    real = async_add_external_statistics

    def add(hass: HomeAssistant, metadata: Any, data: Any) -> None:
        written.append(metadata["statistic_id"].rpartition("_")[2])
        real(hass, metadata, data)

    monkeypatch.setattr(long_term, "async_add_external_statistics", add)
    await house.later(minutes=2)
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=90, power_w=6_000)
    assert written == ["energy", "cost"]
    await house.later(seconds=20)
    house.charger("free", power_w=0)
    await soon(house)
    await soon(house)
    assert len(written) == 4
    session = await house.only_session()
    assert session["energy_kwh"] == 9.0
    found = await rows(hass, recorder_mock, "energy")
    assert [hour for hour, _, _ in found] == ["19 16", "19 17"]
    assert found[-1][2] == 9.0
    assert (await rows(hass, recorder_mock, "cost"))[-1][2] == 2.7


async def test_a_correction_moves_all_later_sums(
    recorder_mock: Recorder, hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    first, second, _ = await remember(hass, past(0), past(1, energy_kwh=2.0), past(2, energy_kwh=4.0))
    await soon(house)
    await tell(hass, "delete_session", session_id=first)
    await soon(house)
    # Nothing is left of the first hour, and that stands there.
    assert await rows(hass, recorder_mock, "energy") == [("10 17", 0.0, 0.0), ("11 17", 2.0, 2.0), ("12 17", 4.0, 6.0)]
    assert (await rows(hass, recorder_mock, "cost"))[-1] == ("12 17", 1.0, 1.5)
    await remember(hass, past(-1, energy_kwh=10.0))
    await soon(house)
    assert [total for _, _, total in await rows(hass, recorder_mock, "energy")] == [10.0, 10.0, 12.0, 16.0]
    await act(hass, "update_session", session_id=second, note="Sums stay")
    await soon(house)
    assert [total for _, _, total in await rows(hass, recorder_mock, "energy")] == [10.0, 10.0, 12.0, 16.0]


async def test_corrections_in_one_breath_leave_no_hour_behind(
    recorder_mock: Recorder, hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    """The recorder writes late: what was given to it a moment ago has to be seen all the same."""
    ids = await remember(hass, past(0), past(1))
    await site.runtime_data.long_term.async_renew()
    for one in ids:
        await tell(hass, "delete_session", session_id=one)
        await site.runtime_data.long_term.async_renew()
    assert await rows(hass, recorder_mock, "energy") == [("10 17", 0.0, 0.0), ("11 17", 0.0, 0.0)]


async def test_energy_without_a_price_costs_nothing_until_it_is_priced(
    recorder_mock: Recorder, hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await soon(house)
    house.state("sensor.price", "unavailable")
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=10, power_w=6_000)
    house.charger("free", power_w=0)
    await soon(house)
    await soon(house)
    assert await rows(hass, recorder_mock, "energy") == [("19 16", 1.0, 1.0)]
    assert await rows(hass, recorder_mock, "cost") == []
    session = await house.only_session()
    ledger = site.runtime_data.ledger
    periods = (await asked(ledger.periods_of([session["id"]])))[session["id"]]
    prices = [
        PeriodPrice(
            session_id=session["id"],
            index=one.period.index,
            price_per_kwh=None,
            price_basis=PriceBasis.STATE,
            cost_nano=one.period.energy_mwh * 500,
        )
        for one in periods
    ]
    await asked(ledger.commit_prices(prices, [], site.runtime_data.clock().utc))
    await site.runtime_data.long_term.async_renew()
    assert await rows(hass, recorder_mock, "cost") == [("19 16", 0.5, 0.5)]


async def test_after_a_restart_they_go_on_and_what_was_missed_is_caught_up_with(
    recorder_mock: Recorder, hass: HomeAssistant, house: House, site: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    await remember(hass, past(0))
    await soon(house)
    with monkeypatch.context() as patch:
        # A crash between the commit to the ledger and the renewal: nothing was renewed.
        patch.setattr(long_term.LongTermStatistics, "async_soon", lambda _: None)
        await remember(hass, past(1, energy_kwh=1.0))
        assert await hass.config_entries.async_unload(site.entry_id)
    assert await rows(hass, recorder_mock, "energy") == [("10 17", 6.0, 6.0)]
    assert await hass.config_entries.async_setup(site.entry_id)
    await soon(house)
    assert await rows(hass, recorder_mock, "energy") == [("10 17", 6.0, 6.0), ("11 17", 1.0, 7.0)]


async def test_what_the_recorder_did_not_take_is_tried_again(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    house: House,
    site: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await remember(hass, past(0))
    await soon(house)
    with monkeypatch.context() as patch:

        def busy(*_: Any) -> None:
            raise TimeoutError

        patch.setattr(long_term, "async_add_external_statistics", busy)
        await remember(hass, past(1))
        await soon(house)
        await house.later(hours=1)
    # Told once, and not each hour.
    told = [one.message for one in caplog.records if one.levelname == "WARNING" and "long-term" in one.message]
    assert told == ["Home: long-term statistics wait for the recorder"]
    await house.later(hours=1)
    assert [total for _, _, total in await rows(hass, recorder_mock, "energy")] == [6.0, 12.0]


async def test_while_the_recorder_migrates_it_is_left_alone(
    recorder_mock: Recorder, hass: HomeAssistant, house: House, site: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(long_term, "async_migration_in_progress", lambda _: True)
        await remember(hass, past(0))
        await soon(house)
    assert await rows(hass, recorder_mock, "energy") == []
    await house.later(hours=1)
    assert await rows(hass, recorder_mock, "energy") == [("10 17", 6.0, 6.0)]


async def test_a_ledger_that_does_not_answer_is_told_of(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    house: House,
    site: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await hass.async_add_executor_job(site.runtime_data.ledger.close)
    await soon(house)
    assert "Home: long-term statistics wait for the ledger: the ledger is not open" in caplog.text


async def test_a_new_database_of_the_recorder_gets_all_of_the_past(
    recorder_mock: Recorder, hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await remember(hass, past(0), past(1))
    await soon(house)
    (charger,) = await asked(site.runtime_data.ledger.chargers())
    ids = [f"ev_sessions:{charger.id.lower()}_{kind}" for kind in ("energy", "eur_cost")]
    recorder_mock.async_clear_statistics(ids)
    assert await rows(hass, recorder_mock, "energy") == []
    await hass.config_entries.async_reload(site.entry_id)
    await soon(house)
    assert len(await rows(hass, recorder_mock, "energy")) == 2


async def test_outlets_of_one_charger_are_summed(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    house: House,
    start_site: Callable[[MockConfigEntry], Awaitable[None]],
) -> None:
    first = charger_data()["evses"][0]
    second = {**first, "evse": 2, "status": "sensor.second", "energy": None, "power": None, "limit": None}
    await start_site(site_entry(subentry("charger", "Double", charger_data(evses=[first, second]))))
    await remember(hass, past(0, charger="Double"), past(0, charger="Double", evse=2, energy_kwh=2.0))
    await soon(house)
    assert await rows(hass, recorder_mock, "energy") == [("10 17", 8.0, 8.0)]


async def test_without_a_recorder_nothing_is_done(hass: HomeAssistant, house: House, site: MockConfigEntry) -> None:
    await remember(hass, past(0))
    await soon(house)
    await house.later(hours=1)
    marks = await asked(site.runtime_data.ledger.take_stale([site.runtime_data.evses[0].evse_id]))
    assert list(marks.values()) == [datetime(2026, 11, 10, 17, tzinfo=UTC) + timedelta(0)]
