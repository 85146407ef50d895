"""Who may see and change what: people who are no admins have the chargers whose entities they have."""

from typing import Any

from homeassistant.auth.models import User
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from sqlalchemy import insert, update
from sqlalchemy.engine import Connection

from custom_components.ev_sessions.site.ledger.ledger import asked
from custom_components.ev_sessions.store.schema import id_token, session
from tests.site.house import House, charger_data, site_entry, subentry

from .past import act, key_of, past, remember, tell


@pytest.fixture
async def flats(hass: HomeAssistant, house: House, start: Any) -> MockConfigEntry:
    """A house of two flats, each with a charger, and a session of each."""
    other = charger_data(evse={"status": "sensor.other", "energy": None, "power": None, "limit": None})
    entry: MockConfigEntry = await start(
        site_entry(subentry("charger", "Garage", charger_data(), "garage"), subentry("charger", "Yard", other, "yard"))
    )
    await remember(hass, past(0), past(1, charger="Yard"))
    return entry


async def someone(hass: HomeAssistant, user: MockUser, policy: dict[str, Any]) -> Context:
    """Return the context of somebody with a policy."""
    user.add_to_hass(hass)
    user.mock_policy(policy)
    return Context(user_id=user.id)


async def neighbour(hass: HomeAssistant, *, control: bool = False) -> Context:
    """Return the context of somebody who may read the charger in the yard, and maybe command it."""
    rights = {"read": True, "control": control}
    return await someone(hass, MockUser(), {"entities": {"entity_ids": {"sensor.yard_status": rights}}})


async def test_a_neighbour_sees_the_sessions_of_the_own_charger_only(
    hass: HomeAssistant, flats: MockConfigEntry
) -> None:
    context = await neighbour(hass)
    found = await act(hass, "get_sessions", context=context)
    assert (found["total"], [one["charger"] for one in found["sessions"]]) == (1, ["Yard"])
    garage = (await act(hass, "get_sessions"))["sessions"][1]["charger_device_id"]
    assert await act(hass, "get_sessions", context=context, charger=garage) == {"total": 0, "sessions": []}


async def test_who_has_no_charger_sees_no_session(hass: HomeAssistant, flats: MockConfigEntry) -> None:
    context = await someone(hass, MockUser(), {})
    assert await act(hass, "get_sessions", context=context) == {"total": 0, "sessions": []}


async def test_sessions_of_a_removed_charger_are_for_admins(
    hass: HomeAssistant, flats: MockConfigEntry, hass_admin_user: User
) -> None:
    yard = next(one.subentry_id for one in flats.subentries.values() if one.title == "Yard")
    hass.config_entries.async_remove_subentry(flats, yard)
    await hass.async_block_till_done(wait_background_tasks=True)
    everything = await someone(hass, MockUser(), {"entities": True})
    assert (await act(hass, "get_sessions", context=everything))["total"] == 1
    assert (await act(hass, "get_sessions", context=Context(user_id=hass_admin_user.id)))["total"] == 2


async def test_a_session_that_may_not_be_seen_is_as_good_as_none(hass: HomeAssistant, flats: MockConfigEntry) -> None:
    yard, garage = (one["id"] for one in (await act(hass, "get_sessions"))["sessions"])
    context = await neighbour(hass, control=True)
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "update_session", context=context, session_id=garage, note="mine")
    assert key_of(error) == "session_not_found"
    session = await act(hass, "update_session", context=context, session_id=yard, note="mine")
    assert session["note"] == "mine"


async def test_who_may_only_look_changes_nothing(hass: HomeAssistant, flats: MockConfigEntry) -> None:
    yard = (await act(hass, "get_sessions"))["sessions"][0]["id"]
    context = await neighbour(hass)
    with pytest.raises(Unauthorized):
        await act(hass, "update_session", context=context, session_id=yard, note="mine")
    for action, data in (("stop_charging", {}), ("start_charging", {}), ("set_current_limit", {"current": 8})):
        with pytest.raises(Unauthorized):
            await tell(hass, action, context=context, entity_id="sensor.yard_status", **data)


async def test_one_forbidden_charger_of_a_target_forbids_the_command(
    hass: HomeAssistant, flats: MockConfigEntry
) -> None:
    context = await neighbour(hass, control=True)
    with pytest.raises(Unauthorized):
        await tell(hass, "stop_charging", context=context, entity_id=["sensor.yard_status", "sensor.garage_status"])
    assert hass.states.is_state("switch.yard_charging_allowed", "on")
    await tell(hass, "stop_charging", context=context, entity_id="sensor.yard_status")
    assert hass.states.is_state("switch.yard_charging_allowed", "off")


@pytest.mark.parametrize("action", ["delete_session", "import_sessions"])
async def test_deleting_and_importing_is_for_admins(hass: HomeAssistant, flats: MockConfigEntry, action: str) -> None:
    data: dict[str, Any] = {"session_id": "any"} if action == "delete_session" else {"data": []}
    context = await someone(hass, MockUser(), {"entities": True})
    with pytest.raises(Unauthorized):
        await tell(hass, action, context=context, **data)


async def test_prices_of_the_past_are_for_who_may_command_every_charger_of_the_site(
    hass: HomeAssistant, flats: MockConfigEntry
) -> None:
    with pytest.raises(Unauthorized):
        await act(hass, "recalculate_cost", context=await neighbour(hass, control=True))
    readers = await someone(hass, MockUser(), {"entities": {"all": {"read": True}}})
    with pytest.raises(Unauthorized):
        await act(hass, "recalculate_cost", context=readers)
    everything = await someone(hass, MockUser(), {"entities": True})
    assert (await act(hass, "recalculate_cost", context=everything))["sessions"] == 0


async def test_nobody_who_is_gone_asks_for_anything(hass: HomeAssistant, flats: MockConfigEntry) -> None:
    with pytest.raises(UnknownUser):
        await act(hass, "get_sessions", context=Context(user_id="gone"))


async def test_the_card_of_a_session_is_masked_for_who_is_no_admin(hass: HomeAssistant, flats: MockConfigEntry) -> None:
    """Cards are written by what reads them; here one lies in the ledger as if it had been."""
    yard, garage = (await act(hass, "get_sessions"))["sessions"]

    def authorise(connection: Connection) -> None:
        for session_id, card in ((yard["id"], "04A2B3C4D5"), (garage["id"], "77")):
            row = {"id": card, "site_id": flats.entry_id, "type": "ISO14443", "value": card, "state": "accepted"}
            connection.execute(insert(id_token).values(**row))
            connection.execute(update(session).where(session.c.id == session_id).values(id_token_id=card))

    await asked(flats.runtime_data.ledger._write(authorise, patient=False))
    assert [one["id_token"] for one in (await act(hass, "get_sessions"))["sessions"]] == ["04A2B3C4D5", "77"]
    everything = await someone(hass, MockUser(), {"entities": True})
    seen = (await act(hass, "get_sessions", context=everything))["sessions"]
    assert [one["id_token"] for one in seen] == ["…C4D5", "…"]
    found = await act(hass, "get_sessions", id_token="04a2b3c4d5")
    assert [one["id"] for one in found["sessions"]] == [yard["id"]]
