"""A person says where chargers that speak OCPP find the site."""

import errno
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.core_config import async_process_ha_core_config
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.site.config.ocpp import CentralConfig
from custom_components.ev_sessions.site.config.site import SiteConfig
from tests.flows.brands import Walk, site_entry, suggested
from tests.flows.test_site import SITE, reconfigure


async def to_ocpp(walk: Walk) -> Any:
    await walk.site()
    await walk.fill(**SITE)
    await walk.fill(form="none")
    await walk.choose("tariff_fixed")
    return await walk.fill(name="Flat", price=0.305)


def told(result: Any) -> dict[str, str]:
    placeholders: dict[str, str] = result["description_placeholders"]
    return placeholders


async def test_a_new_site_listens_on_the_usual_port_and_says_what_to_type_into_the_charger(
    hass: HomeAssistant, walk: Walk
) -> None:
    await async_process_ha_core_config(hass, {"internal_url": "https://192.168.1.5:8123"})
    shown = await to_ocpp(walk)
    assert suggested(shown) == {"listen": True, "port": 9000, "home_assistant_path": False}
    assert told(shown) == {"url": "ws://192.168.1.5:9000/", "note": ""}
    made = await walk.fill(listen=True, port=9000, advanced={})
    assert SiteConfig.from_entry(made["result"]).ocpp == CentralConfig(port=9000)


async def test_a_port_that_another_integration_holds_is_named_and_the_next_one_proposed(
    hass: HomeAssistant, walk: Walk, taken_ports: set[int]
) -> None:
    taken_ports.add(9000)
    shown = await to_ocpp(walk)
    assert told(shown)["note"] == "Port 9000 is in use by another program, so 9001 is proposed."
    assert suggested(shown)["port"] == 9001
    MockConfigEntry(domain="ocpp", title="Central", data={"host": "0.0.0.0", "port": 9000}).add_to_hass(hass)
    shown = await walk.fill(listen=True, port=9000, advanced={})
    assert shown["errors"] == {"port": "port_taken"}
    assert told(shown)["note"] == "Port 9000 is in use by Central, so 9001 is proposed."
    made = await walk.fill(listen=True, port=9001, advanced={})
    assert SiteConfig.from_entry(made["result"]).ocpp == CentralConfig(port=9001)


async def test_an_address_of_another_machine_and_a_certificate_that_is_none_are_refused(
    walk: Walk, tmp_path: Path
) -> None:
    await to_ocpp(walk)

    def is_free(_port: int, address: str | None) -> bool:
        if address is not None:
            raise OSError(errno.EADDRNOTAVAIL, "not ours")
        return True

    with patch("custom_components.ev_sessions.site.ocpp.ports._is_free", side_effect=is_free):
        shown = await walk.fill(listen=True, port=9000, advanced={"address": "203.0.113.1"})
    assert shown["errors"] == {"base": "address_unknown"}
    text = tmp_path / "no_certificate.pem"
    text.write_text("nothing")
    for advanced in ({"certificate": str(text)}, {"key": str(text)}, {"certificate": "/nowhere.pem"}):
        shown = await walk.fill(listen=True, port=9000, advanced=advanced)
        assert shown["errors"] == {"base": "certificate_unusable"}
        assert told(shown)["note"] == ""
    assert suggested(shown)["certificate"] == "/nowhere.pem"


@pytest.mark.parametrize(
    ("url", "host"), [("http://homeassistant.local:8123", "10.0.0.2"), ("http://ha.example.org", "ha.example.org")]
)
async def test_a_charger_is_given_an_address_that_it_can_find(
    hass: HomeAssistant, walk: Walk, url: str, host: str
) -> None:
    await async_process_ha_core_config(hass, {"internal_url": url})
    with patch.object(hass.config, "api") as api:
        api.local_ip = "10.0.0.2"
        shown = await to_ocpp(walk)
    assert told(shown)["url"] == f"ws://{host}:9000/"


async def test_a_site_from_before_listens_when_its_owner_says_so_and_stops_again(
    hass: HomeAssistant, walk: Walk
) -> None:
    entry = site_entry(hass)
    await reconfigure(walk, entry)
    await walk.fill(**SITE)
    shown = await walk.fill(form="none")
    assert suggested(shown)["listen"] is False
    await walk.fill(listen=True, port=9005, advanced={"home_assistant_path": True, "address": " 127.0.0.1 "})
    wanted = CentralConfig(port=9005, home_assistant_path=True, address="127.0.0.1")
    assert SiteConfig.from_entry(entry).ocpp == wanted
    await reconfigure(walk, entry)
    await walk.fill(**SITE)
    shown = await walk.fill(form="none")
    assert suggested(shown) == {"listen": True, "port": 9005, "home_assistant_path": True, "address": "127.0.0.1"}
    done = await walk.fill(listen=False, advanced={})
    assert done["reason"] == "reconfigure_successful"
    assert SiteConfig.from_entry(entry).ocpp is None
