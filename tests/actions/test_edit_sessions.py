"""Correcting and deleting sessions: what changes, what is kept of it, and what is refused."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.site.ledger.ledger import asked
from custom_components.ev_sessions.store import Kind
from tests.site.house import House

from .past import EVENING, act, key_of, past, remember, tell


def value_of(hass: HomeAssistant, entity_id: str) -> str:
    state = hass.states.get(entity_id)
    assert state is not None
    return state.state


async def test_a_note_is_kept_and_cleared_and_both_are_in_the_audit_trail(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    (session_id,) = await remember(hass, past())
    session = await act(hass, "update_session", session_id=session_id, note="Anna's car")
    assert (session["note"], session["edited"], session["id"]) == ("Anna's car", True, session_id)
    await house.later(seconds=1)
    session = await act(hass, "update_session", session_id=session_id, note="")
    assert session["note"] is None
    trail = await asked(site.runtime_data.ledger.audit_trail(subject_id=session_id))
    assert [(one.action, one.who, one.old["note"], one.new["note"]) for one in trail] == [
        ("update", "system", "Anna's car", None),
        ("update", "system", None, "Anna's car"),
    ]


async def test_vehicle_and_payer_are_found_by_name_and_shown_by_name(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    (session_id, _) = await remember(hass, past(0), past(1))
    for kind, name in ((Kind.VEHICLE, "Blue one"), (Kind.PAYER, "Employer")):
        version = site.runtime_data.ledger.put_version(
            kind,
            site_id=site.entry_id,
            subentry_id=f"sub-{kind.value}",
            name=name,
            time_zone="Europe/Berlin",
            data={},
            valid_from=EVENING,
        )
        await asked(version)
    session = await act(hass, "update_session", session_id=session_id, vehicle="Blue one", payer="Employer")
    assert (session["vehicle"], session["payer"]) == ("Blue one", "Employer")
    assert [one["id"] for one in (await act(hass, "get_sessions", vehicle="Blue one"))["sessions"]] == [session_id]
    assert [one["id"] for one in (await act(hass, "get_sessions", payer="Employer"))["sessions"]] == [session_id]
    session = await act(hass, "update_session", session_id=session_id, vehicle=None)
    assert (session["vehicle"], session["payer"]) == (None, "Employer")
    for field, key in (("vehicle", "vehicle_not_found"), ("payer", "payer_not_found")):
        wish: dict[str, Any] = {field: "Red one"}
        with pytest.raises(ServiceValidationError) as error:
            await act(hass, "update_session", session_id=session_id, **wish)
        assert key_of(error) == key
        assert error.value.translation_placeholders == {field: "Red one"}


async def test_a_session_may_begin_earlier_and_end_later_but_keeps_its_energy(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    (session_id,) = await remember(hass, past())
    session = await act(
        hass,
        "update_session",
        session_id=session_id,
        start="2026-11-10T17:30:00+01:00",
        end="2026-11-10T19:20:00+01:00",
    )
    assert (session["start"], session["end"]) == ("2026-11-10T17:30:00+01:00", "2026-11-10T19:20:00+01:00")
    assert (session["waiting_s"], session["charging_s"], session["idle_s"]) == (1800, 3600, 1200)
    assert (session["energy_kwh"], session["cost_exact"]) == (6.0, "1.5")
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "update_session", session_id=session_id, end="2026-11-10T18:40:00+01:00")
    assert key_of(error) == "periods_outside_session"
    assert error.value.translation_placeholders == {
        "start": "2026-11-10 18:00:00+01:00",
        "end": "2026-11-10 19:00:00+01:00",
    }


@pytest.mark.parametrize(
    ("wish", "key"),
    [
        ({}, "nothing_to_update"),
        ({"end": "2026-11-10T17:00:00+01:00"}, "end_before_start"),
        ({"note": "x" * 10_001}, "note_too_long"),
    ],
)
async def test_what_cannot_be_is_refused_with_words(
    hass: HomeAssistant, site: MockConfigEntry, wish: dict[str, Any], key: str
) -> None:
    (session_id,) = await remember(hass, past())
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "update_session", session_id=session_id, **wish)
    assert key_of(error) == key
    assert (await act(hass, "get_sessions"))["sessions"][0]["edited"] is False


async def test_a_session_that_does_not_exist_is_neither_changed_nor_deleted(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "update_session", session_id="nowhere", note="x")
    assert key_of(error) == "session_not_found"
    with pytest.raises(ServiceValidationError) as error:
        await tell(hass, "delete_session", session_id="nowhere")
    assert key_of(error) == "session_not_found"


async def test_a_session_that_goes_on_takes_a_note_but_no_other_times_and_stays(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=10, power_w=11_000)
    session_id = (await act(hass, "get_sessions", status="open"))["sessions"][0]["id"]
    assert (await act(hass, "update_session", session_id=session_id, note="mine"))["note"] == "mine"
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "update_session", session_id=session_id, start="2026-11-19T15:00:00+00:00")
    assert key_of(error) == "session_is_open"
    with pytest.raises(ServiceValidationError) as error:
        await tell(hass, "delete_session", session_id=session_id)
    assert key_of(error) == "session_is_open"
    await house.charge(minutes=1, power_w=11_000)
    assert (await act(hass, "get_sessions"))["sessions"][0]["note"] == "mine"


async def test_a_deleted_session_is_gone_from_list_month_and_last_session(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    first, second = await remember(hass, past(0), past(1, energy_kwh=4.0))
    assert value_of(hass, "sensor.garage_last_session_energy") == "4.0"
    assert float(value_of(hass, "sensor.garage_energy_this_month")) == 10
    await tell(hass, "delete_session", session_id=second)
    assert [one["id"] for one in (await act(hass, "get_sessions"))["sessions"]] == [first]
    assert value_of(hass, "sensor.garage_last_session_energy") == "6.0"
    assert float(value_of(hass, "sensor.garage_energy_this_month")) == 6
    assert float(value_of(hass, "sensor.garage_cost_this_month")) == 1.5
    trail = await asked(site.runtime_data.ledger.audit_trail(subject_id=second))
    assert [(one.action, one.who, one.old["energy_mwh"]) for one in trail] == [("delete", "system", 4_000_000)]
