"""Real sessions at real prices through all of it: states, reader, tracker, price timeline, cost, ledger.

They are put where prices are nasty: into all nights since 2020 in which the clocks changed, across the midnight on
which the market went from hours to quarter hours, and into hours with prices below zero.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from simulator.replay import ZONE, dc_sessions, market, market_since_2020, slot_at, slots_of_day
from tests.replayed import Placed, drawn_seed, true_cost

from .house import House, charger_data, site_entry, subentry

COUNT = 60
#: From when on, and how many sessions follow each other there.
NIGHTS = {
    datetime(2025, 3, 30, 0, tzinfo=UTC): 6,  # 01:00 to 03:00 is one hour in Berlin
    datetime(2025, 10, 25, 23, 20, tzinfo=UTC): 6,  # 02:00 comes twice
    datetime(2025, 9, 30, 20, 30, tzinfo=UTC): 6,  # from midnight on there are four prices an hour
}
#: In the other years, a session in each night in which the clocks change: an hour before that.
YEARS = (2020, 2021, 2022, 2023, 2024, 2026)
BELOW_ZERO = 24
BETWEEN = timedelta(minutes=7)
HALF_A_BILLIONTH = Decimal("5e-10")


def clock_changes() -> list[datetime]:
    """Return the instants since 2020 at which the market's clock was set."""
    ends = [slot.end for slot in market_since_2020()]
    return [end for start, end in pairwise(ends) if utc_offset(start) != utc_offset(end)]


def utc_offset(at: datetime) -> timedelta | None:
    return at.astimezone(ZONE).utcoffset()


def placed(rng: Random) -> list[Placed]:
    """Return sessions in order, none over another, each somewhere nasty or anywhere."""
    slots = market()[24:-200]
    below = [slot.start for slot in slots if slot.eur_per_mwh < 0]
    starts = [start for start, count in NIGHTS.items() for _ in range(count)]
    starts += [at - timedelta(hours=1) for at in clock_changes() if at.year in YEARS]
    starts += rng.sample(below, BELOW_ZERO)
    starts += rng.choices([slot.start for slot in slots], k=COUNT - len(starts))
    free = min(starts)
    found = []
    for session, wanted in zip(rng.sample(dc_sessions(), COUNT), sorted(starts), strict=True):
        start = max(free, wanted + timedelta(minutes=rng.randrange(15)))
        found.append(Placed(session=session, start=start))
        free = start + session.stay + BETWEEN
    return found


class Replay:
    """The states of a fast charger and of a price, as they were."""

    def __init__(self, house: House, rng: Random) -> None:
        self.house = house
        self.rng = rng
        self.register_mwh = rng.randrange(10**9)
        # From the first look on: a register that falls a little afterwards would be a dip to wait out.
        house.register_kwh = self.register_mwh / 1_000_000

    async def to(self, at: datetime) -> None:
        """Let it be then, and the price that holds be shown."""
        hass: HomeAssistant = self.house.hass
        freezer: FrozenDateTimeFactory = self.house.freezer
        await hass.async_block_till_done(wait_background_tasks=True)
        freezer.move_to(at)
        async_fire_time_changed(hass)
        rows = [
            {"start": slot.start.isoformat(), "end": slot.end.isoformat(), "value": float(slot.shown)}
            for slot in slots_of_day(at)
        ]
        attributes = {"unit_of_measurement": "EUR/MWh", "raw_today": rows}
        self.house.state("sensor.price", float(slot_at(at).shown), attributes)
        await hass.async_block_till_done(wait_background_tasks=True)

    async def live(self, one: Placed) -> Decimal:
        """Let a car come, charge and go; return what it truly cost."""
        instants = one.instants(self.rng)
        await self.to(one.start - timedelta(minutes=1))
        self._report("free", 0, 0)
        await self.to(one.start)
        self._report("plugged", 0, 0)
        for at in instants:
            await self.to(at)
            after = at - one.start
            word = "free" if at == one.end else "charging"
            self._report(word, one.session.energy_mwh_at(after), one.session.power_w_at(after))
        self.register_mwh += one.session.energy_wh * 1000
        await self.to(one.end + timedelta(minutes=4))
        return true_cost(one, instants)

    def _report(self, word: str, energy_mwh: int, power_w: int) -> None:
        self.house.register_kwh = (self.register_mwh + energy_mwh) / 1_000_000
        self.house.charger(word, power_w=power_w)


def fast_charger() -> dict[str, Any]:
    """Return a charger that can only be watched."""
    watched = {"limit": None, "enable": None}
    return charger_data(evse=watched, controllable=False, max_a=400.0)


@pytest.mark.lengthy
async def test_sixty_real_sessions_in_nasty_hours_are_in_the_ledger_to_the_last_digit_that_it_keeps(
    house: House, start_site: Callable[[MockConfigEntry], Awaitable[None]]
) -> None:
    rng = Random(drawn_seed())
    replay = Replay(house, rng)
    await replay.to(clock_changes()[0] - timedelta(days=1))
    house.charger("free", power_w=0)
    await start_site(site_entry(subentry("charger", "Garage", fast_charger(), "garage")))
    ones = placed(rng)
    costs = [await replay.live(one) for one in ones]
    sessions = await house.sessions(limit=1000)
    assert len(sessions) == COUNT
    for session, one, cost in zip(sessions, ones, costs, strict=True):
        assert (session["status"], session["end_reason"]) == ("ended", "unplugged")
        assert datetime.fromisoformat(session["start"]) == one.start
        assert datetime.fromisoformat(session["end"]) == one.end
        assert Decimal(str(session["energy_kwh"])) * 1000 == one.session.energy_wh
        # The ledger keeps billionths: each period is rounded once.
        assert abs(Decimal(session["cost_exact"]) - cost) <= len(session["periods"]) * HALF_A_BILLIONTH, (one, session)
        assert (session["estimated_kwh"], session["unpriced_kwh"]) == (0, 0)
        for period in session["periods"]:
            since = datetime.fromisoformat(period["start"]).astimezone(UTC)
            assert Decimal(period["price"]) == slot_at(since).eur_per_mwh / 1000
            assert period["price_basis"] == "interval"
