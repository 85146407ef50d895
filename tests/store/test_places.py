"""A charger stays the same for the ledger, whatever way it is reached; what is removed keeps its history."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
import sqlite3

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.prices.price import PriceInterval, PriceSample, PriceSlot, SampleKind
from custom_components.ev_sessions.core.sessions.session import SessionEvent, SessionEventType
from custom_components.ev_sessions.store import (
    LIMITED,
    OUTSIDE,
    ChargerWish,
    Checkpoint,
    Kind,
    Ledger,
    RefusedEditError,
    Retention,
    SessionFilter,
    SiteRecord,
    StepRecord,
    TraceSample,
    UnknownRecordError,
)
from custom_components.ev_sessions.store.traces import packed, unpacked

from .builders import NOON, QUARTER, SITE_ID, WAIT_S, add_charger, add_session, add_site

DAY = timedelta(days=1)
WISH = ChargerWish(
    site_id=SITE_ID, subentry_id="sub-1", name="Garage", transport="entities", identity="box-77", serial="77"
)


def test_same_subentry_is_the_same_charger_and_changes_are_dated(ledger: Ledger, tmp_path: Path) -> None:
    first = ledger.put_charger(WISH, NOON).result(WAIT_S)
    again = ledger.put_charger(WISH, NOON + DAY).result(WAIT_S)
    by_wire = replace(WISH, transport="ocpp", evse_numbers=(1, 2))
    moved = ledger.put_charger(by_wire, NOON + 2 * DAY).result(WAIT_S)
    # The clock was set back meanwhile; the newest is the newest all the same.
    named = ledger.put_charger(replace(by_wire, name="Carport"), NOON - DAY).result(WAIT_S)
    assert first == again
    assert moved.id == named.id == first.id
    assert moved.evse_ids[1] == first.evse_ids[1]
    assert (named.name, named.transport, set(named.evse_ids)) == ("Carport", "ocpp", {1, 2})
    with sqlite3.connect(tmp_path / "ev_sessions.db") as connection:
        (dated,) = connection.execute("SELECT count(*) FROM charger_attributes").fetchone()
    connection.close()
    assert dated == 3


def test_removed_charger_keeps_its_sessions_and_comes_back_with_them(ledger: Ledger) -> None:
    box = ledger.put_charger(WISH, NOON).result(WAIT_S)
    session = add_session(ledger, box.evse_ids[1])
    ledger.archive_charger(box.id, NOON + DAY).result(WAIT_S)
    (gone,) = ledger.chargers(identity="box-77").result(WAIT_S)
    assert gone.archived_at == NOON + DAY
    assert ledger.sessions_page(SessionFilter()).result(WAIT_S)[1][0].session == session
    back = replace(WISH, subentry_id="sub-2")
    taken = ledger.put_charger(back, NOON + 2 * DAY, take_over=gone.id).result(WAIT_S)
    assert (taken.id, taken.evse_ids, taken.archived_at) == (box.id, box.evse_ids, None)
    assert ledger.put_charger(back, NOON + 3 * DAY).result(WAIT_S).id == box.id
    last = ledger.last_session(taken.evse_ids[1]).result(WAIT_S)
    assert last is not None
    assert last.session == session
    actions = [one.action for one in ledger.audit_trail(subject_id=box.id).result(WAIT_S)]
    assert sorted(actions) == ["archive", "take_over"]


def test_charger_in_use_or_of_another_site_is_not_taken_over(ledger: Ledger) -> None:
    box = ledger.put_charger(WISH, NOON).result(WAIT_S)
    with pytest.raises(RefusedEditError, match="charger_in_use"):
        ledger.put_charger(replace(WISH, subentry_id="sub-2"), NOON, take_over=box.id).result(WAIT_S)
    add_site(ledger, site_id="01OTHER")
    elsewhere = replace(WISH, subentry_id="sub-2", site_id="01OTHER")
    with pytest.raises(RefusedEditError, match="other_site"):
        ledger.put_charger(elsewhere, NOON, take_over=box.id).result(WAIT_S)
    with pytest.raises(UnknownRecordError):
        ledger.put_charger(elsewhere, NOON, take_over="nothing").result(WAIT_S)
    assert [one.id for one in ledger.chargers().result(WAIT_S)] == [box.id]


def test_removed_site_takes_its_chargers_out_of_use_and_keeps_everything(ledger: Ledger, garage: str) -> None:
    session = add_session(ledger, garage)
    ledger.archive_site(SITE_ID, NOON).result(WAIT_S)
    assert [one.archived_at for one in ledger.sites().result(WAIT_S)] == [NOON]
    assert [one.archived_at for one in ledger.chargers(site_id=SITE_ID).result(WAIT_S)] == [NOON]
    assert ledger.sessions_page(SessionFilter()).result(WAIT_S)[1][0].session == session
    for unknown in (ledger.archive_site("nothing", NOON), ledger.archive_charger("nothing", NOON)):
        with pytest.raises(UnknownRecordError):
            unknown.result(WAIT_S)


def test_site_comes_back_under_a_new_name(ledger: Ledger) -> None:
    ledger.archive_site(SITE_ID, NOON).result(WAIT_S)
    site = SiteRecord(id=SITE_ID, name="Hytte", time_zone="Europe/Oslo", currency="NOK")
    ledger.put_site(site).result(WAIT_S)
    assert ledger.sites().result(WAIT_S) == (site,)


def test_versions_are_kept_and_the_archived_thing_comes_back(ledger: Ledger) -> None:
    def put(price: str, day: int) -> str:
        return (
            ledger.put_version(
                Kind.TARIFF,
                site_id=SITE_ID,
                subentry_id="tariff",
                name="Night",
                time_zone="Europe/Berlin",
                currency="EUR",
                data={"kind": "fixed", "price": price},
                valid_from=NOON + day * DAY,
            )
            .result(WAIT_S)
            .id
        )

    first = put("0.30", 0)
    assert put("0.30", 1) == first
    second = put("0.31", -5)
    ledger.archive_thing(Kind.TARIFF, "tariff", NOON).result(WAIT_S)
    old, new = ledger.versions(Kind.TARIFF).result(WAIT_S)
    assert (old.id, new.id, old.archived_at) == (first, second, NOON)
    assert old.valid_from < new.valid_from
    assert new.data == {"kind": "fixed", "price": "0.31"}
    assert put("0.31", 9) == second
    assert ledger.versions(Kind.TARIFF, newest_only=True).result(WAIT_S)[0].archived_at is None
    with pytest.raises(UnknownRecordError):
        ledger.archive_thing(Kind.PAYER, "nobody", NOON).result(WAIT_S)


def test_prices_of_a_span_come_with_what_held_at_its_begin(ledger: Ledger) -> None:
    tariff_id = (
        ledger.put_version(
            Kind.TARIFF,
            site_id=SITE_ID,
            subentry_id="tariff",
            name="Spot",
            time_zone="Europe/Berlin",
            data={},
            valid_from=NOON,
        )
        .result(WAIT_S)
        .thing_id
    )
    samples = [
        PriceSample(at=NOON - 2 * DAY, price_per_kwh=Decimal("0.1")),
        PriceSample(at=NOON - DAY, price_per_kwh=Decimal("-0.02")),
        PriceSample(at=NOON + QUARTER, price_per_kwh=None),
        PriceSample(at=NOON + 2 * QUARTER, kind=SampleKind.UNWATCHED),
        PriceSample(at=NOON + DAY, price_per_kwh=Decimal("0.9"), kind=SampleKind.HISTORY),
    ]
    intervals = [
        PriceInterval(start=NOON - QUARTER, end=NOON + QUARTER, price_per_kwh=Decimal("0.123456789012"), seen_at=NOON),
        PriceInterval(start=NOON - DAY, end=NOON, price_per_kwh=Decimal(1)),
    ]
    slots = [*map(PriceSlot.of_sample, samples), *map(PriceSlot.of_interval, intervals)]
    for _ in range(2):
        ledger.put_prices(tariff_id, "EUR", slots).result(WAIT_S)
    found = ledger.prices_of(tariff_id, NOON, NOON + DAY).result(WAIT_S)
    assert set(found) == {
        *map(PriceSlot.of_sample, samples[1:4]),
        PriceSlot.of_interval(intervals[0]),
    }
    assert list(found) == sorted(found, key=lambda slot: slot.start)
    changed = replace(intervals[0], price_per_kwh=Decimal(2), seen_at=NOON + DAY)
    ledger.put_prices(tariff_id, "EUR", [PriceSlot.of_interval(changed)]).result(WAIT_S)
    assert PriceSlot.of_interval(changed) in ledger.prices_of(tariff_id, NOON, NOON + QUARTER).result(WAIT_S)


_VALUES = st.none() | st.integers(-(10**9), 10**9).map(lambda value: value / 1000)
_SAMPLES = st.lists(
    st.builds(
        TraceSample,
        at=st.integers(-(10**15), 4 * 10**15).map(lambda us: NOON + timedelta(microseconds=us // 1000)),
        register_mwh=st.none() | st.integers(-(2**62), 2**62),
        power_w=_VALUES,
        grid_power_w=_VALUES,
        limit_a=_VALUES,
    ),
    max_size=40,
)


@given(_SAMPLES)
def test_trace_comes_back_as_it_was(samples: list[TraceSample]) -> None:
    assert unpacked(packed(samples)) == samples


def test_trace_of_a_night_is_small_and_read_in_order(ledger: Ledger, garage: str) -> None:
    session = add_session(ledger, garage)
    samples = [
        TraceSample(
            at=NOON + number * timedelta(seconds=10),
            register_mwh=10_000_000_000 + number * 30_667,
            power_w=11_040.0 + number % 3,
            limit_a=16.0,
        )
        for number in range(8 * 360)
    ]
    ledger.append_trace(session.id, samples[1_000:]).result(WAIT_S)
    ledger.append_trace(session.id, samples[:1_000]).result(WAIT_S)
    ledger.append_trace(session.id, []).result(WAIT_S)
    assert ledger.trace_of(session.id).result(WAIT_S) == tuple(samples)
    assert len(packed(samples)) < 2 * len(samples)


def test_what_grows_with_time_is_pruned_and_sessions_are_not(ledger: Ledger, garage: str) -> None:
    session = add_session(ledger, garage)
    ledger.append_trace(session.id, [TraceSample(at=NOON)]).result(WAIT_S)
    step = StepRecord(
        evse_id=garage,
        at=NOON,
        events=(SessionEvent(type=SessionEventType.CONNECTED, at=NOON, session_id=session.id),),
        checkpoints=tuple(
            Checkpoint(at=NOON + hours * timedelta(hours=1), register_mwh=hours, cleaned_mwh=hours)
            for hours in range(72)
        ),
    )
    ledger.commit_step(replace(step, notes=({"action": "register_dip"},))).result(WAIT_S)
    ledger.update_session(session.id, {"note": "kept"}, who="ann", at=NOON).result(WAIT_S)
    assert set(ledger.prune(NOON + DAY).result(WAIT_S).values()) == {0}
    # Noon to midnight, two whole days, midnight to eleven: the last of each of the four days stays.
    pruned = ledger.prune(NOON + 60 * DAY).result(WAIT_S)
    assert pruned["register_checkpoint"] == 72 - 4
    assert ledger.prune(NOON + 60 * DAY).result(WAIT_S)["register_checkpoint"] == 0
    old = ledger.prune(NOON + 800 * DAY).result(WAIT_S)
    assert (old["trace_chunk"], old["audit"]) == (1, 1)
    assert [one.who for one in ledger.audit_trail().result(WAIT_S)] == ["ann"]
    soon = ledger.prune(NOON + 800 * DAY, Retention(events=DAY)).result(WAIT_S)
    assert soon["session_event"] == 1
    assert ledger.trace_of(session.id).result(WAIT_S) == ()
    assert ledger.sessions_page(SessionFilter()).result(WAIT_S)[1][0].session == session


def test_audit_trail_is_read_in_pages_newest_first(ledger: Ledger, garage: str) -> None:
    session = add_session(ledger, garage)
    for number in range(5):
        ledger.update_session(session.id, {"note": str(number)}, who="ann", at=NOON + number * DAY).result(WAIT_S)
    page = ledger.audit_trail(site_id=SITE_ID, since=NOON + DAY, limit=2, offset=1).result(WAIT_S)
    assert [one.new["note"] for one in page] == ["3", "2"]
    assert add_charger(ledger) == garage


def test_who_limited_a_circuit_is_kept_for_two_years_and_found_by_who_it_was(ledger: Ledger) -> None:
    add_site(ledger)
    for day, who in ((0, OUTSIDE), (0, "somebody"), (10, OUTSIDE)):
        ledger.put_audit(
            site_id=SITE_ID, at=NOON + day * DAY, who=who, action=LIMITED, subject="circuit", subject_id="barn", new={}
        ).result(WAIT_S)
    ledger.prune(NOON + 730 * DAY).result(WAIT_S)
    assert len(ledger.audit_trail(who=OUTSIDE).result(WAIT_S)) == 2
    ledger.prune(NOON + 732 * DAY).result(WAIT_S)
    assert [one.at for one in ledger.audit_trail(who=OUTSIDE).result(WAIT_S)] == [NOON + 10 * DAY]
    assert [one.who for one in ledger.audit_trail().result(WAIT_S)] == [OUTSIDE, "somebody"]
