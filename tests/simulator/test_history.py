"""The simulated past is what the import may rely on: it sums, it follows, it never overlaps."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from simulator.demo.history import Past, past_month
from simulator.plant.plant import FAMILY_PLACES
from simulator.plant.prices import price_at

END = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def past() -> Past:
    return past_month(seed=3, end=END, places=FAMILY_PLACES, site="Home", days=14)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def by_charger(past: Past) -> dict[str, list[dict[str, Any]]]:
    sessions = defaultdict(list)
    for session in past.sessions:
        sessions[session["charger"]].append(session)
    return sessions


def test_fortnight_of_a_family_has_sessions_at_both_chargers(past: Past) -> None:
    assert {name: len(sessions) > 4 for name, sessions in by_charger(past).items()} == {
        "Garage": True,
        "Carport": True,
    }


def test_periods_sum_to_their_session_in_energy_cost_and_time(past: Past) -> None:
    for session in past.sessions:
        periods = session["periods"]
        assert sum(round(period["energy_kwh"] * 1e6) for period in periods) == round(session["energy_kwh"] * 1e6)
        assert sum(Decimal(period["cost_exact"]) for period in periods) == Decimal(session["cost_exact"])
        parts = ("waiting_s", "charging_s", "paused_s", "idle_s")
        assert sum(session[part] for part in parts) == session["connected_s"]
        edges = [session["start"], *(period["end"] for period in periods)]
        assert edges[-1] == session["end"]
        assert [period["start"] for period in periods] == edges[:-1]


def test_no_period_straddles_a_quarter_hour_and_each_has_the_price_of_its_time(past: Past) -> None:
    quarter = timedelta(minutes=15)
    for period in (period for session in past.sessions for period in session["periods"]):
        start, end = instant(period["start"]), instant(period["end"])
        assert int(start.timestamp()) // 900 == (int(end.timestamp()) - 1) // 900
        assert end - start <= quarter
        assert Decimal(period["price"]) == Decimal(str(price_at(start)))


def test_sessions_of_a_charger_follow_each_other_and_its_register_only_grows(past: Past) -> None:
    for sessions in by_charger(past).values():
        for earlier, later in pairwise(sessions):
            assert instant(earlier["end"]) <= instant(later["start"])
            assert earlier["register_end_kwh"] == pytest.approx(later["register_start_kwh"], abs=2e-6)
    assert all(instant(session["end"]) <= END for session in past.sessions)


def test_registers_go_on_where_the_last_session_ended(past: Past) -> None:
    last = by_charger(past)["Garage"][-1]
    assert past.registers_wh["garage"] >= last["register_end_kwh"] * 1000 - 0.01


def test_ids_are_new_for_each_session_and_sort_by_time(past: Past) -> None:
    ids = [session["id"] for session in past.sessions]
    assert ids == sorted(set(ids))
    assert all(len(each) == 26 for each in ids)


def test_same_past_comes_again_from_the_same_seed(past: Past) -> None:
    assert past_month(seed=3, end=END, places=FAMILY_PLACES, site="Home", days=14) == past
