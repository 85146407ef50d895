"""What people ask of a charger that speaks OCPP: by buttons, a switch and actions."""

from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.ev_sessions.chargers.ocpp.actions import StationActions
from custom_components.ev_sessions.chargers.ocpp.rpc import NotConnectedError, RefusedError, TimedOutError
from custom_components.ev_sessions.const import DOMAIN
from custom_components.ev_sessions.site.evse.evse import EvseRuntime
from tests.chargers.ocpp.scripted import ScriptedStation
from tests.site.house import House, charger_data, site_entry, subentry

from .past import device_of, tell
from .test_commands import entity_of, plug_in_and_charge

BUTTON, SWITCH = "button", "switch"
KEY = {"key": "AuthorizationKey", "readonly": False, "value": "70617373776f7264"}


@pytest.fixture
def station(monkeypatch: pytest.MonkeyPatch) -> ScriptedStation:
    """A station behind every EVSE; the charger itself stays the one of entities, whose limit is another matter."""
    station = ScriptedStation()
    begin = EvseRuntime.__init__

    def begin_with_station(self: EvseRuntime, hass: HomeAssistant, **options: Any) -> None:
        begin(self, hass, **options)
        self.station = StationActions(
            station, evse=self.evse, transaction_id=lambda: "4711" if self.reading.connected else None
        )

    monkeypatch.setattr(EvseRuntime, "__init__", begin_with_station)
    return station


@pytest.fixture
async def box(station: ScriptedStation, start: Any) -> MockConfigEntry:
    entry: MockConfigEntry = await start(site_entry())
    return entry


def id_of(hass: HomeAssistant, entry: MockConfigEntry, platform: str, key: str, evse: int = 1) -> str:
    return entity_of(hass, entry, platform, key, evse)


