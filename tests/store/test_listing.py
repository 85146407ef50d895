"""Lists and sums say the same as a look at every session, one by one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_sessions.core.sessions.session import ChargingPeriod, Session, SessionStatus
from custom_components.ev_sessions.store import EMPTY_BELOW_MWH, Kind, Ledger, Order, SessionFilter

from .builders import (
    NOON,
    QUARTER,
    SITE_ID,
    WAIT_S,
    add_charger,
    add_session,
    add_site,
    make_periods,
    nano_of,
    opened,
)

_BERLIN = ZoneInfo("Europe/Berlin")


@contextmanager
def _house(starts_and_energies: list[tuple[int, int]]) -> Iterator[tuple[Ledger, dict[str, list[Session]]]]:
    """Give a ledger with two chargers and sessions at quarter hours after noon, the last one open."""
    with TemporaryDirectory() as folder:
        ledger = opened(Path(folder))
        try:
            add_site(ledger)
            evses = [add_charger(ledger, name) for name in ("left", "right")]
            sessions: dict[str, list[Session]] = {one: [] for one in evses}
            for place, (quarter, energy) in enumerate(starts_and_energies):
                evse_id = evses[place % 2]
                start = NOON + quarter * QUARTER + timedelta(milliseconds=place)
                ended = place != len(starts_and_energies) - 1
                sessions[evse_id].append(add_session(ledger, evse_id, start, (energy, 0), ended=ended))
            yield ledger, sessions
        finally:
            ledger.close()


_SESSIONS = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from([0, EMPTY_BELOW_MWH - 1, EMPTY_BELOW_MWH, 7_000_000])),
    min_size=1,
    max_size=12,
)
_PLACES = st.none() | st.integers(-2, 45).map(lambda quarter: NOON + quarter * QUARTER)


@settings(max_examples=25)
@given(
    _SESSIONS, _PLACES, _PLACES, st.booleans(), st.sampled_from(Order), st.integers(1, 5), st.integers(0, 4), st.data()
)
def test_page_is_what_a_look_at_every_session_finds(
    given_sessions: list[tuple[int, int]],
    start: datetime | None,
    end: datetime | None,
    include_empty: bool,
    order: Order,
    limit: int,
    offset: int,
    data: st.DataObject,
) -> None:
    with _house(given_sessions) as (ledger, sessions):
        evse_ids = data.draw(st.none() | st.sampled_from([(one,) for one in sessions]))
        statuses = data.draw(st.none() | st.sampled_from([(SessionStatus.OPEN,), (SessionStatus.ENDED,)]))
        wanted = SessionFilter(start=start, end=end, include_empty=include_empty, evse_ids=evse_ids, statuses=statuses)
        expected = [
            one
            for evse_id, mine in sessions.items()
            for one in mine
            if (evse_ids is None or evse_id in evse_ids)
            and (statuses is None or one.status in statuses)
            and (start is None or one.end is None or one.end > start)
            and (end is None or one.start < end)
            and (include_empty or one.energy_mwh >= EMPTY_BELOW_MWH or one.status is not SessionStatus.ENDED)
        ]
        expected.sort(key=lambda one: (one.start, one.id), reverse=order is Order.NEWEST)
        total, page = ledger.sessions_page(wanted, order=order, limit=limit, offset=offset).result(WAIT_S)
        assert total == len(expected)
        assert [stored.session for stored in page] == expected[offset : offset + limit]


def test_sessions_are_found_by_charger_vehicle_payer_and_token(ledger: Ledger, garage: str) -> None:
    street = add_charger(ledger, "street")
    mine = add_session(ledger, garage)
    theirs = add_session(ledger, street, NOON + timedelta(days=1))
    things = {
        kind: ledger.put_version(
            kind,
            site_id=SITE_ID,
            subentry_id=kind.value,
            name=kind.value,
            time_zone="Europe/Berlin",
            data={},
            valid_from=NOON,
        ).result(WAIT_S)
        for kind in (Kind.VEHICLE, Kind.PAYER)
    }
    vehicle, payer = things[Kind.VEHICLE].thing_id, things[Kind.PAYER].thing_id
    ledger.update_session(mine.id, {"vehicle_id": vehicle, "payer_id": payer}, who="ann", at=NOON).result(WAIT_S)
    charger_id = next(one.id for one in ledger.chargers().result(WAIT_S) if street in one.evse_ids.values())

    def found(wanted: SessionFilter) -> list[str]:
        return [stored.session.id for stored in ledger.sessions_page(wanted).result(WAIT_S)[1]]

    assert found(SessionFilter(charger_ids=(charger_id,))) == [theirs.id]
    assert found(SessionFilter(vehicle_id=vehicle)) == [mine.id]
    assert found(SessionFilter(payer_id=payer)) == [mine.id]
    assert found(SessionFilter(payer_id="nobody")) == []
    assert found(SessionFilter(id_token_ids=("none",))) == []
    assert found(SessionFilter(site_ids=(SITE_ID,))) == [theirs.id, mine.id]
    assert found(SessionFilter(session_ids=(mine.id,))) == [mine.id]
    (stored,) = ledger.sessions_of((mine.id,)).result(WAIT_S)
    assert (stored.vehicle_id, stored.payer_id) == (vehicle, payer)


def test_last_session_is_the_newest_that_ended_with_energy(ledger: Ledger, garage: str) -> None:
    assert ledger.last_session(garage).result(WAIT_S) is None
    good = add_session(ledger, garage, NOON, (EMPTY_BELOW_MWH,))
    add_session(ledger, garage, NOON + timedelta(days=1), (EMPTY_BELOW_MWH - 1,))
    add_session(ledger, garage, NOON + timedelta(days=2), (9_000_000,), ended=False)
    last = ledger.last_session(garage).result(WAIT_S)
    assert last is not None
    assert last.session == good


def _months(first: datetime, count: int) -> list[tuple[datetime, datetime]]:
    """Return local months of Berlin as instants."""
    edges = []
    for number in range(count + 1):
        year, month = divmod(first.month - 1 + number, 12)
        edges.append(datetime(first.year + year, month + 1, 1, tzinfo=_BERLIN).astimezone(UTC))
    return list(pairwise(edges))


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(st.integers(0, 60 * 96), st.lists(st.integers(0, 3_000_000), min_size=1, max_size=6)),
        min_size=1,
        max_size=6,
        unique_by=lambda one: one[0],
    ),
    st.booleans(),
)
def test_months_hold_every_period_once_by_its_own_local_time(
    given_sessions: list[tuple[int, list[int]]], has_price: bool
) -> None:
    first = datetime(2026, 2, 27, tzinfo=UTC)
    price = "0.2213" if has_price else None
    with TemporaryDirectory() as folder:
        ledger = opened(Path(folder))
        try:
            add_site(ledger)
            evse_id = add_charger(ledger)
            periods: list[ChargingPeriod] = []
            for quarter, energies in given_sessions:
                start = first + quarter * QUARTER
                periods += make_periods(start, tuple(energies), price=price)
                add_session(ledger, evse_id, start, tuple(energies), price=price)
            months = _months(first, 4)
            totals = ledger.span_totals(months).result(WAIT_S)
        finally:
            ledger.close()
    for start, end in months:
        mine = [one for one in periods if start <= one.start < end]
        found = [one for one in totals if one.start == start]
        assert sum(one.energy_mwh for one in found) == sum(one.energy_mwh for one in mine)
        assert sum(one.cost_nano for one in found) == sum(nano_of(one) or 0 for one in mine)
        assert sum(one.unpriced_mwh for one in found) == (0 if has_price else sum(one.energy_mwh for one in mine))
    assert sum(one.energy_mwh for one in totals) == sum(one.energy_mwh for one in periods)


def test_night_over_the_end_of_a_month_is_split_but_counts_once(ledger: Ledger, garage: str) -> None:
    # 23:30 of 31 October in Berlin, until 00:15 of 1 November.
    add_session(ledger, garage, datetime(2026, 10, 31, 22, 30, tzinfo=UTC), (1_000_000, 2_000_000, 4_000_000))
    october, november = ledger.span_totals(_months(datetime(2026, 10, 1, tzinfo=UTC), 2)).result(WAIT_S)
    assert (october.energy_mwh, october.sessions, october.connected_ms) == (3_000_000, 1, 2_700_000)
    assert (november.energy_mwh, november.sessions, november.connected_ms) == (4_000_000, 0, 0)


def test_totals_keep_currencies_apart_and_count_no_empty_session(ledger: Ledger, garage: str) -> None:
    add_session(ledger, garage, NOON, (1_000_000,), price="0.5")
    add_site(ledger, currency="NOK")
    add_session(ledger, garage, NOON + timedelta(days=1), (2_000_000,), price="2")
    add_session(ledger, garage, NOON + timedelta(days=2), (0,), price="2")
    span = (NOON - timedelta(days=9), NOON + timedelta(days=9))
    totals = {one.currency: one for one in ledger.span_totals([span]).result(WAIT_S)}
    assert {currency: one.cost_nano for currency, one in totals.items()} == {"EUR": 500_000_000, "NOK": 4_000_000_000}
    assert sum(one.sessions for one in totals.values()) == 2


@pytest.mark.parametrize("by_site", [True, False])
def test_totals_of_one_charger_leave_the_others_out(ledger: Ledger, garage: str, by_site: bool) -> None:
    add_site(ledger, site_id="01OTHER")
    other = add_charger(ledger, "other", site_id="01OTHER")
    add_session(ledger, garage, NOON, (1_000_000,))
    add_session(ledger, other, NOON + timedelta(seconds=1), (2_000_000,))
    span = (NOON - timedelta(days=1), NOON + timedelta(days=1))
    (total,) = (
        ledger.span_totals([span], site_id="01OTHER") if by_site else ledger.span_totals([span], evse_ids=(other,))
    ).result(WAIT_S)
    assert (total.evse_id, total.energy_mwh) == (other, 2_000_000)
