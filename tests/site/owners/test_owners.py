"""Vehicles and payers of a running site: their cards, their versions, and what stays of them."""

from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.core.id_token import IdToken, TokenState
from custom_components.ev_sessions.site.ledger.ledger import asked
from custom_components.ev_sessions.store import Kind, Version
from tests.flows.brands import Walk, suggested


async def vehicles(site: MockConfigEntry) -> tuple[Version, ...]:
    found: tuple[Version, ...] = await asked(site.runtime_data.ledger.versions(Kind.VEHICLE))
    return found


async def settled(hass: HomeAssistant) -> None:
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_vehicle_gets_its_cards_with_the_flow_that_makes_it(hass: HomeAssistant, site: MockConfigEntry) -> None:
    cards, walk = site.runtime_data.cards, Walk(hass)
    await cards.async_see(IdToken(value="04AABBCC1111"))
    await walk.subentry(site, "vehicle")
    (label,) = [one["label"] for one in walk.result["data_schema"].schema["cards"].config["options"]]
    assert label == "…1111"
    (seen,) = await cards.async_all()
    refused = await walk.fill(name="Blue one", new_cards=["x" * 256], signs={}, car={})
    assert refused["errors"] == {"new_cards": "card_unusable"}
    made = await walk.fill(name="Blue one", cards=[seen.id], new_cards=[" 04ddee2222 "], signs={}, car={})
    assert made["type"] == "create_entry"
    await settled(hass)
    (version,) = await vehicles(site)
    assert (version.name, version.thing_id) == ("Blue one", version.thing_id)
    listed = {card.value: card for card in await site.runtime_data.cards.async_all()}
    assert {card.vehicle_id for card in listed.values()} == {version.thing_id}
    # Who says whose it is lets it charge.
    assert {card.state for card in listed.values()} == {TokenState.ACCEPTED}

    shown = await walk.subentry(site, "vehicle", version.subentry_id)
    assert set(suggested(shown)["cards"]) == {card.id for card in listed.values()}
    await walk.fill(name="Blue one", cards=[listed["04DDEE2222"].id], signs={}, car={})
    await settled(hass)
    listed = {card.value: card for card in await site.runtime_data.cards.async_all()}
    assert (listed["04AABBCC1111"].vehicle_id, listed["04AABBCC1111"].state) == (None, TokenState.ACCEPTED)
    assert listed["04DDEE2222"].vehicle_id == version.thing_id


async def test_a_card_may_name_a_vehicle_and_a_payer_and_a_blocked_one_stays_so(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    cards, walk = site.runtime_data.cards, Walk(hass)
    await cards.async_put(IdToken(value="AA11"), TokenState.BLOCKED, who="test", group="family")
    await walk.subentry(site, "vehicle")
    await walk.fill(name="Blue one", new_cards=["aa11"], signs={}, car={})
    await settled(hass)
    await walk.subentry(site, "payer")
    (card,) = await site.runtime_data.cards.async_all()
    await walk.fill(name="Anna", cards=[card.id])
    await settled(hass)
    (card,) = await site.runtime_data.cards.async_all()
    (vehicle,) = await vehicles(site)
    (payer,) = await asked(site.runtime_data.ledger.versions(Kind.PAYER))
    assert (card.vehicle_id, card.payer_id) == (vehicle.thing_id, payer.thing_id)
    assert (card.state, card.group_name) == (TokenState.BLOCKED, "family")


async def test_each_change_is_a_dated_version_and_a_removed_vehicle_is_archived(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    walk: Any = Walk(hass)
    await walk.subentry(site, "vehicle")
    await walk.fill(name="Blue one", plate="B-EV 1", signs={}, car={"battery_kwh": 58})
    await settled(hass)
    (first,) = await vehicles(site)
    assert (first.data["plate"], first.data["battery_kwh"], first.archived_at) == ("B-EV 1", 58, None)
    await walk.subentry(site, "vehicle", first.subentry_id)
    await walk.fill(name="Blue one", plate="B-EV 2", signs={}, car={})
    await settled(hass)
    before, now = await vehicles(site)
    assert (before.thing_id, before.data["plate"], now.data["plate"]) == (now.thing_id, "B-EV 1", "B-EV 2")
    assert before.valid_from < now.valid_from
    hass.config_entries.async_remove_subentry(site, first.subentry_id)
    await settled(hass)
    assert [one.archived_at is None for one in await vehicles(site)] == [False, False]


async def test_the_vehicles_of_a_removed_site_stay_in_the_ledger_and_out_of_use(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    walk, ledger = Walk(hass), site.runtime_data.ledger
    await walk.subentry(site, "vehicle")
    await walk.fill(name="Blue one", signs={}, car={})
    await settled(hass)
    await hass.config_entries.async_remove(site.entry_id)
    ledger.open()
    try:
        assert [one.archived_at is None for one in await asked(ledger.versions(Kind.VEHICLE))] == [False]
    finally:
        ledger.close()
