"""What each vehicle and payer has charged: this month as entities, and hour by hour in a real recorder."""

from datetime import UTC, datetime
from typing import Any

from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.statistics import get_metadata, statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.ev_sessions.site.statistics import long_term
from tests.actions.past import act, past, remember, tell

from ..house import House, charger_data, shown, site_entry, subentry
from ..whose.test_whose import payer, vehicle


def entry_with_cars() -> MockConfigEntry:
    charger = subentry("charger", "Garage", charger_data(), "garage")
    return site_entry(charger, vehicle("Blue", payer="anna"), vehicle("Red"), payer("Anna"))


async def sums(hass: HomeAssistant, recorder: Recorder) -> dict[str, list[tuple[str, float]]]:
    """Return the rows of all statistics of vehicles and payers, by their names."""
    await async_wait_recording_done(hass)

    def read() -> dict[str, list[tuple[str, float]]]:
        names = {key: one[1]["name"] for key, one in get_metadata(hass, statistic_source="ev_sessions").items()}
        found = statistics_during_period(hass, datetime(2020, 1, 1, tzinfo=UTC), None, None, "hour", None, {"sum"})
        return {
            str(names[key]): [
                (datetime.fromtimestamp(row["start"], UTC).strftime("%d %H"), round(row["sum"] or 0, 6)) for row in rows
            ]
            for key, rows in found.items()
            if "vehicle" in key or "payer" in key
        }

    rows: dict[str, list[tuple[str, float]]] = await recorder.async_add_executor_job(read)
    return rows


async def soon(house: House) -> None:
    await house.later(seconds=long_term.SOON_S + 1)


async def test_statistics_of_vehicles_and_payers_survive_corrections(
    recorder_mock: Recorder, hass: HomeAssistant, house: House, start_site: Any
) -> None:
    await start_site(entry_with_cars())
    first, second = await remember(hass, past(0), past(1))
    await act(hass, "update_session", session_id=first, vehicle="Blue")
    await act(hass, "update_session", session_id=second, vehicle="Blue", payer="Anna")
    await soon(house)
    found = await sums(hass, recorder_mock)
    assert found["Blue energy"] == [("10 17", 6.0), ("11 17", 12.0)]
    assert found["Anna cost"] == [("10 17", 1.5), ("11 17", 3.0)]
    # It was the other car: the one loses what the other gets.
    await act(hass, "update_session", session_id=first, vehicle="Red")
    await soon(house)
    found = await sums(hass, recorder_mock)
    assert found["Blue energy"] == [("10 17", 0.0), ("11 17", 6.0)]
    assert found["Red energy"] == [("10 17", 6.0)]
    assert found["Red cost"] == [("10 17", 1.5)]
    # Part of it was nobody's.
    await act(hass, "split_session", session_id=second, at="2026-11-11T18:30:00+01:00")
    sessions = (await act(hass, "get_sessions", order="oldest"))["sessions"]
    await act(hass, "update_session", session_id=sessions[-1]["id"], vehicle=None)
    await soon(house)
    assert (await sums(hass, recorder_mock))["Blue energy"] == [("10 17", 0.0), ("11 17", 3.0)]


async def test_each_has_a_device_with_its_month(hass: HomeAssistant, house: House, start_site: Any) -> None:
    entry = entry_with_cars()
    await start_site(entry)
    device = dr.async_get(hass).async_get_device_by_identifier(("ev_sessions", "blue"), entry.entry_id)
    assert device is not None
    assert (device.name, device.model) == ("Blue", "Vehicle")
    assert er.async_get(hass).async_get_entity_id("sensor", "ev_sessions", "blue_month_energy") is not None
    assert shown(hass, "sensor.blue_energy_this_month") == "0.0"
    (session_id,) = await remember(hass, past(0))
    await act(hass, "update_session", session_id=session_id, vehicle="Blue")
    await house.later(seconds=1)
    assert shown(hass, "sensor.blue_energy_this_month") == "6.0"
    assert shown(hass, "sensor.blue_cost_this_month") == "1.50"
    assert shown(hass, "sensor.anna_energy_this_month") == "6.0"
    assert shown(hass, "sensor.red_energy_this_month") == "0.0"


async def test_what_goes_on_is_counted_and_shown_with_whose_it_is(
    hass: HomeAssistant, house: House, start_site: Any
) -> None:
    charger = subentry("charger", "Garage", charger_data(vehicle="blue"), "garage")
    await start_site(site_entry(charger, vehicle("Blue", payer="anna"), payer("Anna")))
    state = hass.states.get("sensor.garage_status")
    assert state is not None
    assert (state.attributes["vehicle"], state.attributes["payer"]) == (None, None)
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=10, power_w=6_000)
    state = hass.states.get("sensor.garage_status")
    assert state is not None
    assert {name: state.attributes[name] for name in ("vehicle", "vehicle_by", "payer", "payer_by", "id_token")} == {
        "vehicle": "Blue",
        "vehicle_by": "charger",
        "payer": "Anna",
        "payer_by": "vehicle",
        "id_token": None,
    }
    await house.later(minutes=5)
    await house.later(minutes=5)
    assert float(shown(hass, "sensor.blue_energy_this_month")) >= 0.9


