"""The integration as Home Assistant's loader sees it."""

from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration
from homeassistant.setup import async_setup_component

from custom_components.ev_sessions.const import DOMAIN


async def test_home_assistant_sets_the_integration_up_without_any_site(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    assert DOMAIN in hass.config.components


async def test_loader_finds_ours_and_not_the_test_plugin_s(hass: HomeAssistant) -> None:
    integration = await async_get_integration(hass, DOMAIN)
    assert not integration.is_built_in
    assert integration.name == "EV Sessions"
    assert integration.version is not None
