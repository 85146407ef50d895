"""Whose a charge is by the card that a station read: its vehicle, who pays for it, and another card's session."""

from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.ev_sessions.core.id_token import IdToken
from custom_components.ev_sessions.site.ledger.ledger import asked
from custom_components.ev_sessions.store import Kind, TokenWish
from tests.actions.past import act
from tests.chargers.ocpp.rig import free_port
from tests.site.house import charger_data, site_entry, subentry
from tests.site.whose.test_whose import payer, vehicle

from .conftest import FIXED, listening
from .test_sessions import OCPP, Hands, flow_wh, hands, simulated

__all__ = ["hands"]
pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_the_card_names_car_and_payer_and_another_card_begins_another_session(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, version: str
) -> None:
    hass.config.config_dir = str(tmp_path)
    port = free_port()
    station_data = {**charger_data(controllable=False), "transport": "ocpp", "evses": [{"evse": 1}], "ocpp": OCPP}
    charger = subentry("charger", "Garage", station_data, "ocpp:CP1")
    people: Any = (vehicle("Blue", payer="anna"), vehicle("Red"), payer("Anna"), payer("Firm"))
    entry = site_entry(charger, *people, meter=None, tariff=FIXED, ocpp=listening(port))
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    ledger = entry.runtime_data.ledger
    cars = {one.name: one.thing_id for one in await asked(ledger.versions(Kind.VEHICLE))}
    payers = {one.name: one.thing_id for one in await asked(ledger.versions(Kind.PAYER))}
    for value, car, who_pays in (("TAG1", "Blue", None), ("TAG2", "Red", "Firm")):
        wish = TokenWish(
            site_id=entry.entry_id,
            token=IdToken(value=value),
            vehicle_id=cars[car],
            payer_id=None if who_pays is None else payers[who_pays],
        )
        await asked(ledger.put_token(wish, who="test", at=dt_util.utcnow()))
    station = simulated(port, version)
    async with station.running(accepted_s=5):
        station.plug_in(asks_a=0.0)
        for token, energy_wh in (("TAG1", 2_000), ("TAG2", 1_200)):
            station.begin(token=token)
            await station.line.flush()
            await flow_wh(hands, station, energy_wh)
            station.end()
            await station.line.flush()
        station.unplug()
        await station.line.flush()
        await hass.async_block_till_done()
        first, second = (await act(hass, "get_sessions", order="oldest"))["sessions"]
    assert (first["vehicle"], first["vehicle_by"], first["payer"], first["payer_by"]) == (
        "Blue",
        "token",
        "Anna",
        "vehicle",
    )
    assert (second["vehicle"], second["vehicle_by"], second["payer"], second["payer_by"]) == (
        "Red",
        "token",
        "Firm",
        "token",
    )
    assert (first["energy_kwh"], second["energy_kwh"], first["end_reason"]) == (2.0, 1.2, "token_changed")
    assert first["register_end_kwh"] == second["register_start_kwh"]
    assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
