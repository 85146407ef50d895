"""Nearly two thousand real sessions at real prices: what each took, and what it cost, to the last digit.

What is true is counted with the recorded figures alone; see `tests/replayed.py`.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest

from custom_components.ev_sessions.core.costing.cost import CostTally, priced
from custom_components.ev_sessions.core.prices.price import PriceInterval, PriceSample
from custom_components.ev_sessions.core.prices.timeline import PriceTimeline
from custom_components.ev_sessions.core.sessions.session import EndReason, PriceBasis, SessionStatus
from custom_components.ev_sessions.core.tariff import Tariff, TimelinePrice
from simulator.replay import ZONE, DcSession, MarketSlot, dc_sessions, market
from tests.core.sessions.tracking.rig import AVAILABLE, CHARGING, PREPARING, Rig
from tests.replayed import QUARTER, Placed, drawn_seed, true_cost

DYNAMIC = Tariff.with_price(TimelinePrice(source="sensor.price"), currency="EUR", time_zone=ZONE.key)
POSTS = 8
HOURLY = sum(slot.end - slot.start == timedelta(hours=1) for slot in market())


def next_at_clock(after: datetime, clock: datetime) -> datetime:
    """Return the next instant at which a clock in Berlin shows the hour and minute of `clock`."""
    local = after.astimezone(ZONE)
    for days in range(3):
        day = local.date() + timedelta(days=days)
        at = datetime.combine(day, clock.time(), ZONE).astimezone(UTC)
        if at > after:
            return at
    raise AssertionError(after)


def placed(sessions: list[DcSession], rng: Random) -> Iterator[Placed]:
    """Yield the sessions one after another at one post, each at its own time of the day."""
    free = market()[0].start + timedelta(hours=rng.uniform(1, 24))
    for session in sessions:
        start = next_at_clock(free, session.arrival)
        yield Placed(session=session, start=start)
        free = start + session.stay + timedelta(minutes=rng.randrange(7, 60))


def charge(rig: Rig, one: Placed, instants: list[datetime], register_wh: int) -> None:
    """Let the car come, charge and go."""

    def read(at: datetime, **fields: object) -> None:
        rig.read((at - rig.now.utc).total_seconds(), **fields)

    def full(after: timedelta) -> dict[str, object]:
        return {
            "register_mwh": register_wh * 1000 + one.session.energy_mwh_at(after),
            "session_energy_mwh": one.session.energy_mwh_at(after),
        }

    read(one.start - timedelta(minutes=1), activity=AVAILABLE, power_w=0.0, register_mwh=register_wh * 1000)
    read(one.start, activity=PREPARING, power_w=0.0, **full(timedelta(0)))
    for at in instants:
        after = at - one.start
        activity = AVAILABLE if at == one.end else CHARGING
        read(at, activity=activity, power_w=float(one.session.power_w_at(after)), **full(after))
    rig.tick(300)


def shown(slot: MarketSlot) -> Decimal:
    """Return the price per kWh as the source shows it, dust of floats and all."""
    return Decimal(slot.shown) / 1000


def told_as_intervals(rng: Random) -> PriceTimeline:
    """Return the prices as a source lists them, day by day and in any order."""
    intervals = [PriceInterval(start=slot.start, end=slot.end, price_per_kwh=shown(slot)) for slot in market()]
    rng.shuffle(intervals)
    return DYNAMIC.new_timeline().with_intervals(intervals)


def told_as_states(rng: Random) -> PriceTimeline:
    """Return the prices as an entity shows them, each some seconds late."""
    first, *later = market()
    samples = [PriceSample(at=first.start, price_per_kwh=shown(first))]
    samples += [
        PriceSample(at=slot.start + timedelta(seconds=rng.uniform(0, 100)), price_per_kwh=shown(slot)) for slot in later
    ]
    return DYNAMIC.new_timeline().with_samples(samples)


def test_recorded_prices_have_what_is_nasty_about_prices() -> None:
    slots = market()
    assert all(one.end == other.start for one, other in pairwise(slots))
    assert {slot.end - slot.start for slot in slots[:HOURLY]} == {timedelta(hours=1)}
    assert {slot.end - slot.start for slot in slots[HOURLY:]} == {QUARTER}
    assert slots[HOURLY].start == datetime(2025, 9, 30, 22, tzinfo=UTC)
    assert sum(slot.eur_per_mwh < 0 for slot in slots) == 692
    hours = [day.utcoffset() for day in (slot.start.astimezone(ZONE) for slot in slots)]
    assert len({*hours}) == 2


@pytest.mark.parametrize(
    ("told", "basis"), [(told_as_intervals, PriceBasis.INTERVAL), (told_as_states, PriceBasis.STATE)]
)
def test_every_recorded_session_has_its_energy_and_its_cost_to_the_last_digit(
    told: Callable[[Random], PriceTimeline], basis: PriceBasis
) -> None:
    rng = Random(drawn_seed())
    timeline = told(rng)
    sessions = list(dc_sessions())
    rng.shuffle(sessions)
    count = 0
    for post in range(POSTS):
        ours = sessions[post::POSTS]
        rig = Rig(start=market()[0].start, zone=ZONE, max_power_kw=350.0)
        register_wh = rng.randrange(10**7)
        truth = []
        for one in placed(ours, rng):
            instants = one.instants(rng)
            charge(rig, one, instants, register_wh)
            register_wh += one.session.energy_wh
            truth.append((one, true_cost(one, instants)))
        assert len(rig.sessions) == len(ours)
        for session, (one, cost) in zip(rig.sessions.values(), truth, strict=True):
            count += 1
            assert (session.status, session.end_reason) == (SessionStatus.ENDED, EndReason.UNPLUGGED)
            assert (session.start, session.end) == (one.start, one.end)
            assert session.energy_mwh == one.session.energy_wh * 1000
            assert session.estimated_mwh == 0
            periods = [priced(period, DYNAMIC, timeline) for period in rig.periods_of(session)]
            tally = CostTally.of("EUR", periods)
            assert (tally.total.amount, tally.unpriced_mwh) == (cost, 0), (one, session)
            assert {period.price_basis for period in periods} == {basis}
        rig.check()
    assert count == 1878
