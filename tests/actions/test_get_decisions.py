"""Why a car got what it got, told by action and beside its limit."""

import asyncio
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from tests.site.house import House

from .past import act, device_of
from .test_commands import live, plug_in_and_charge
from .test_permissions import someone

LIMIT = "sensor.garage_allowed_current"


async def decisions(hass: HomeAssistant, **asked: Any) -> list[dict[str, Any]]:
    """Return what the action tells."""
    found = await act(hass, "get_decisions", **asked)
    return list(found["decisions"])


async def test_each_change_is_told_with_its_reason_in_words(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await plug_in_and_charge(house)
    before = dt_util.utcnow()
    house.grid(24, 18, 18)
    await house.later(seconds=5)
    await live(house, minutes=1)
    told = await decisions(hass)
    assert [one["limit_a"] for one in told][:1] != [None]
    assert all(one["reason"] and one["reason_key"] and one["charger"] == "Garage" for one in told)
    assert [one["at"] for one in told] == sorted(one["at"] for one in told)
    state = hass.states.get(LIMIT)
    assert state is not None
    shown = state.attributes["decisions"]
    assert len(shown) <= 5
    assert [one["reason"] for one in shown] == [one["reason"] for one in told[-len(shown) :]]
    assert shown[-1]["reason"] == state.attributes["reason"]
    lately = await decisions(hass, start=before.isoformat())
    assert 0 < len(lately) < len(told)
    charger_id = next(one.subentry_id for one in site.subentries.values() if one.subentry_type == "charger")
    assert await decisions(hass, charger=device_of(hass, site, charger_id)) == told


async def test_a_span_that_ends_before_it_begins_is_refused(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    now = dt_util.utcnow().isoformat()
    with pytest.raises(ServiceValidationError):
        await decisions(hass, start=now, end=now)


async def test_who_may_not_read_a_charger_is_told_nothing_of_it(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await plug_in_and_charge(house)
    stranger = await someone(hass, MockUser(), {})
    found = await hass.services.async_call(
        "ev_sessions", "get_decisions", {}, blocking=True, return_response=True, context=stranger
    )
    assert found == {"decisions": []}


async def test_what_was_decided_before_a_restart_is_told_after_it(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await plug_in_and_charge(house)
    house.grid(24, 18, 18)
    await house.later(seconds=5)
    await live(house, minutes=1)
    before = await decisions(hass)
    assert len(before) > 1
    assert await hass.config_entries.async_reload(site.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await live(house, minutes=1)
    after = await decisions(hass)
    assert after[: len(before)] == before
    state = hass.states.get(LIMIT)
    assert state is not None
    shown = state.attributes["decisions"]
    assert shown == [{key: one[key] for key in shown[0]} for one in after[-len(shown) :]]


async def test_decisions_that_cannot_be_read_are_told_and_begin_anew(
    hass: HomeAssistant, house: House, site: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    await plug_in_and_charge(house)
    runtime = site.runtime_data
    runtime.decisions.async_keep = lambda _at=None: None
    await asyncio.wrap_future(
        runtime.ledger.put_setting(runtime.evses[0].evse_id, "decisions", "what?", dt_util.utcnow())
    )
    assert await hass.config_entries.async_reload(site.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert "what was decided before the start cannot be read" in caplog.text
