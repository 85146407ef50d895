"""The owner keeps the list of cards that may charge."""

from datetime import UTC, datetime
import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions import config_flow
from custom_components.ev_sessions.site.whose.cards import CardList, IdToken, TokenState

TEXTS = json.loads((Path(config_flow.__file__).parent / "translations" / "en.json").read_text())["options"]


class Options:
    """A person in the site's options; every form is checked against the texts."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        self._flows = hass.config_entries.options
        self._entry = entry
        self.shown: Any = None

    async def open(self) -> Any:
        return self._see(await self._flows.async_init(self._entry.entry_id))

    async def choose(self, step_id: str) -> Any:
        return self._see(await self._flows.async_configure(self.shown["flow_id"], {"next_step_id": step_id}))

    async def fill(self, **answers: Any) -> Any:
        return self._see(await self._flows.async_configure(self.shown["flow_id"], answers))

    def _see(self, shown: Any) -> Any:
        self.shown = shown
        if shown["type"] == "form":
            step = TEXTS["step"][shown["step_id"]]
            fields = {str(key) for key in shown["data_schema"].schema}
            assert fields == set(step["data"]) == set(step["data_description"])
            assert set((shown["errors"] or {}).values()) <= set(TEXTS["error"])
        return shown


@pytest.fixture
def cards(site: MockConfigEntry) -> CardList:
    kept: CardList = site.runtime_data.cards
    return kept


async def test_a_card_is_added_changed_and_taken_away(
    hass: HomeAssistant, site: MockConfigEntry, cards: CardList
) -> None:
    told: list[bool] = []
    release = cards.subscribe(lambda: told.append(True))
    options = Options(hass, site)
    assert (await options.open())["menu_options"] == ["add", "ask"]
    await options.choose("add")
    done = await options.fill(value=" 04a1b2c3 ", state="accepted", expires_at="2027-01-01 00:00:00", group="family")
    assert done["type"] == "create_entry"
    (card,) = await cards.async_all()
    assert (card.value, card.state, card.group_name) == ("04A1B2C3", TokenState.ACCEPTED, "family")
    # Midnight as the house counts it.
    assert card.expires_at == datetime(2027, 1, 1, tzinfo=dt_util.get_default_time_zone()).astimezone(UTC)
    assert (await options.open())["type"] == "menu"
    await options.choose("choose")
    shown = await options.fill(card=card.id)
    assert shown["description_placeholders"] == {"card": "04A1B2C3"}
    await options.fill(state="blocked")
    (card,) = await cards.async_all()
    assert (card.state, card.expires_at, card.group_name) == (TokenState.BLOCKED, None, None)
    await options.open()
    await options.choose("choose")
    await options.fill(card=card.id)
    await options.fill(state="removed")
    assert await cards.async_all() == ()
    assert len(told) == 3
    release()


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"value": " "}, {"value": "card_unusable"}),
        ({"value": "x" * 256}, {"value": "card_unusable"}),
        ({"value": "a\x07b"}, {"value": "card_unusable"}),
        ({"value": "04A1", "group": "g" * 256}, {"group": "group_too_long"}),
        ({"value": "04KNOWN"}, {"value": "card_known"}),
    ],
)
async def test_what_is_no_card_is_refused_and_said(
    hass: HomeAssistant, site: MockConfigEntry, cards: CardList, answers: dict[str, Any], error: dict[str, str]
) -> None:
    await cards.async_put(IdToken(value="04known"), TokenState.ACCEPTED, who="test")
    options = Options(hass, site)
    await options.open()
    await options.choose("add")
    shown = await options.fill(state="accepted", **answers)
    assert shown["errors"] == error
    assert len(await cards.async_all()) == 1


async def test_cards_of_a_site_that_does_not_run_are_not_shown(hass: HomeAssistant, site: MockConfigEntry) -> None:
    assert await hass.config_entries.async_unload(site.entry_id)
    options = Options(hass, site)
    shown = await options.open()
    assert (shown["type"], shown["reason"]) == ("abort", "site_not_running")
    assert shown["reason"] in TEXTS["abort"]


async def test_the_owner_says_who_is_asked_whose_car_it_is(hass: HomeAssistant, site: MockConfigEntry) -> None:
    hass.services.async_register("notify", "mobile_app_phone", lambda _call: None)
    options = Options(hass, site)
    await options.open()
    shown = await options.choose("ask")
    assert shown["data_schema"].schema["ask"].config["options"] == ["notify.mobile_app_phone"]
    await options.fill(ask="notify.mobile_app_phone")
    assert site.options == {"ask": "notify.mobile_app_phone"}
    await hass.async_block_till_done(wait_background_tasks=True)
    # A card that is added later leaves it so.
    await options.open()
    await options.choose("add")
    await options.fill(value="AA11", state="accepted")
    assert site.options == {"ask": "notify.mobile_app_phone"}
