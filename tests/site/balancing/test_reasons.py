"""Why a charger has its limit: a sentence in Home Assistant's language, and a key for automations."""

import json
from pathlib import Path
import string

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_load_integrations
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.const import DOMAIN
from custom_components.ev_sessions.core.balancing.reasons import Reason, ReasonKey
from custom_components.ev_sessions.site.wording import reason_text

from ..house import House

TRANSLATIONS = Path(__file__).parents[3] / "custom_components" / "ev_sessions" / "translations"
#: What the rules put into a sentence.
GIVEN = {
    "line",
    "limit",
    "limit_a",
    "load_a",
    "fuse_a",
    "load_kw",
    "limit_kw",
    "circuit",
    "hold_s",
    "kept_a",
    "drawn_a",
    "timeout_s",
    "source",
}


@pytest.mark.parametrize("path", sorted(TRANSLATIONS.glob("*.json")), ids=lambda path: path.stem)
def test_every_reason_is_a_sentence_of_what_is_known(path: Path) -> None:
    texts = json.loads(path.read_text(encoding="utf-8"))["common"]
    assert {name for name in texts if name.startswith("reason_")} == {f"reason_{key.value}" for key in ReasonKey}
    for name, text in texts.items():
        if not name.startswith("reason_"):
            continue
        fields = {field for _, field, _, _ in string.Formatter().parse(text) if field}
        assert fields <= GIVEN, name


async def test_a_reason_is_shown_as_a_sentence_and_as_a_key(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    for entity_id in ("sensor.garage_allowed_current", "sensor.home_balancing_state"):
        state = hass.states.get(entity_id)
        assert state is not None
        assert state.attributes["reason"] == "no car is connected"
        assert state.attributes["reason_key"] == "no_car"


async def test_a_reason_without_a_sentence_in_the_language_is_told_in_english(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    hass.config.language = "sv"
    await async_load_integrations(hass, {DOMAIN})
    reason = Reason(key=ReasonKey.TAKES_LESS, placeholders={"drawn_a": "7"})
    assert reason_text(hass, reason) == "the car takes 7 A"
