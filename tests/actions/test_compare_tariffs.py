"""What the sessions of a span would have cost under several tariffs."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.site.actions import tariff_comparison

from .past import act, device_of, key_of, past, remember
from .test_permissions import flats, neighbour

__all__ = ["flats"]

NOVEMBER: dict[str, Any] = {"start": "2026-11-01T00:00:00+01:00", "end": "2026-12-01T00:00:00+01:00"}
PER_KWH: dict[str, Any] = {
    "id": "Street",
    "currency": "EUR",
    "elements": [{"price_components": [{"type": "ENERGY", "price": 0.5, "vat": 20, "step_size": 1}]}],
}
BY_THE_HOUR: dict[str, Any] = {
    "currency": "SEK",
    "elements": [
        {
            "price_components": [{"type": "TIME", "price": 10, "step_size": 1}],
            "restrictions": {"start_time": "18:30", "end_time": "19:10"},
        }
    ],
    "end_date_time": "2026-11-12T00:00:00Z",
}


def tariff_id(site: MockConfigEntry) -> str:
    return next(one.subentry_id for one in site.subentries.values() if one.subentry_type == "tariff")


async def test_the_own_tariff_beside_two_others(hass: HomeAssistant, site: MockConfigEntry) -> None:
    await remember(hass, past(0), past(1), past(2), past(-15))
    found = await act(hass, "compare_tariffs", tariffs=[tariff_id(site), PER_KWH, BY_THE_HOUR], **NOVEMBER)
    assert (found["sessions"], found["energy_kwh"]) == (3, 18.0)
    own, street, by_the_hour = found["tariffs"]
    assert own == {
        "tariff": "Dynamic",
        "currency": "EUR",
        "sessions": 3,
        "not_covered": 0,
        "total_excl_tax": "0.00",
        "total_incl_tax": "0.00",
        "total_rounded": "0.00",
        "unpriced_kwh": 18.0,
        "flags": {"unpriced": 3},
    }
    assert (street["tariff"], street["total_excl_tax"], street["total_rounded"]) == ("Street", "9.00", "10.80")
    # The hour ends at 19:00; the third evening is after the tariff's end.
    assert (by_the_hour["tariff"], by_the_hour["currency"], by_the_hour["total_rounded"]) == ("OCPI", "SEK", "10.00")
    assert (by_the_hour["sessions"], by_the_hour["not_covered"]) == (2, 1)


async def test_only_sessions_of_the_chargers_that_are_asked_for_and_may_be_seen(
    hass: HomeAssistant, flats: MockConfigEntry
) -> None:
    asked: dict[str, Any] = {"tariffs": [PER_KWH], **NOVEMBER}
    yard = next(one.subentry_id for one in flats.subentries.values() if one.title == "Yard")
    device = device_of(hass, flats, yard)
    assert (await act(hass, "compare_tariffs", **asked))["sessions"] == 2
    assert (await act(hass, "compare_tariffs", **asked, charger=device))["sessions"] == 1
    assert (await act(hass, "compare_tariffs", **asked, config_entry_id=flats.entry_id))["sessions"] == 2
    context = await neighbour(hass)
    assert (await act(hass, "compare_tariffs", **asked, context=context))["sessions"] == 1
    garage = next(one.subentry_id for one in flats.subentries.values() if one.title == "Garage")
    hidden = device_of(hass, flats, garage)
    assert (await act(hass, "compare_tariffs", **asked, context=context, charger=hidden))["sessions"] == 0


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"end": "2026-10-01T00:00:00+01:00"}, "span_reversed"),
        ({"tariffs": ["nobody"]}, "tariff_not_found"),
        ({"tariffs": [PER_KWH | {"currency": "EURO"}]}, "field_unknown_currency"),
    ],
)
async def test_what_cannot_be_compared_says_why(
    hass: HomeAssistant, site: MockConfigEntry, changes: dict[str, Any], key: str
) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "compare_tariffs", **{"tariffs": [PER_KWH], **NOVEMBER, **changes})
    assert key_of(error) == key


async def test_more_sessions_than_one_asks_for_at_a_time(
    hass: HomeAssistant, site: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    await remember(hass, past(0), past(1), past(2))
    monkeypatch.setattr(tariff_comparison, "_AT_ONCE", 2)
    assert (await act(hass, "compare_tariffs", tariffs=[PER_KWH], **NOVEMBER))["sessions"] == 3
    monkeypatch.setattr(tariff_comparison, "MOST_SESSIONS", 2)
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "compare_tariffs", tariffs=[PER_KWH], **NOVEMBER)
    assert key_of(error) == "comparison_too_long"
