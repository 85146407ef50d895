"""All sessions costed again in the background: the same again, corrected where a price changed, and after a stop."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.ev_sessions.const import DOMAIN
from custom_components.ev_sessions.site.costs import recosting_job
from custom_components.ev_sessions.site.costs.recosting_job import EVENT_RECOSTING, Progress, RecostingJob

from ..house import House, site_entry
from .test_cost_by_engine import FEES, POWERFUL, READ, charge_and_stay, the_sum, update, with_payer

type StartSite = Callable[[MockConfigEntry], Any]


async def recost(hass: HomeAssistant, **fields: Any) -> dict[str, Any]:
    asked = {"everything": True, **fields}
    found = await hass.services.async_call(DOMAIN, "recalculate_cost", asked, blocking=True, return_response=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert found is not None
    return dict(found)


@pytest.mark.parametrize(
    "tariff",
    [{"kind": "fixed", "price": "0.30"}, FEES, POWERFUL, READ],
    ids=["a price", "fees", "by power", "a price that is read"],
)
async def test_costing_again_by_the_same_prices_changes_nothing(
    hass: HomeAssistant, house: House, start_site: StartSite, tariff: dict[str, Any]
) -> None:
    await start_site(with_payer(tariff, FEES))
    for _ in range(2):
        await charge_and_stay(house)
    for session in await house.sessions():
        await update(hass, session["id"], payer="ACME")
    before = await house.sessions()
    told = async_capture_events(hass, EVENT_RECOSTING)
    assert await recost(hass) == {"begun": 2}
    assert await house.sessions() == before
    assert [(one.data["done"], one.data["changed"], one.data["finished"]) for one in told] == [
        (2, 0, False),
        (2, 0, True),
    ]
    assert all(session["corrections"] == [] for session in before)


@pytest.mark.parametrize("fees", [False, True], ids=["a price", "with a fee"])
async def test_a_past_price_that_becomes_another_is_a_correction_that_is_told(
    hass: HomeAssistant, house: House, start_site: StartSite, *, fees: bool
) -> None:
    dynamic = {"kind": "entity", "entity_id": "sensor.price", "gap": {"rule": "unpriced"}}
    await start_site(site_entry(tariff=READ if fees else dynamic))
    begun = datetime.now(UTC)
    await charge_and_stay(house)
    before = await house.only_session()
    told = async_capture_events(hass, "state_changed")
    first = begun.replace(minute=0, second=0, microsecond=0)
    rows = [
        {
            "start": first + timedelta(minutes=15 * place),
            "end": first + timedelta(minutes=15 * place + 15),
            "value": 0.15,
        }
        for place in range(8)
    ]
    house.state("sensor.price", "0.15", {"unit_of_measurement": "EUR/kWh", "raw_today": rows})
    await house.later(minutes=1)
    session = await house.only_session()
    fee, per_kwh = (Decimal("0.5"), Decimal("0.2")) if fees else (Decimal(0), Decimal("0.15"))
    assert Decimal(session["cost_exact"]) == fee + 3 * per_kwh == the_sum(session)
    (correction,) = session["corrections"]
    assert (correction["role"], correction["old"], correction["new"]) == (
        "house",
        before["cost_exact"],
        session["cost_exact"],
    )
    kinds = [
        event.data["new_state"].attributes.get("event_type")
        for event in told
        if event.data["entity_id"] == "event.garage_session_event"
    ]
    assert kinds.count("cost_final") == 1


async def test_what_a_stop_cut_short_is_taken_up_where_it_was(
    hass: HomeAssistant, house: House, start_site: StartSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recosting_job, "_PAGE", 1)
    entry = site_entry(tariff=FEES)
    await start_site(entry)
    for _ in range(3):
        await charge_and_stay(house)
    step, steps = RecostingJob._async_step, []

    async def cut_short(self: RecostingJob) -> bool:
        steps.append(self.progress)
        return len(steps) < 2 and await step(self)

    with monkeypatch.context() as cut:
        cut.setattr(RecostingJob, "_async_step", cut_short)
        assert await recost(hass) == {"begun": 3}
        with pytest.raises(ServiceValidationError) as error:
            await recost(hass)
        assert error.value.translation_key == "recosting_goes_on"
    job = entry.runtime_data.costs.recosting
    assert (job.progress.done, job.progress.percent) == (1, 33.3)
    told = async_capture_events(hass, EVENT_RECOSTING)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await house.later(seconds=20)
    assert [one.data["done"] for one in told] == [2, 3, 3]
    assert entry.runtime_data.costs.recosting.progress is None
    # The next start has nothing to take up.
    told.clear()
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert told == []


async def test_only_sessions_of_the_span_are_costed_again(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    await start_site(site_entry(tariff=FEES))
    await charge_and_stay(house)
    now = datetime.now(UTC)
    assert await recost(hass, start=now.isoformat()) == {"begun": 0}
    assert await recost(hass, end=now.isoformat()) == {"begun": 1}


def test_how_far_it_is_can_be_kept() -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    for progress in (
        Progress(start=None, end=None, total=0),
        Progress(start=at, end=at, total=9, done=3, changed=1, after=(at, "01X")),
    ):
        assert Progress.from_json(progress.to_json()) == progress
    assert Progress(start=None, end=None, total=0).percent == 100
