"""What a session would cost under another tariff: for whom it was, with which codes, after which month, as it was."""

from collections.abc import Callable
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.actions.past import act

from ..house import House, site_entry, subentry, with_more

type StartSite = Callable[[MockConfigEntry], Any]

SPAN: dict[str, Any] = {"start": "2026-11-01T00:00:00+01:00", "end": "2026-12-01T00:00:00+01:00"}
FIXED = {"kind": "fixed", "price": "0.30"}


def per_kwh(price: float, *discounts: dict[str, Any], **restrictions: Any) -> dict[str, Any]:
    """Return a tariff of OCPI's, with a price up to a bound and one from there on."""
    elements: list[dict[str, Any]] = [{"price_components": [{"type": "ENERGY", "price": price}]}]
    if restrictions:
        free = {"price_components": [{"type": "ENERGY", "price": 0}], "restrictions": restrictions}
        elements.insert(0, free)
    return {"currency": "EUR", "elements": elements, "ev_sessions": {"discounts": list(discounts)} if discounts else {}}


def with_owners() -> MockConfigEntry:
    """Return a site with a car, a payer, and the tariff by which the payer is billed."""
    theirs = {"kind": "plan", "price": "1", "windows": [], "for": "payers"}
    more: list[Any] = [
        {**subentry("vehicle", "Zoe", {}), "subentry_id": "zoe"},
        {**subentry("tariff", "Employer", theirs), "subentry_id": "theirs"},
        {**subentry("payer", "ACME", {"tariff": "theirs"}, "acme"), "subentry_id": "acme"},
    ]
    entry = site_entry(tariff=FIXED)
    return with_more(entry, more)


async def charged(house: House) -> str:
    """Charge 2 kWh and leave; return the session."""
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=20, power_w=6_000)
    house.charger("free", power_w=0)
    for _ in range(8):
        await house.later(minutes=2)
    return str((await house.sessions())[-1]["id"])


async def totals(hass: HomeAssistant, *tariffs: Any) -> list[str]:
    found = await act(hass, "compare_tariffs", tariffs=list(tariffs), **SPAN)
    return [one["total_rounded"] for one in found["tariffs"]]


async def asked(hass: HomeAssistant, session_id: str, tariff: dict[str, Any], **circumstances: Any) -> str:
    more: dict[str, Any] = {"circumstances": circumstances} if circumstances else {}
    found = await act(hass, "calculate_cost", session_id=session_id, ocpi_tariff=tariff, **more)
    return str(found["total_rounded"])


@pytest.mark.parametrize(
    ("discount", "said"),
    [
        ({"percent": 50, "code": "GUEST"}, {"code": "GUEST"}),
        ({"percent": 50, "vehicle": "zoe"}, {"vehicle": "Zoe"}),
        ({"percent": 50, "vehicle": "Zoe"}, {"vehicle": "Zoe"}),
        ({"percent": 50, "payer": "acme"}, {"payer": "ACME"}),
        ({"percent": 50, "payer": "ACME"}, {"payer": "ACME"}),
    ],
    ids=["code", "vehicle", "vehicle by name", "payer", "payer by name"],
)
async def test_a_discount_counts_as_for_the_session(
    hass: HomeAssistant, house: House, start_site: StartSite, discount: dict[str, Any], said: dict[str, Any]
) -> None:
    await start_site(with_owners())
    session_id = await charged(house)
    under = per_kwh(0.4, discount)
    assert (await totals(hass, under), await asked(hass, session_id, under)) == (["0.80"], "0.80")
    await act(hass, "update_session", session_id=session_id, **said)
    assert (await totals(hass, under), await asked(hass, session_id, under)) == (["0.40"], "0.40")
    # Who asks for another vehicle, payer or code has that one's cost.
    (who,) = discount.keys() - {"percent"}
    other: Any = ["OTHER"] if who == "code" else "other"
    assert await asked(hass, session_id, under, **{"codes" if who == "code" else who: other}) == "0.80"


async def test_a_voucher_is_taken_off_under_each(hass: HomeAssistant, house: House, start_site: StartSite) -> None:
    await start_site(with_owners())
    session_id = await charged(house)
    await act(hass, "update_session", session_id=session_id, voucher=0.5)
    assert await totals(hass, per_kwh(0.4), per_kwh(0.1)) == ["0.30", "0.00"]
    assert await asked(hass, session_id, per_kwh(0.4), voucher=0) == "0.80"


async def test_a_voucher_is_not_taken_off_what_the_house_pays_where_somebody_is_billed(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    entry = with_owners()
    await start_site(entry)
    session_id = await charged(house)
    own = next(one.subentry_id for one in entry.get_subentries_of_type("tariff") if one.subentry_id != "theirs")
    await act(hass, "update_session", session_id=session_id, voucher=0.5)
    assert await totals(hass, own, "theirs") == ["0.10", "1.50"]
    await act(hass, "update_session", session_id=session_id, payer="ACME")
    assert await totals(hass, own, "theirs", per_kwh(0.4)) == ["0.60", "1.50", "0.30"]
    assert (await act(hass, "calculate_cost", session_id=session_id, tariff=own))["total_rounded"] == "0.60"


async def test_tiers_and_free_energy_count_from_what_the_month_had_before(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    await start_site(with_owners())
    await charged(house)
    last = await charged(house)
    # Three of the month's four are free.
    free = per_kwh(0.4, max_month_kwh=3)
    assert await totals(hass, free) == ["0.40"]
    assert await asked(hass, last, free) == "0.40"
    assert await asked(hass, last, free, month_kwh=0) == "0.00"


async def test_the_tariff_of_a_payer_is_asked_like_that_of_the_house(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    entry = with_owners()
    await start_site(entry)
    session_id = await charged(house)
    own = next(one.subentry_id for one in entry.get_subentries_of_type("tariff") if one.subentry_id != "theirs")
    assert await totals(hass, own, "theirs") == ["0.60", "2.00"]
    assert (await act(hass, "calculate_cost", session_id=session_id, tariff="theirs"))["total_rounded"] == "2.00"
    assert (await act(hass, "get_prices", tariff="theirs"))["prices"][0]["price"] == "1"
    assert (await act(hass, "export_tariff", tariff="theirs"))["tariff"]["id"] == "theirs"
