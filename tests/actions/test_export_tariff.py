"""A site's tariff for another program: as OCPI has it."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import probatio as vol
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.site.house import site_entry

from .past import act, key_of
from .test_compare_tariffs import tariff_id

NIGHT: dict[str, Any] = {"price": "0.20", "when": {"start_time": "22:00", "end_time": "06:00"}}
PLAN: dict[str, Any] = {"kind": "plan", "price": "0.35", "vat_percent": "19", "windows": [NIGHT]}


async def test_a_plan_is_said_whole_and_can_be_pasted_elsewhere(hass: HomeAssistant, start: Any) -> None:
    entry = await start(site_entry(tariff=PLAN))
    told = await act(hass, "export_tariff", tariff=tariff_id(entry), ocpi_version="2.2.1")
    assert (told["ocpi_version"], told["lost"]) == ("2.2.1", [])
    assert told["tariff"]["id"] == tariff_id(entry)
    assert told["tariff"]["elements"] == [
        {
            "price_components": [{"type": "ENERGY", "price": 0.2, "vat": 19, "step_size": 0}],
            "restrictions": {"start_time": "22:00", "end_time": "06:00"},
        },
        {"price_components": [{"type": "ENERGY", "price": 0.35, "vat": 19, "step_size": 0}]},
    ]
    assert "tax_included" not in told["tariff"]
    pasted = await start(site_entry(tariff={"kind": "ocpi", "ocpi_tariff": told["tariff"]}))
    price = hass.states.get("sensor.home_price_2")
    assert price is not None
    assert price.state == "0.4165"
    again = await act(hass, "export_tariff", tariff=tariff_id(pasted))
    assert again["tariff"]["elements"] == told["tariff"]["elements"]
    assert again["tariff"]["tax_included"] == "NO"


async def test_a_price_that_is_read_is_named_as_lost(hass: HomeAssistant, site: MockConfigEntry) -> None:
    told = await act(hass, "export_tariff", tariff=tariff_id(site))
    assert told["lost"] == ["elements[0].price_components[0]"]
    assert told["tariff"]["elements"] == []


async def test_what_is_not_there_cannot_be_exported(hass: HomeAssistant, site: MockConfigEntry) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "export_tariff", tariff="nobody")
    assert key_of(error) == "tariff_not_found"
    with pytest.raises(vol.Invalid):
        await act(hass, "export_tariff", tariff=tariff_id(site), ocpi_version="2.1.1")
