"""Prices of the simulated supplier: a market's own, without holes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from simulator.plant.price_board import PriceBoard
from simulator.plant.prices import price_at, slots, slots_of_day

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(("day", "quarters"), [((2026, 3, 29), 92), ((2026, 10, 25), 100), ((2026, 11, 20), 96)])
def test_day_has_its_quarters_also_when_clocks_change(day: tuple[int, int, int], quarters: int) -> None:
    found = slots_of_day(datetime(*day, 12, tzinfo=BERLIN))
    assert len(found) == quarters
    assert found[0].start.astimezone(BERLIN).hour == 0
    assert all(slot.end - slot.start == timedelta(minutes=15) for slot in found)
    assert all(later.start == earlier.end for earlier, later in pairwise(found))


def test_price_holds_for_its_quarter_hour_and_moves_over_the_day() -> None:
    start = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
    assert price_at(start) == price_at(start + timedelta(minutes=14, seconds=59))
    prices = {slot.price for slot in slots(start, start + timedelta(days=1))}
    assert len(prices) > 50
    assert all(0.1 < price < 0.6 for price in prices)


def test_board_of_short_slots_shows_what_it_will_charge_and_changes_at_each() -> None:
    board = PriceBoard(slot_s=20.0)
    now = datetime(2026, 11, 20, 17, 59, 50, tzinfo=UTC)
    shown = board.shown(now)
    assert shown[0].start <= now - timedelta(minutes=10) < now + timedelta(minutes=10) <= shown[-1].end
    assert all(later.start == earlier.end for earlier, later in pairwise(shown))
    assert all(later.price != earlier.price for earlier, later in pairwise(shown))
    assert all(board.at(slot.start) == slot.price == board.at(slot.end - timedelta(seconds=0.01)) for slot in shown)
    assert not PriceBoard(slot_s=20.0, ahead=False).shown(now)


def test_board_of_a_market_shows_the_quarter_hours_of_the_day() -> None:
    now = datetime(2026, 11, 20, 17, 59, 50, tzinfo=UTC)
    board = PriceBoard()
    assert board.start_of(now) == datetime(2026, 11, 20, 17, 45, tzinfo=UTC)
    assert board.at(now) == price_at(now)
    assert board.shown(now) == slots_of_day(now)
