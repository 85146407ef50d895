"""What is known of a charger's brand is shown when it is set up anew, and its owner may know better."""

from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from homeassistant.config_entries import SOURCE_RECONFIGURE
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.chargers.ocpp.setup import watch
from custom_components.ev_sessions.chargers.ocpp.setup.pace import Pace
from custom_components.ev_sessions.core.station.capabilities import RateUnit, VendorLimit
from simulator.ocpp.behaviour import Behaviour, StationModel
from simulator.ocpp.outlet import HandOutlet
from simulator.ocpp.station import Station
from simulator.ocpp.versions import DIALECTS

from .test_adoption import ELECTRICAL
from .test_sessions import started
from .test_set_up import service_of, set_up

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for what a real station needs time for."""
    monkeypatch.setattr(watch, "Pace", lambda: Pace(boot_s=0.5, settle_s=0.05, least_s=0))


async def shown(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    [charger] = [one for one in entry.subentries.values() if one.subentry_type == "charger"]
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, "charger"), context={"source": SOURCE_RECONFIGURE, "subentry_id": charger.subentry_id}
    )


async def answer(hass: HomeAssistant, entry: MockConfigEntry, **brand: Any) -> None:
    configure = hass.config_entries.subentries.async_configure
    form = await shown(hass, entry)
    station = {"name": "Garage", "evse_count": 1, "protection": "none", "free": False, "advanced": {}, "brand": brand}
    form = await configure(form["flow_id"], station)
    assert form["step_id"] == "electrical", form
    form = await configure(form["flow_id"], ELECTRICAL)
    assert form["reason"] == "reconfigure_successful", form
    await hass.async_block_till_done()


def suggested(form: Any) -> dict[str, Any]:
    schema = form["data_schema"].schema
    fields = schema["brand"].schema.schema
    return {str(key): key.description["suggested_value"] for key in fields if key.description}


async def test_what_is_known_of_a_brand_is_shown_and_may_be_said_otherwise(hass: HomeAssistant, tmp_path: Path) -> None:
    async with started(hass, tmp_path) as (entry, port):
        url = f"ws://127.0.0.1:{port}"
        station = Station(
            url,
            "CP1",
            DIALECTS["1.6"],
            model=StationModel(vendor="Easee", model="Home"),
            behaviour=Behaviour(reconnect_s=0.05),
            outlets=[HandOutlet()],
            automatic=False,
        )
        async with station.running(accepted_s=5):
            await set_up(entry)
            assert station.dialect.sample_s == 30
            form = await shown(hass, entry)
            told = form["description_placeholders"]["brand"]
            assert "What is known of Easee" in told
            assert "It measures every 30 s at most." in told
            assert "These values are left out: Voltage, Current.Offered, Power.Offered, SoC." in told
            assert suggested(form) == {}
            said = {
                "needs_remote_start": "no",
                "rate_units": "both",
                "stack_level": 3,
                "least_sample_interval_s": 15,
                "connection_timeout_s": 120,
                "unwanted_measurands": ["SoC"],
                "limit_key": " MaxCurrent ",
                "limit_per_a": 10,
            }
            await answer(hass, entry, **said)
            await set_up(entry)
            assert station.dialect.sample_s == 15
            can = service_of(entry).capabilities
            assert not can.needs_remote_start
            assert can.rate_units == (RateUnit.AMPERE, RateUnit.WATT)
            assert can.stack_level == 3
            assert can.vendor_limit == VendorLimit(key="MaxCurrent", per_a=10)
            form = await shown(hass, entry)
            assert "It measures every 30 s at most." in form["description_placeholders"]["brand"]
            assert suggested(form) == {**said, "limit_key": "MaxCurrent"}
            await answer(hass, entry)
            await set_up(entry)
            assert station.dialect.sample_s == 30
            assert service_of(entry).capabilities.needs_remote_start


async def test_of_a_charger_that_was_never_there_nothing_is_known(hass: HomeAssistant, tmp_path: Path) -> None:
    async with started(hass, tmp_path) as (entry, _):
        form = await shown(hass, entry)
        assert form["description_placeholders"]["brand"].startswith("Nothing is known of this charger")


async def test_a_version_that_a_brand_does_badly_is_not_spoken_with_it(hass: HomeAssistant, tmp_path: Path) -> None:
    async with started(hass, tmp_path, quirks={"unwanted_versions": ["2.0.1"]}) as (_entry, port):
        url = f"ws://127.0.0.1:{port}/CP1"
        async with ClientSession() as session, session.ws_connect(url, protocols=("ocpp2.0.1", "ocpp1.6")) as line:
            assert line.protocol == "ocpp1.6"
