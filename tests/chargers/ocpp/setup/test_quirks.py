"""Brands deviate; what is known of them is data with a source, and their owners may know better."""

import json
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.chargers.ocpp.quirks.library import DATA, async_quirks, read_quirks
from custom_components.ev_sessions.chargers.ocpp.quirks.quirk import Quirks, quirks_of
from custom_components.ev_sessions.chargers.ocpp.setup.settings import Setting
from custom_components.ev_sessions.core.station.capabilities import RateUnit


def of(vendor: str | None, model: str | None = None, firmware: str | None = None) -> Quirks:
    return quirks_of(read_quirks(), vendor=vendor, model=model, firmware=firmware)


@pytest.mark.parametrize(
    ("who", "name", "facts"),
    [
        (("ABB", "TAC-W22-T-R-C-0"), "ABB Terra AC", {"stack_level": 0}),
        (("Autel", "MaxiCharger"), "Autel MaxiCharger AC", {"needs_remote_start": True}),
        (("Easee AS", "Home"), "Easee", {"needs_remote_start": True, "least_sample_interval_s": 30}),
        (("Wall Box Chargers", "PLP1", "5.17.67"), "Wallbox (firmware 5)", {"stack_level": 0}),
        (("HUAWEI", "SCharger-22KT-S0"), "Huawei SCharger", {"rate_units": (RateUnit.WATT,)}),
        (("MENNEKES", "AMTRON 4You 510"), "Mennekes Amtron 4You, 4Business", {"connection_timeout_s": 900}),
        (("Alfen BV", "NG910"), "Alfen", {"keys": {"plug_and_charge_token": "PlugAndChargeIdentifier"}}),
    ],
)
def test_a_brand_is_known_by_what_it_calls_itself(who: tuple[str, ...], name: str, facts: dict[str, Any]) -> None:
    quirks = of(*who)
    assert quirks.names == (name,)
    assert {fact: getattr(quirks, fact) for fact in facts} == facts


def test_firmware_and_model_decide_where_they_are_named() -> None:
    assert of("Wall Box Chargers", "PLP1", "6.2.1") == Quirks()
    assert of("MENNEKES", "AMTRON Xtra") == Quirks()
    assert of(None) == Quirks()


def test_an_owner_may_know_better() -> None:
    quirks = of("Easee").overridden(
        {
            "needs_remote_start": False,
            "rate_units": ["W", "A"],
            "vendor_limit": {"key": "MaxCurrent", "per_a": 10},
            "keys": {"phase_switch": "Phases"},
            "least_sample_interval_s": None,
            "what_a_later_version_knows": 1,
        }
    )
    assert not quirks.needs_remote_start
    assert quirks.rate_units == (RateUnit.WATT, RateUnit.AMPERE)
    assert quirks.vendor_limit is not None
    assert quirks.vendor_limit.value(7.25) == "72"
    assert quirks.keys == {**of("Easee").keys, "phase_switch": "Phases"}
    assert quirks.least_sample_interval_s is None
    assert quirks.names == ("Easee",)
    assert quirks.overridden({"vendor_limit": None}).vendor_limit is None


async def test_every_fact_has_a_source_and_is_one_that_is_used(hass: HomeAssistant) -> None:
    entries = await async_quirks(hass)
    assert len({entry.name for entry in entries}) == len(entries)
    for entry in entries:
        assert entry.facts
        assert all(entry.sources.values())
        assert Quirks().overridden(entry.facts) != Quirks(), entry.name
        assert set(entry.facts) <= set(Quirks.__dataclass_fields__), entry.name
        assert set(entry.facts.get("keys", ())) <= set(Setting), entry.name
    # Who matches everybody would be no quirk.
    assert all(one["match"].get("vendor") for one in json.loads(DATA.read_text(encoding="utf-8")))
