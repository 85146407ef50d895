"""Codes and vouchers of a session: what they take off, for whom, and that it comes and goes exactly."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import probatio as vol
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.const import DOMAIN
from custom_components.ev_sessions.site.ledger.ledger import asked
from tests.actions.past import act

from ..house import House, charger_data, site_entry, subentry, with_more

type StartSite = Callable[[MockConfigEntry], Any]

PLAN = {"kind": "plan", "price": "0.30", "windows": [], "discounts": [{"percent": "50", "code": "GUEST"}]}
FIXED = {"kind": "fixed", "price": "0.30"}


def with_payer(tariff: dict[str, Any], payers: dict[str, Any] | None) -> MockConfigEntry:
    """Return a site with a payer, who is billed by a tariff of its own, or by none."""
    tariffs = () if payers is None else ({**subentry("tariff", "Payers", payers), "subentry_id": "theirs"},)
    payer = {**subentry("payer", "ACME", {"tariff": "theirs" if tariffs else None}, "acme"), "subentry_id": "acme"}
    entry = site_entry(tariff=tariff)
    return with_more(entry, [*tariffs, payer])


async def charge(house: House, minutes: int = 20) -> str:
    """Charge at 9 kW; return the session."""
    house.charger("charging", power_w=9_000)
    await house.charge(minutes=minutes, power_w=9_000)
    return str((await house.sessions())[0]["id"])


async def leave(house: House) -> dict[str, Any]:
    house.charger("free", power_w=0)
    for _ in range(4):
        await house.later(minutes=2)
    return await house.only_session()


def shown(hass: HomeAssistant, entity_id: str) -> Decimal:
    state = hass.states.get(entity_id)
    assert state is not None
    return Decimal(state.state)


def told(session: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    """Return what a session costs, with what comes beside its energy; the two are the sum."""
    energy = sum(Decimal(one["cost_exact"]) for one in session["periods"])
    assert energy + sum(Decimal(one["amount_exact"]) for one in session["fees"]) == Decimal(session["cost_exact"])
    return session["cost"], [(one["rule"], one["amount_exact"]) for one in session["fees"]]


async def test_a_code_earns_its_discount_and_is_kept_with_the_session(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    entry = site_entry(tariff=PLAN)
    await start_site(entry)
    session_id = await charge(house)
    session = await leave(house)
    assert (session["codes"], session["voucher"], told(session)) == ([], None, ("0.90", []))
    found = await act(hass, "update_session", session_id=session_id, code=" GUEST ")
    assert (found["codes"], found["cost"], found["edited"]) == (["GUEST"], "0.45", True)
    assert shown(hass, "sensor.garage_cost_this_month") == Decimal("0.45")
    # Recosting all changes nothing, however often; what it would cost by hand is the same.
    for _ in range(2):
        await hass.services.async_call(DOMAIN, "recalculate_cost", {"everything": True}, blocking=True)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert told(await house.only_session()) == ("0.45", [("discount", "-0.45")])
    (tariff,) = entry.get_subentries_of_type("tariff")
    question: dict[str, Any] = {"session_id": session_id, "tariff": tariff.subentry_id}
    assert (await act(hass, "calculate_cost", **question))["total_rounded"] == "0.45"
    assert (await act(hass, "calculate_cost", **question, circumstances={"codes": []}))["total_rounded"] == "0.90"
    # All at once, each once, and none at all.
    await house.later(seconds=1)
    found = await act(hass, "update_session", session_id=session_id, code=["OTHER", "other", "OTHER", " "])
    assert (found["codes"], found["cost"]) == (["OTHER", "other"], "0.90")
    await house.later(seconds=1)
    assert (await act(hass, "update_session", session_id=session_id, code=""))["codes"] == []
    trail = await asked(entry.runtime_data.ledger.audit_trail(subject_id=session_id))
    assert [(one.old["codes"], one.new["codes"]) for one in trail if one.action == "update"] == [
        (["OTHER", "other"], []),
        (["GUEST"], ["OTHER", "other"]),
        ([], ["GUEST"]),
    ]


async def test_a_voucher_is_taken_off_never_below_nothing_and_given_back(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    entry = site_entry(tariff=FIXED)
    await start_site(entry)
    session_id = await charge(house)
    before = await leave(house)
    found = await act(hass, "update_session", session_id=session_id, voucher=0.25)
    assert (found["voucher"], found["cost"]) == ("0.25", "0.65")
    assert told(await house.only_session()) == ("0.65", [("voucher", "-0.25")])
    assert shown(hass, "sensor.garage_cost_this_month") == Decimal("0.65")
    for _ in range(2):
        await hass.services.async_call(DOMAIN, "recalculate_cost", {"everything": True}, blocking=True)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert told(await house.only_session()) == ("0.65", [("voucher", "-0.25")])
    await house.later(seconds=1)
    await act(hass, "update_session", session_id=session_id, voucher=100)
    assert told(await house.only_session()) == ("0.00", [("voucher", "-0.9")])
    (undone,) = (await act(hass, "undo_session_edit", session_id=session_id))["sessions"]
    assert (undone["voucher"], undone["cost"]) == ("0.25", "0.65")
    assert told(await house.only_session()) == ("0.65", [("voucher", "-0.25")])
    await house.later(seconds=1)
    await act(hass, "update_session", session_id=session_id, voucher=0)
    session = await house.only_session()
    assert (session["voucher"], told(session), session["periods"]) == (None, ("0.90", []), before["periods"])
    assert shown(hass, "sensor.garage_cost_this_month") == Decimal("0.9")
    trail = await asked(entry.runtime_data.ledger.audit_trail(subject_id=session_id))
    assert [one.new["voucher"] for one in trail if one.action == "update"] == [None, "100.0", "0.25"]


@pytest.mark.parametrize("restart", [False, True])
async def test_both_count_at_once_in_a_session_that_goes_on_and_stay_to_its_end(
    hass: HomeAssistant, house: House, start_site: StartSite, restart: bool
) -> None:
    entry = site_entry(tariff=FIXED)
    await start_site(entry)
    session_id = await charge(house, 10)
    await act(hass, "update_session", session_id=session_id, voucher="0.20")
    assert shown(hass, "sensor.garage_session_cost") == Decimal("0.25")
    assert shown(hass, "sensor.garage_cost_this_month") == Decimal("0.25")
    if restart:
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    house.charger("charging", power_w=9_000)
    await house.charge(minutes=10, power_w=9_000)
    assert shown(hass, "sensor.garage_session_cost") == Decimal("0.7")
    assert shown(hass, "sensor.garage_cost_this_month") == Decimal("0.7")
    session = await leave(house)
    assert (session["voucher"], told(session)) == ("0.2", ("0.70", [("voucher", "-0.2")]))
    assert session["corrections"] == []


async def test_a_code_is_undone_while_the_session_goes_on(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    await start_site(site_entry(tariff=PLAN))
    session_id = await charge(house)
    await act(hass, "update_session", session_id=session_id, code=["GUEST"])
    assert shown(hass, "sensor.garage_session_cost") == Decimal("0.45")
    await act(hass, "undo_session_edit", session_id=session_id)
    await house.charge(minutes=10, power_w=9_000)
    assert shown(hass, "sensor.garage_session_cost") == Decimal("1.35")
    session = await leave(house)
    assert (session["codes"], told(session)) == ([], ("1.35", []))


async def test_a_payer_who_is_undone_while_the_session_goes_on_is_billed_no_more(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    await start_site(with_payer(FIXED, PLAN | {"price": "1", "for": "payers"}))
    session_id = await charge(house, 10)
    await act(hass, "update_session", session_id=session_id, payer="ACME")
    assert shown(hass, "sensor.garage_session_billed") == Decimal("1.5")
    await act(hass, "undo_session_edit", session_id=session_id)
    await house.charge(minutes=10, power_w=9_000)
    state = hass.states.get("sensor.garage_session_billed")
    assert state is not None
    assert (state.state, (await house.sessions())[0]["payer"]) == ("unknown", None)
    session = await leave(house)
    assert (session["payer"], session["billed"], session["cost"]) == (None, None, "0.90")


@pytest.mark.parametrize("live", [False, True])
async def test_a_voucher_is_taken_off_the_bill_where_somebody_is_billed_else_off_the_cost(
    hass: HomeAssistant, house: House, start_site: StartSite, live: bool
) -> None:
    await start_site(with_payer(FIXED, PLAN | {"price": "1", "for": "payers"}))
    session_id = await charge(house)
    if not live:
        await leave(house)
    for changes, cost, billed in (
        ({"voucher": 0.4}, "0.50", None),
        ({"payer": "ACME"}, "0.90", "2.60"),
        ({"code": "GUEST"}, "0.90", "1.10"),
        ({"voucher": 5}, "0.90", "0.00"),
        ({"payer": ""}, "0.00", None),
        ({"payer": "ACME", "voucher": 0}, "0.90", "1.50"),
    ):
        await act(hass, "update_session", session_id=session_id, **changes)
        await house.later(seconds=20)
        session = await house.only_session()
        assert (session["cost"], session["billed"] and session["billed"]["cost"]) == (cost, billed), changes
        if live:
            assert shown(hass, "sensor.garage_session_cost") == Decimal(cost)
    if live:
        session = await leave(house)
        assert (told(session), session["billed"]["cost"]) == (("0.90", []), "1.50")


async def test_where_a_payer_has_no_tariff_the_voucher_is_off_the_cost(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    await start_site(with_payer(FIXED, None))
    session_id = await charge(house)
    await leave(house)
    await act(hass, "update_session", session_id=session_id, payer="ACME", voucher=0.4)
    session = await house.only_session()
    assert (session["cost"], session["billed"]) == ("0.50", None)


async def test_parts_share_the_code_and_one_has_the_voucher_and_together_they_have_both_again(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    await start_site(site_entry(tariff=PLAN))
    session_id = await charge(house)
    session = await leave(house)
    await act(hass, "update_session", session_id=session_id, code="GUEST", voucher=0.1)
    whole = await house.only_session()
    assert told(whole) == ("0.35", [("discount", "-0.45"), ("voucher", "-0.1")])
    at = session["periods"][1]["start"] if len(session["periods"]) > 1 else session["start"]
    parts = (await act(hass, "split_session", session_id=session_id, at=at))["sessions"]
    assert [(one["codes"], one["voucher"]) for one in parts] == [(["GUEST"], "0.1"), (["GUEST"], None)]
    ids = [one["id"] for one in parts]
    await act(hass, "update_session", session_id=ids[1], voucher=0.05, code=["LATE"])
    await act(hass, "merge_sessions", session_ids=ids)
    merged = await house.only_session()
    assert (merged["codes"], merged["voucher"]) == (["GUEST", "LATE"], "0.15")
    assert told(merged) == ("0.30", [("discount", "-0.45"), ("voucher", "-0.15")])


START = {"entity_id": "sensor.garage_status"}


@pytest.mark.parametrize("plugged_in", [True, False])
async def test_a_charge_begins_with_a_code_and_a_voucher(
    hass: HomeAssistant, house: House, start_site: StartSite, plugged_in: bool
) -> None:
    entry = site_entry(tariff=PLAN)
    await start_site(entry)
    if plugged_in:
        await charge(house, 10)
    await hass.services.async_call(
        DOMAIN, "start_charging", {**START, "code": [" GUEST", "GUEST"], "voucher": 0.1}, blocking=True
    )
    session_id = await charge(house, 10 if plugged_in else 20)
    session = (await house.sessions())[0]
    assert (session["codes"], session["voucher"], session["edited"]) == (["GUEST"], "0.1", False)
    assert shown(hass, "sensor.garage_session_cost") == Decimal("0.35")
    # Another code comes beside the first; the voucher stays.
    await hass.services.async_call(DOMAIN, "start_charging", {**START, "code": "EXTRA"}, blocking=True)
    # What a person says next counts, and can be put back.
    await act(hass, "update_session", session_id=session_id, code=[])
    assert shown(hass, "sensor.garage_session_cost") == Decimal("0.8")
    await act(hass, "undo_session_edit", session_id=session_id)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    session = await leave(house)
    assert (session["codes"], session["voucher"]) == (["EXTRA", "GUEST"], "0.1")
    assert told(session) == ("0.35", [("discount", "-0.45"), ("voucher", "-0.1")])


async def test_a_code_that_waits_too_long_is_nobodys(hass: HomeAssistant, house: House, start_site: StartSite) -> None:
    await start_site(site_entry(tariff=PLAN))
    await hass.services.async_call(DOMAIN, "start_charging", {**START, "code": "GUEST"}, blocking=True)
    await house.later(minutes=6)
    await charge(house)
    session = await leave(house)
    assert (session["codes"], session["cost"]) == ([], "0.90")


async def test_a_session_has_no_more_codes_than_twenty(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    await start_site(site_entry(tariff=PLAN))
    session_id = await charge(house, 10)
    await act(hass, "update_session", session_id=session_id, code=[f"C{place}" for place in range(20)])
    await hass.services.async_call(DOMAIN, "start_charging", {**START, "code": "GUEST"}, blocking=True)
    session = (await house.sessions())[0]
    assert ("GUEST" in session["codes"], len(session["codes"])) == (True, 20)


async def test_a_voucher_is_for_one_charger(hass: HomeAssistant, house: House, start_site: StartSite) -> None:
    more = subentry("charger", "Drive", charger_data(), "drive")
    await start_site(site_entry(subentry("charger", "Garage", charger_data(), "garage"), more, tariff=PLAN))
    both = {"entity_id": ["sensor.garage_status", "sensor.drive_status"]}
    with pytest.raises(ServiceValidationError) as refused:
        await hass.services.async_call(DOMAIN, "start_charging", {**both, "voucher": 5}, blocking=True)
    assert refused.value.translation_key == "voucher_for_several"


async def test_who_splits_a_running_session_keeps_the_codes_and_spends_the_voucher_once(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    entry = site_entry(tariff=PLAN)
    await start_site(entry)
    session_id = await charge(house)
    await act(hass, "update_session", session_id=session_id, code="GUEST", voucher=0.1)
    parts = (await act(hass, "split_session", session_id=session_id))["sessions"]
    assert [(one["codes"], one["voucher"]) for one in parts] == [(["GUEST"], "0.1"), (["GUEST"], None)]
    await house.charge(minutes=10, power_w=9_000)
    assert shown(hass, "sensor.garage_session_cost") == Decimal("0.23")
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    house.charger("free", power_w=0)
    for _ in range(4):
        await house.later(minutes=2)
    found = await house.sessions()
    assert [(one["codes"], one["cost_exact"]) for one in found] == [(["GUEST"], "0.35"), (["GUEST"], "0.225")]


async def test_a_session_that_is_added_has_a_code_and_a_voucher(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    await start_site(with_payer(FIXED, PLAN | {"price": "1", "for": "payers"}))
    times: dict[str, Any] = {"start": "2026-11-18 12:10:00", "end": "2026-11-18 12:40:00", "energy_kwh": 10}
    found = await act(hass, "add_session", **times, cost=5, payer="ACME", code="GUEST", voucher=2)
    assert (found["codes"], found["voucher"]) == (["GUEST"], "2")
    # What it cost is as it was said; half of ten is billed, less the voucher.
    assert (found["cost"], found["billed"]["cost"]) == ("5.00", "3.00")


@pytest.mark.parametrize(
    "wish", [{"voucher": -1}, {"voucher": "nan"}, {"voucher": "much"}, {"code": ["x" * 101]}, {"code": ["x"] * 21}]
)
async def test_what_is_no_code_and_no_voucher_is_refused(
    hass: HomeAssistant, house: House, start_site: StartSite, wish: dict[str, Any]
) -> None:
    await start_site(site_entry(tariff=FIXED))
    session_id = await charge(house, 2)
    with pytest.raises(vol.Invalid):
        await act(hass, "update_session", session_id=session_id, **wish)
    assert ((await house.sessions())[0]["codes"], (await house.sessions())[0]["voucher"]) == ([], None)


async def test_a_voucher_waits_for_a_price_that_comes_late(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    house.state("sensor.market", "unavailable", {"unit_of_measurement": "EUR/kWh"})
    market = {"kind": "entity", "entity_id": "sensor.market", "unit": None, "gap": {"rule": "unpriced"}}
    entry = site_entry(tariff=market)
    await start_site(entry)
    session_id = await charge(house)
    session = await leave(house)
    found = await act(hass, "update_session", session_id=session_id, voucher=0.4)
    assert (found["cost"], found["unpriced_kwh"], found["fees"]) == (session["cost"], 3.0, [])
    prices = f"start,end,price\n{session['start']},{session['end']},0.30\n"
    await act(hass, "import_prices", data=prices)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert told(await house.only_session()) == ("0.50", [("voucher", "-0.4")])
