"""A house whose tariff has more than a price per kWh: what it pays is in the ledger, line by line."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.ev_sessions.const import DOMAIN
from custom_components.ev_sessions.site.costs.past_prices import PastPrices

from ..house import House, site_entry, subentry, with_more

type StartSite = Callable[[MockConfigEntry], Any]


def ocpi(*elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the data of a tariff that somebody pasted."""
    return {"kind": "ocpi", "ocpi_tariff": {"currency": "EUR", "elements": list(elements), **more}}


def part(kind: str, price: float, **more: Any) -> dict[str, Any]:
    return {"type": kind, "price": price, "step_size": 1, **more}


FEES = ocpi(
    {"price_components": [part("FLAT", 0.5)]},
    {"price_components": [part("ENERGY", 0.3), part("TIME", 1.2), part("PARKING_TIME", 6)]},
)


def the_sum(session: dict[str, Any]) -> Decimal:
    """Return what periods and fees come to."""
    energy = sum(Decimal(one["cost_exact"]) for one in session["periods"] if one["cost_exact"] is not None)
    return Decimal(energy) + sum(Decimal(one["amount_exact"]) for one in session["fees"])


def shown(hass: HomeAssistant, entity_id: str) -> Decimal:
    """Return what a sensor shows."""
    state = hass.states.get(entity_id)
    assert state is not None
    return Decimal(state.state)


async def charge_and_stay(house: House, *, stay_min: int = 10) -> None:
    """Charge 3 kWh in 20 minutes, stay full, and leave."""
    house.charger("charging", power_w=9_000)
    await house.charge(minutes=20, power_w=9_000)
    house.charger("full", power_w=0)
    await house.later(minutes=stay_min)
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    await house.later(minutes=2)