def charger_device(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    charger = next(one.subentry_id for one in entry.subentries.values() if one.subentry_type == "charger")
    return device_of(hass, entry, charger)


async def ask(
    hass: HomeAssistant,
    charger: str,
    action: str,
    payload: dict[str, Any] | None = None,
    *,
    context: Context | None = None,
) -> Any:
    data: dict[str, Any] = {"charger": charger, "action": action}
    if payload is not None:
        data["payload"] = payload
    return await hass.services.async_call(
        DOMAIN, "ocpp_call", data, blocking=True, return_response=True, context=context
    )


async def press(hass: HomeAssistant, entity_id: str) -> None:
    await hass.services.async_call(BUTTON, "press", {"entity_id": entity_id}, blocking=True)


async def test_f1_f2_start_and_stop_begin_and_end_a_transaction(
    hass: HomeAssistant, house: House, station: ScriptedStation, box: MockConfigEntry
) -> None:
    allowed = id_of(hass, box, SWITCH, "charging_allowed")
    await tell(hass, "start_charging", entity_id=allowed)
    assert station.of("RemoteStartTransaction") == [{"idTag": "HomeAssistant", "connectorId": 1}]
    await plug_in_and_charge(house)
    await tell(hass, "start_charging", entity_id=allowed)
    assert len(station.of("RemoteStartTransaction")) == 1
    await tell(hass, "stop_charging", entity_id=allowed)
    assert station.of("RemoteStopTransaction") == [{"transactionId": 4711}]
    assert hass.states.is_state(allowed, "off")


async def test_f1_f2_station_that_is_only_watched_is_started_and_stopped_all_the_same(
    hass: HomeAssistant, house: House, station: ScriptedStation, start: Any
) -> None:
    watched = charger_data(controllable=False, evse={"limit": None, "enable": None})
    entry = await start(site_entry(subentry("charger", "Garage", watched, "garage")))
    status = id_of(hass, entry, "sensor", "status")
    await tell(hass, "start_charging", entity_id=status)
    assert len(station.of("RemoteStartTransaction")) == 1
    house.charger("plugged", power_w=0)
    await house.later(seconds=30)
    await tell(hass, "stop_charging", entity_id=status)
    assert len(station.of("RemoteStopTransaction")) == 1


async def test_f1_station_that_does_not_start_is_told_of(
    hass: HomeAssistant, house: House, station: ScriptedStation, box: MockConfigEntry
) -> None:
    station.answers["RemoteStartTransaction"] = {"status": "Rejected"}
    with pytest.raises(HomeAssistantError) as told:
        await tell(hass, "start_charging", entity_id=id_of(hass, box, SWITCH, "charging_allowed"))
    assert told.value.translation_key == "command_failed"


async def test_f2_cable_is_let_go_and_the_charger_restarted_by_buttons(
    hass: HomeAssistant, house: House, station: ScriptedStation, box: MockConfigEntry
) -> None:
    station.answers["UnlockConnector"] = {"status": "Unlocked"}
    await press(hass, id_of(hass, box, BUTTON, "unlock"))
    await press(hass, id_of(hass, box, BUTTON, "restart", evse=0))
    assert station.sent == [("UnlockConnector", {"connectorId": 1}), ("Reset", {"type": "Soft"})]
    station.answers["UnlockConnector"] = {"status": "UnlockFailed"}
    with pytest.raises(HomeAssistantError, match="UnlockFailed"):
        await press(hass, id_of(hass, box, BUTTON, "unlock"))


async def test_f3_charger_is_taken_out_of_service_by_a_switch(
    hass: HomeAssistant, house: House, station: ScriptedStation, box: MockConfigEntry
) -> None:
    in_service = id_of(hass, box, SWITCH, "in_service")
    assert hass.states.is_state(in_service, "on")
    for action in ("turn_off", "turn_on"):
        await hass.services.async_call(SWITCH, action, {"entity_id": in_service}, blocking=True)
    assert [sent["type"] for sent in station.of("ChangeAvailability")] == ["Inoperative", "Operative"]


async def test_d1_charger_is_told_where_to_send_its_log(
    hass: HomeAssistant, house: House, station: ScriptedStation, box: MockConfigEntry
) -> None:
    registry, button = er.async_get(hass), id_of(hass, box, BUTTON, "request_log", evse=0)
    registry.async_update_entity(button, disabled_by=None)
    station.answers["GetDiagnostics"] = {}
    assert await async_setup_component(hass, "http", {})
    await hass.config_entries.async_reload(box.entry_id)
    await hass.async_block_till_done()
    hass.config.api = None  # no address is known
    with pytest.raises(ServiceValidationError) as told:
        await press(hass, button)
    assert told.value.translation_key == "no_url"
    await hass.config.async_update(internal_url="http://192.168.1.5:8123")
    await press(hass, button)
    (sent,) = station.of("GetDiagnostics")
    assert sent["location"].startswith("http://192.168.1.5:8123/api/ev_sessions/upload/")


async def test_any_call_is_sent_by_an_administrator_and_its_secrets_stay(
    hass: HomeAssistant,
    house: House,
    station: ScriptedStation,
    box: MockConfigEntry,
    hass_read_only_user: MockUser,
) -> None:
    charger = charger_device(hass, box)
    station.answers["GetConfiguration"] = {"configurationKey": [KEY]}
    answer = await ask(hass, charger, "GetConfiguration")
    assert answer == {"response": {"configurationKey": [{**KEY, "value": "***"}]}}
    station.answers["ClearCache"] = RefusedError("NotSupported", "no cache")
    answer = await ask(hass, charger, "ClearCache", {})
    assert answer == {"error": {"code": "NotSupported", "description": "no cache", "details": {}}}
    with pytest.raises(Unauthorized):
        await ask(hass, charger, "ClearCache", context=Context(user_id=hass_read_only_user.id))


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (NotConnectedError("gone"), "station_not_connected"),
        (TimedOutError("no answer"), "station_silent"),
    ],
)
async def test_call_that_brings_no_answer_says_what_to_do(
    hass: HomeAssistant, house: House, station: ScriptedStation, box: MockConfigEntry, error: Exception, key: str
) -> None:
    station.answers["ClearCache"] = error
    with pytest.raises(HomeAssistantError) as told:
        await ask(hass, charger_device(hass, box), "ClearCache")
    assert told.value.translation_key == key


async def test_what_is_no_call_is_not_sent(
    hass: HomeAssistant, house: House, station: ScriptedStation, box: MockConfigEntry
) -> None:
    charger = charger_device(hass, box)
    with pytest.raises(ServiceValidationError) as told:
        await ask(hass, charger, "Reset", {"type": "Warm"})
    assert told.value.translation_key == "ocpp_call_invalid"
    assert station.sent == []


async def test_charger_of_entities_cannot_be_asked_and_has_no_such_entities(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    with pytest.raises(ServiceValidationError) as told:
        await ask(hass, charger_device(hass, site), "ClearCache")
    assert told.value.translation_key == "not_ocpp"
    with pytest.raises(ServiceValidationError):
        await ask(hass, device_of(hass, site, site.entry_id), "ClearCache")
    found = er.async_entries_for_config_entry(er.async_get(hass), site.entry_id)
    assert not [one for one in found if one.domain == BUTTON or one.unique_id.endswith("in_service")]