def entry_with_a_bill() -> MockConfigEntry:
    """A house that pays what the market asks, and a tenant who is billed 0.50 a kWh and a euro a charge."""
    charger = subentry("charger", "Garage", charger_data(), "garage")
    components = [
        {"type": "ENERGY", "price": 0.5, "step_size": 1},
        {"type": "FLAT", "price": 1, "step_size": 1},
    ]
    billed = {"currency": "EUR", "elements": [{"price_components": components}]}
    rent = subentry("tariff", "Rent", {"kind": "ocpi", "ocpi_tariff": billed, "for": "payers"})
    of_rent: Any = {**rent, "subentry_id": "rent"}
    return site_entry(charger, vehicle("Blue", payer="anna"), payer("Anna", tariff="rent"), payer("Bo"), of_rent)


async def test_what_a_payer_is_billed_stands_beside_what_the_house_paid_and_survives_corrections(
    recorder_mock: Recorder, hass: HomeAssistant, house: House, start_site: Any
) -> None:
    await start_site(entry_with_a_bill())
    first, second = await remember(hass, past(0, payer="Anna"), past(1, vehicle="Blue"))
    await soon(house)
    found = await sums(hass, recorder_mock)
    assert found["Anna cost"] == [("10 17", 1.5), ("11 17", 3.0)]
    assert found["Anna billed"] == [("10 17", 4.0), ("11 17", 8.0)]
    assert not any(name in found for name in ("Bo billed", "Blue billed"))
    assert (shown(hass, "sensor.anna_cost_this_month"), shown(hass, "sensor.anna_billed_this_month")) == (
        "3.00",
        "8.00",
    )
    assert shown(hass, "sensor.bo_billed_this_month") == "unknown"
    rows = (await act(hass, "get_statistics", period="month", group_by="payer", start="2026-11-01"))["statistics"]
    assert [(row["group"], row["cost"], row["billed"]) for row in rows] == [("Anna", "3.00", "8.00")]
    # It was Bo, who is billed nothing: the bill goes, and with it what the recorder has of it.
    await act(hass, "update_session", session_id=first, payer="Bo")
    await soon(house)
    assert (await sums(hass, recorder_mock))["Anna billed"] == [("10 17", 0.0), ("11 17", 4.0)]
    await tell(hass, "delete_session", session_id=second)
    await soon(house)
    found = await sums(hass, recorder_mock)
    assert found["Anna billed"] == [("10 17", 0.0), ("11 17", 0.0)]
    assert found["Anna cost"] == [("10 17", 0.0), ("11 17", 0.0)]
    assert found["Blue cost"] == [("11 17", 0.0)]
    assert found["Bo cost"] == [("10 17", 1.5)]


async def test_statistics_agree_with_the_ledger_after_every_kind_of_correction(
    recorder_mock: Recorder, hass: HomeAssistant, house: House, start_site: Any
) -> None:
    await start_site(entry_with_a_bill())

    async def hold() -> None:
        await soon(house)
        found = await sums(hass, recorder_mock)
        for group_by in ("vehicle", "payer"):
            asked: dict[str, Any] = {"period": "year", "group_by": group_by, "start": "2026-01-01"}
            for row in (await act(hass, "get_statistics", **asked))["statistics"]:
                if row["group"] is None:
                    continue
                assert found[f"{row['group']} energy"][-1][1] == pytest.approx(row["energy_kwh"])
                assert found[f"{row['group']} cost"][-1][1] == pytest.approx(float(row["cost_exact"]))
                if group_by == "payer" and row["billed"] is not None:
                    assert found[f"{row['group']} billed"][-1][1] == pytest.approx(float(row["billed_exact"]))

    first, second = await remember(hass, past(0, vehicle="Blue"), past(1, vehicle="Blue"))
    await hold()
    await act(hass, "split_session", session_id=first, at="2026-11-10T18:20:00+01:00")
    await hold()
    made = next(one["id"] for one in (await act(hass, "get_sessions"))["sessions"] if one["id"] not in {first, second})
    await act(hass, "merge_sessions", session_ids=[first, made])
    await hold()
    await act(hass, "undo_session_edit", session_id=first)
    await hold()
    await act(hass, "import_sessions", data=[past(-30, vehicle="Blue", energy_kwh=3.0)])
    await hold()
    await act(hass, "recalculate_cost", everything=True)
    await hold()
    await tell(hass, "delete_session", session_id=made)
    await hold()
    found = await sums(hass, recorder_mock)
    # 3 kWh of October, 2 of the 6 of the tenth, 6 of the eleventh.
    assert found["Blue energy"][-1][1] == 11.0
