"""The page of OCPP settings tells every setting that is changed, to what, and every brand that deviates."""

import json
from typing import Any

from custom_components.ev_sessions.chargers.ocpp.quirks.library import DATA
from custom_components.ev_sessions.chargers.ocpp.quirks.quirk import Quirks
from custom_components.ev_sessions.chargers.ocpp.setup.settings import KEYS, VARIABLES, Setting
from custom_components.ev_sessions.chargers.ocpp.setup.told import Readout, Told
from custom_components.ev_sessions.chargers.ocpp.setup.wishes import MEASURANDS, Wanted, wishes
from tests.docs.pages import our_pages

PAGE = "docs/ocpp-settings.md"
#: With these values everything is wished that ever is.
TOLD = {Setting.PUBLIC_KEY: "Never", Setting.STOP_INTERVAL: "60"}


def told_settings() -> dict[str, str]:
    """Return what the page says that settings are set to, by their names in both versions."""
    found: dict[str, str] = {}
    for line in our_pages()[PAGE].section("What is set").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4:
            found |= {name.strip("`"): cells[2].strip("`") for name in cells[:2] if name.startswith("`")}
    return found


def test_every_setting_that_is_changed_is_told_with_its_value() -> None:
    readout = Readout(told={setting: Told(value=TOLD.get(setting, "false")) for setting in Setting})
    # What is wished of everybody has the last word over what is wished where charging is free.
    wanted = [Wanted(free=free, currency="the site's") for free in (True, False)]
    wished = {wish.setting: wish.value for one in wanted for wish in wishes(one, readout, Quirks())}
    names = {KEYS[setting]: value for setting, value in wished.items() if setting in KEYS}
    names |= {str(VARIABLES[setting]): value for setting, value in wished.items() if setting in VARIABLES}
    assert told_settings() == {
        name: "all measurands" if value == ",".join(MEASURANDS) else value for name, value in names.items()
    }
    told = our_pages()[PAGE].section("What is set")
    assert all(f"`{measurand}`" in told for measurand in MEASURANDS)


WORDS = {
    "needs_remote_start": "has to be started remotely",
    "stack_level": "profiles at stack level {} only",
    "rate_units": "limits in {} only",
    "least_sample_interval_s": "samples every {} s at most",
    "connection_timeout_s": "waits {} s for a car",
    "unwanted_measurands": "without {}",
    "keys": "own keys: {}",
    "vendor_limit": "can be limited by {}",
    "unwanted_versions": "not with OCPP {}",
}


def words(value: Any) -> str:
    """Return a value as a reader has it."""
    if isinstance(value, dict):
        return ", ".join(f"`{one}`" for one in value.values())
    return ", ".join(f"`{one}`" for one in value) if isinstance(value, list) else str(value)


def brand_rows() -> list[str]:
    """Return the rows of the table of brands, as the data has them."""
    rows = []
    for entry in json.loads(DATA.read_text(encoding="utf-8")):
        facts = [WORDS[name].format(words(fact["value"])) for name, fact in entry["facts"].items()]
        sources = dict.fromkeys(fact["source"].partition(":")[0] for fact in entry["facts"].values())
        known_by = ", ".join(f"{part} `{text}`".replace("|", "\\|") for part, text in entry["match"].items())
        rows.append(f"| {entry['name']} | {known_by} | {'; '.join(facts)} | {'; '.join(sources)} |")
    return rows


def test_every_brand_that_deviates_is_told_as_the_data_has_it() -> None:
    told = [line for line in our_pages()[PAGE].section("Brands").splitlines() if line.startswith("| ")]
    assert told[1:] == brand_rows()
