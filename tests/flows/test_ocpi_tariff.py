"""A person pastes a tariff of OCPI as what the house pays."""

import json
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.site.config.site import first_tariff
from tests.flows.brands import Walk, site_entry, subentry_id, suggested

ENERGY: dict[str, Any] = {"type": "ENERGY", "price": 0.2, "vat": 19, "step_size": 1}
NIGHT: dict[str, Any] = {
    "id": "night",
    "currency": "EUR",
    "elements": [
        {"price_components": [ENERGY], "restrictions": {"start_time": "22:00", "end_time": "06:00"}},
        {"price_components": [ENERGY | {"price": 0.35}]},
    ],
}


OVERLAP: dict[str, Any] = NIGHT | {
    "elements": [
        {"price_components": [ENERGY], "restrictions": {"start_time": "08:00", "end_time": "12:00"}},
        {"price_components": [ENERGY], "restrictions": {"start_time": "10:00", "end_time": "14:00"}},
    ]
}


def with_parts(**parts: Any) -> dict[str, Any]:
    return NIGHT | {"elements": [{"price_components": [ENERGY | parts]}]}


async def to_ocpi(walk: Walk, entry: Any) -> Any:
    await walk.subentry(entry, "tariff", subentry_id(entry, "tariff"))
    return await walk.choose("tariff_ocpi")


async def test_a_tariff_by_the_clock_is_taken_and_shown_again(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    assert "ocpi_tariff" not in suggested(await to_ocpi(walk, entry))
    done = await walk.fill(name="Night", ocpi_tariff=json.dumps(NIGHT))
    assert done["reason"] == "reconfigure_successful"
    tariff = first_tariff(entry)
    assert tariff is not None
    assert (tariff.name, tariff.ocpi) == ("Night", NIGHT)
    await walk.subentry(entry, "tariff", subentry_id(entry, "tariff"))
    assert walk.result["menu_options"][0] == "tariff_ocpi"
    shown = suggested(await walk.choose("tariff_ocpi"))
    assert (shown["name"], json.loads(shown["ocpi_tariff"])) == ("Night", NIGHT)
    assert "holidays" not in shown
    await walk.fill(name="Night", ocpi_tariff=json.dumps(NIGHT), holidays="calendar.holidays")
    tariff = first_tariff(entry)
    assert tariff is not None
    assert tariff.holidays == "calendar.holidays"
    await walk.subentry(entry, "tariff", subentry_id(entry, "tariff"))
    assert suggested(await walk.choose("tariff_ocpi"))["holidays"] == "calendar.holidays"


@pytest.mark.parametrize(
    ("pasted", "error", "part"),
    [
        ("{", "ocpi_not_json", "–"),
        ("[" * 200_000, "ocpi_not_json", "–"),
        ("[]", "ocpi_wrong_shape", "data"),
        (NIGHT | {"time_zone": "Europe/Bonn"}, "ocpi_unknown_word", "time_zone"),
        (NIGHT | {"time_zone": "../../Europe/Berlin"}, "ocpi_unknown_word", "time_zone"),
        (with_parts(price="NaN"), "ocpi_not_a_number", "elements[0].price_components[0].price"),
        (with_parts(price=1e9), "ocpi_out_of_range", "elements[0].price_components[0].price"),
        (NIGHT | {"currency": "XQX"}, "ocpi_unknown_currency", "currency"),
        (NIGHT | {"elements": NIGHT["elements"][::-1]}, "ocpi_elements", "elements[1]"),
        (OVERLAP, "ocpi_elements", "elements[0], elements[1]"),
        (NIGHT | {"currency": "SEK"}, "ocpi_other_currency", "SEK"),
        (NIGHT | {"end_date_time": "2020-01-01T00:00:00Z"}, "ocpi_ended", "end_date_time"),
    ],
)
async def test_what_cannot_be_taken_is_told_by_its_part(
    hass: HomeAssistant, walk: Walk, pasted: Any, error: str, part: str
) -> None:
    await to_ocpi(walk, site_entry(hass))
    text = pasted if isinstance(pasted, str) else json.dumps(pasted)
    shown = await walk.fill(name="Mine", ocpi_tariff=text)
    assert (shown["errors"], shown["description_placeholders"]["part"]) == ({"ocpi_tariff": error}, part)
    assert suggested(shown) == {"name": "Mine", "ocpi_tariff": text, "as_it_is": False}


async def test_elements_that_overlap_are_taken_where_it_is_meant_so(hass: HomeAssistant, walk: Walk) -> None:
    entry = site_entry(hass)
    await to_ocpi(walk, entry)
    await walk.fill(name="Odd", ocpi_tariff=json.dumps(OVERLAP))
    before = first_tariff(entry)
    assert before is not None
    assert before.ocpi is None
    done = await walk.fill(name="Odd", ocpi_tariff=json.dumps(OVERLAP), as_it_is=True)
    assert done["reason"] == "reconfigure_successful"
    after = first_tariff(entry)
    assert after is not None
    assert after.ocpi == OVERLAP
