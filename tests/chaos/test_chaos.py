"""A day, and a month, in which every input is lost, late, frozen, doubled, negative, no number or in a wrong unit.

`scripts/test --long` lives the month. The seed is drawn and printed: who finds a failure can
live it again.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from secrets import randbelow

import pytest

from custom_components.ev_sessions.core.costing.cost import CostTally
from custom_components.ev_sessions.core.money import add, cost_of

from .world import World

DAY_S = 86_400.0
PRICE = Decimal("0.2713")


@pytest.fixture(name="fresh_seed")
def fresh_seed_fixture(record_property: Callable[[str, object], None]) -> int:
    """Draw a seed and print it."""
    seed = randbelow(1_000_000)
    print(f"seed {seed}")  # noqa: T201
    record_property("seed", seed)
    return seed


def live(seed: int, seconds: float) -> World:
    """Live for so long, then long enough in peace; check energy and cost to the last thousandth of a Wh."""
    world = World(seed)
    world.until(seconds)
    lived_s = seconds
    while not world.lost_seen and lived_s < 3 * seconds:
        # Now and then a day has no loss of the meter that lasts: it is lived on until there is one.
        lived_s += seconds / 4
        world.until(lived_s)
    world.settle()
    assert world.lost_seen > 0, seed
    assert world.commands > 0, seed
    assert world.market.unpriced_steps > 0, seed
    # While the meter tells the truth no charger's untruth keeps a line over its fuse.
    assert world.longest_over_s <= 180.0, seed
    for outlet in world.outlets:
        told_mwh = world.energy_told_mwh(outlet)
        assert told_mwh > 0, seed
        assert outlet.battery.learned > 0, seed
        outlet.rig.check(energy_mwh=told_mwh)
        total = Decimal(0)
        for session in outlet.rig.sessions.values():
            periods = outlet.rig.periods_of(session)
            tally = CostTally.of("EUR", [replace(period, price_per_kwh=PRICE) for period in periods])
            assert tally.energy_mwh == session.energy_mwh
            assert tally.total.amount == cost_of(session.energy_mwh, PRICE)
            total = add(total, tally.total.amount)
            prices = [world.market.price_of(period.start, period.end) for period in periods]
            shown = [replace(one, price_per_kwh=price) for one, price in zip(periods, prices, strict=True)]
            by_market = CostTally.of("EUR", shown)
            priced = [(one.energy_mwh, one.price_per_kwh) for one in shown if one.price_per_kwh is not None]
            assert by_market.unpriced_mwh == session.energy_mwh - sum(energy_mwh for energy_mwh, _ in priced)
            # In whole units: a thousandth of a Wh times a hundredth of a euro.
            assert (
                by_market.total.amount
                == Decimal(sum(energy_mwh * int(price * 100) for energy_mwh, price in priced)) / 10**8
            )
        assert total == cost_of(told_mwh - outlet.rig.tracker.outside_mwh, PRICE)
    return world


@pytest.mark.lengthy
def test_day_of_wrong_inputs_breaks_no_limit_misses_no_fault_and_loses_no_energy(fresh_seed: int) -> None:
    live(fresh_seed, DAY_S)


def test_same_seed_lives_the_same_day() -> None:
    one, two = World(7), World(7)
    one.until(7200.0)
    two.until(7200.0)
    assert one.decision == two.decision
    assert [outlet.energy_mj for outlet in one.outlets] == [outlet.energy_mj for outlet in two.outlets]


@pytest.mark.long
def test_month_of_wrong_inputs_breaks_no_limit_misses_no_fault_and_loses_no_energy(fresh_seed: int) -> None:
    live(fresh_seed, 30 * DAY_S)