async def test_fees_and_times_are_in_the_cost_and_told_apart_from_the_periods(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    await start_site(site_entry(tariff=FEES))
    house.charger("charging", power_w=9_000)
    await house.charge(minutes=10, power_w=9_000)
    # 1.5 kWh, ten minutes, and the fee once.
    assert shown(hass, "sensor.garage_session_cost") == Decimal("1.15")
    assert shown(hass, "sensor.garage_cost_this_month") == Decimal("1.15")
    await house.charge(minutes=10, power_w=9_000)
    house.charger("full", power_w=0)
    await house.later(minutes=10)
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    await house.later(minutes=2)
    session = await house.only_session()
    assert (session["energy_kwh"], session["cost"], session["average_price"]) == (3.0, "2.80", "0.933333")
    assert the_sum(session) == Decimal(session["cost_exact"]) == Decimal("2.8")
    assert [(one["component"], one["rule"], one["amount_exact"], one["price"]) for one in session["fees"]] == [
        ("FLAT", "once", "0.5", "0.5"),
        ("TIME", "used", "0.4", "1.2"),
        ("PARKING_TIME", "used", "1", "6"),
    ]
    assert {one["price"] for one in session["periods"]} == {"0.3"}
    assert shown(hass, "sensor.garage_last_session_cost") == Decimal("2.8")
    assert shown(hass, "sensor.garage_cost_this_month") == Decimal("2.8")
    found = await hass.services.async_call(
        DOMAIN, "get_statistics", {"period": "month"}, blocking=True, return_response=True
    )
    assert found is not None
    months: list[dict[str, Any]] = found["statistics"]  # type: ignore[assignment]
    assert [month["cost"] for month in months] == ["2.80"]


async def test_what_we_hold_back_is_never_idle(hass: HomeAssistant, house: House, start_site: StartSite) -> None:
    idle = {"idle_fee": {"price": 6, "grace_s": 120}}
    await start_site(site_entry(tariff=ocpi({"price_components": [part("ENERGY", 0.3)]}, ev_sessions=idle)))
    house.charger("charging", power_w=9_000)
    await house.charge(minutes=20, power_w=9_000)
    house.charger("paused", power_w=0)
    await house.later(minutes=10)
    assert shown(hass, "sensor.garage_session_cost") == Decimal("0.9")
    house.charger("full", power_w=0)
    await house.later(minutes=12)
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    await house.later(minutes=2)
    session = await house.only_session()
    # Ten of the twelve minutes, after the grace.
    assert (session["cost"], [one["rule"] for one in session["fees"]]) == ("1.90", ["idle_fee"])


async def test_limits_and_steps_hold_for_the_whole_session(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    limited = ocpi(
        {"price_components": [part("ENERGY", 0.3, vat=19) | {"step_size": 2000}, part("TIME", 60)]},
        max_price={"before_taxes": 2},
    )
    await start_site(site_entry(tariff=limited))
    await charge_and_stay(house)
    session = await house.only_session()
    assert {one["rule"] for one in session["fees"]} == {"used", "step_size", "max_price"}
    assert the_sum(session) == Decimal(session["cost_exact"])
    assert session["cost"] == "2.02"


async def test_tiers_go_on_from_session_to_session_and_over_a_restart(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    tiers = ocpi(
        {"price_components": [part("ENERGY", 0)], "restrictions": {"max_month_kwh": 4}},
        {"price_components": [part("ENERGY", 0.5)]},
        ev_sessions={},
    )
    entry = site_entry(tariff=tiers)
    await start_site(entry)
    await charge_and_stay(house)
    house.charger("charging", power_w=9_000)
    await house.charge(minutes=10, power_w=9_000)
    assert shown(hass, "sensor.garage_session_cost") == Decimal("0.25")
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    house.charger("charging", power_w=9_000)
    await house.charge(minutes=10, power_w=9_000)
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    await house.later(minutes=2)
    first, second = await house.sessions()
    assert (first["cost"], second["cost"]) == ("0.00", "1.00")
    assert shown(hass, "sensor.garage_cost_this_month") == Decimal(1)


@pytest.mark.parametrize("after", [FEES, {"kind": "fixed", "price": "0.10"}], ids=["more fees", "a price"])
async def test_another_tariff_in_a_session_bills_nothing_twice_and_loses_nothing(
    hass: HomeAssistant, house: House, start_site: StartSite, after: dict[str, Any]
) -> None:
    entry = site_entry(tariff=FEES)
    await start_site(entry)
    house.charger("charging", power_w=9_000)
    await house.charge(minutes=20, power_w=9_000)
    (tariff,) = entry.get_subentries_of_type("tariff")
    after = after | {"ocpi_tariff": {**FEES["ocpi_tariff"], "id": "NEW"}} if after["kind"] == "ocpi" else after
    hass.config_entries.async_update_subentry(entry, tariff, data=after)
    await hass.async_block_till_done(wait_background_tasks=True)
    house.charger("charging", power_w=9_000)
    await house.charge(minutes=20, power_w=9_000)
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    await house.later(minutes=2)
    session = await house.only_session()
    assert [one["rule"] for one in session["fees"]].count("once") == 1
    assert the_sum(session) == Decimal(session["cost_exact"])
    # The fee once, both energies, and the time as long as it was billed.
    expected = Decimal("0.5") + Decimal("1.8") + Decimal("0.8") if after["kind"] == "ocpi" else Decimal("2.1")
    assert abs(Decimal(session["cost_exact"]) - expected) < Decimal("0.05")


async def test_a_session_over_new_year_pays_the_tax_of_each_year(
    hass: HomeAssistant, house: House, start_site: StartSite, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(datetime(2026, 12, 31, 22, 50, tzinfo=UTC))
    taxes = ocpi(
        {"price_components": [part("ENERGY", 0.3, vat=19)], "restrictions": {"end_date": "2027-01-01"}},
        {"price_components": [part("ENERGY", 0.3, vat=21), part("FLAT", 1, vat=21)]},
    )
    await start_site(site_entry(tariff=taxes))
    await charge_and_stay(house)
    session = await house.only_session()
    by_price = {one["price"]: 0.0 for one in session["periods"]}
    for one in session["periods"]:
        by_price[one["price"]] += one["energy_kwh"]
    assert set(by_price) == {"0.357", "0.363"}
    assert the_sum(session) == Decimal(session["cost_exact"])
    assert sum(by_price.values()) == pytest.approx(3.0)


READ = ocpi(
    {"price_components": [part("FLAT", 0.5)]},
    {"price_components": [part("ENERGY", 0) | {"price": {"source": "sensor.price", "add": "0.05"}}]},
    ev_sessions={},
)


async def test_energy_without_a_price_is_priced_when_the_price_comes_and_then_final(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    house.state("sensor.price", "unavailable")
    await start_site(site_entry(tariff=READ))
    told = async_capture_events(hass, "state_changed")
    begun = datetime.now(UTC)
    await charge_and_stay(house)
    session = await house.only_session()
    assert (session["unpriced_kwh"], session["cost"]) == (3.0, None)
    quarters = [begun.replace(minute=0, second=0, microsecond=0) + timedelta(minutes=15 * place) for place in range(8)]
    rows = [{"start": at, "end": at + timedelta(minutes=15), "value": 0.15} for at in quarters]
    house.state("sensor.price", "0.15", {"unit_of_measurement": "EUR/kWh", "raw_today": rows})
    await house.later(minutes=1)
    session = await house.only_session()
    assert (session["unpriced_kwh"], session["cost"]) == (0.0, "1.10")
    assert the_sum(session) == Decimal(session["cost_exact"])
    assert "cost_final" in {
        event.data["new_state"].attributes.get("event_type")
        for event in told
        if event.data["entity_id"] == "event.garage_session_event"
    }
    assert shown(hass, "sensor.garage_cost_this_month") == Decimal("1.1")


POWERFUL = ocpi(
    {"price_components": [part("ENERGY", 1)], "restrictions": {"min_power": 6}},
    {"price_components": [part("ENERGY", 0.1)]},
)


async def test_a_price_by_power_has_its_last_word_from_the_trace(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    await start_site(site_entry(tariff=POWERFUL))
    told = async_capture_events(hass, "state_changed")
    house.charger("charging", power_w=9_000)
    for power_w in (9_000, 1_800) * 10:
        await house.charge(minutes=1, power_w=power_w)
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    await house.later(minutes=2)
    session = await house.only_session()
    assert session["energy_kwh"] == 1.8
    asked = {"session_id": session["id"], "ocpi_tariff": POWERFUL["ocpi_tariff"]}
    under = await hass.services.async_call(DOMAIN, "calculate_cost", asked, blocking=True, return_response=True)
    assert under is not None
    assert Decimal(session["cost_exact"]) == Decimal(str(under["total_incl_tax"]))
    assert the_sum(session) == Decimal(session["cost_exact"])
    # By the mean power of a quarter of an hour it would be all at the lower price.
    assert Decimal(session["cost_exact"]) > 1
    kinds = [
        event.data["new_state"].attributes.get("event_type")
        for event in told
        if event.data["entity_id"] == "event.garage_session_event"
    ]
    assert kinds.count("cost_final") == 1


async def test_a_cost_that_a_stop_kept_from_its_last_word_has_it_at_the_next_start(
    hass: HomeAssistant, house: House, start_site: StartSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = site_entry(tariff=POWERFUL)
    await start_site(entry)

    async def stopped(*_: Any) -> None:
        """Do nothing more: the power is cut."""

    with monkeypatch.context() as cut:
        cut.setattr(PastPrices, "async_finish", stopped)
        house.charger("charging", power_w=9_000)
        for power_w in (9_000, 1_800) * 10:
            await house.charge(minutes=1, power_w=power_w)
        house.charger("free", power_w=0)
        await house.later(minutes=2)
        await house.later(minutes=2)
        before = await house.only_session()
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await house.later(seconds=20)
    after = await house.only_session()
    assert Decimal(before["cost_exact"]) < Decimal(after["cost_exact"])


def with_payer(tariff: dict[str, Any], payers: dict[str, Any]) -> MockConfigEntry:
    """Return a site whose employer is billed by a tariff of its own."""
    entry = site_entry(tariff=tariff)
    more = [
        {**subentry("tariff", "Employer", payers | {"for": "payers"}), "subentry_id": "of-employer"},
        {**subentry("payer", "ACME", {"tariff": "of-employer"}, "acme"), "subentry_id": "acme"},
    ]
    return with_more(entry, more)


async def test_a_payer_is_billed_by_another_entity_than_the_house(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    house.state("sensor.market", "10", {"unit_of_measurement": "ct/kWh"})
    market = {"kind": "entity", "entity_id": "sensor.market", "unit": None, "gap": {"rule": "unpriced"}}
    entry = with_payer({"kind": "fixed", "price": "0.30"}, market)
    await start_site(entry)
    house.charger("charging", power_w=9_000)
    await house.charge(minutes=1, power_w=9_000)
    (session,) = await house.sessions()
    await update(hass, session["id"], payer="ACME")
    await house.charge(minutes=9, power_w=9_000)
    house.state("sensor.market", "20")
    await house.charge(minutes=10, power_w=9_000)
    # 1.5 kWh at 0.10 and as many at 0.20; the house pays 0.30 all the time.
    assert shown(hass, "sensor.garage_session_billed") == Decimal("0.45")
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    await house.later(minutes=2)
    session = await house.only_session()
    assert (session["cost"], session["billed"]["cost"], session["billed"]["unpriced_kwh"]) == ("0.90", "0.45", 0.0)
    # What the entity showed is kept: the bill is the same after a restart, without anybody who remembers.
    await hass.config_entries.async_reload(entry.entry_id)
    await house.later(minutes=1)
    await update(hass, session["id"], payer="")
    await update(hass, session["id"], payer="ACME")
    session = await house.only_session()
    assert (session["billed"]["cost"], session["billed"]["unpriced_kwh"]) == ("0.45", 0.0)


async def update(hass: HomeAssistant, session_id: str, **changes: Any) -> None:
    asked = {"session_id": session_id, **changes}
    await hass.services.async_call(DOMAIN, "update_session", asked, blocking=True)


async def test_a_payer_is_billed_by_a_tariff_of_its_own_while_the_house_pays_its_own(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    entry = with_payer({"kind": "fixed", "price": "0.30"}, FEES)
    await start_site(entry)
    house.charger("charging", power_w=9_000)
    await house.charge(minutes=10, power_w=9_000)
    (session,) = await house.sessions()
    assert (session["cost"], session["billed"]) == ("0.45", None)
    await update(hass, session["id"], payer="ACME")
    await house.charge(minutes=10, power_w=9_000)
    # 3 kWh at 0.30, the fee, and 20 minutes at 1.20 per hour.
    assert shown(hass, "sensor.garage_session_billed") == Decimal("1.8")
    assert shown(hass, "sensor.garage_session_cost") == Decimal("0.9")
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    await house.later(minutes=2)
    session = await house.only_session()
    assert (session["cost"], session["fees"]) == ("0.90", [])
    billed = session["billed"]
    assert (billed["cost"], billed["tariff"], billed["unpriced_kwh"]) == ("1.80", "Employer", 0.0)
    assert [(one["component"], one["amount_exact"]) for one in billed["lines"]] == [
        ("FLAT", "0.5"),
        ("ENERGY", "0.9"),
        ("TIME", "0.4"),
    ]
    # What the house paid is what a month's figures are of.
    assert shown(hass, "sensor.garage_cost_this_month") == Decimal("0.9")
    await update(hass, session["id"], payer="")
    session = await house.only_session()
    assert (session["cost"], session["billed"]) == ("0.90", None)
    await update(hass, session["id"], payer="ACME")
    session = await house.only_session()
    assert session["billed"]["cost"] == "1.80"


async def test_the_bill_of_an_open_session_goes_on_after_a_restart(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    entry = with_payer(FEES, {"kind": "fixed", "price": "1"})
    await start_site(entry)
    house.charger("charging", power_w=9_000)
    await house.charge(minutes=10, power_w=9_000)
    (session,) = await house.sessions()
    await update(hass, session["id"], payer="ACME")
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    house.charger("charging", power_w=9_000)
    await house.charge(minutes=10, power_w=9_000)
    assert shown(hass, "sensor.garage_session_billed") == Decimal(3)


async def test_what_a_session_costs_is_asked_of_the_tariff_that_held(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    entry = site_entry(tariff={"kind": "fixed", "price": "0.30"})
    await start_site(entry)
    await charge_and_stay(house)
    session = await house.only_session()
    (tariff,) = entry.get_subentries_of_type("tariff")
    hass.config_entries.async_update_subentry(entry, tariff, data={"kind": "fixed", "price": "0.50"})
    await hass.async_block_till_done(wait_background_tasks=True)
    asked = {"session_id": session["id"], "tariff": tariff.subentry_id}
    found = await hass.services.async_call(DOMAIN, "calculate_cost", asked, blocking=True, return_response=True)
    assert found is not None
    assert found["total_rounded"] == "0.90"


async def test_a_payer_is_billed_where_the_house_has_no_tariff_at_all(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    entry = with_payer({"kind": "fixed", "price": "1"}, FEES)
    await start_site(entry)
    own = next(one for one in entry.get_subentries_of_type("tariff") if one.data.get("for") != "payers")
    hass.config_entries.async_remove_subentry(entry, own.subentry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await house.later(seconds=20)
    await charge_and_stay(house)
    session = await house.only_session()
    await update(hass, session["id"], payer="ACME")
    session = await house.only_session()
    assert (session["cost"], session["billed"]["cost"]) == (None, "2.80")
