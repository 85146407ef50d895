"""What the price timeline knows, and what it does not pretend to know."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from custom_components.ev_sessions.core.prices import timeline as price_timeline
from custom_components.ev_sessions.core.prices.price import (
    UNKNOWN_PRICE,
    GapRule,
    GapRuleKind,
    PriceAt,
    PriceInterval,
    PriceSample,
    PriceSegment,
    PriceSlot,
    SampleKind,
    TimelineRules,
)
from custom_components.ev_sessions.core.prices.timeline import PriceTimeline, quarter_hour_start
from custom_components.ev_sessions.core.sessions.session import PriceBasis

BERLIN = ZoneInfo("Europe/Berlin")
HOLD = GapRule(kind=GapRuleKind.HOLD, max_s=600)
FALLBACK = GapRule(kind=GapRuleKind.FALLBACK, price_per_kwh=Decimal("0.40"))


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-20T{clock}+00:00")


def seen(clock: str, price: str | None) -> PriceSample:
    return PriceSample(at=at(clock), price_per_kwh=None if price is None else Decimal(price))


def past(clock: str, price: str | None) -> PriceSample:
    price_per_kwh = None if price is None else Decimal(price)
    return PriceSample(at=at(clock), price_per_kwh=price_per_kwh, kind=SampleKind.HISTORY)


def interval(start: str, end: str, price: str, learned: str = "09:00") -> PriceInterval:
    return PriceInterval(start=at(start), end=at(end), price_per_kwh=Decimal(price), seen_at=at(learned))


def timeline(*samples: PriceSample, gap: GapRule | None = None, boundary_snap: bool = True) -> PriceTimeline:
    rules = TimelineRules(zone=BERLIN, gap=gap or GapRule(), boundary_snap=boundary_snap)
    return PriceTimeline(rules=rules).with_samples(samples)


def price(text: str, basis: str) -> PriceAt:
    return PriceAt(Decimal(text), PriceBasis(basis))


def told(known: PriceTimeline, start: str, end: str) -> list[tuple[str, str | None, str]]:
    """Return the segments of a span as (start, price, basis)."""
    segments = known.segments(at(start), at(end))
    assert all(segment.start < segment.end for segment in segments)
    assert [segment.end for segment in segments[:-1]] == [segment.start for segment in segments[1:]]
    assert segments[-1].end == at(end)
    return [
        (
            f"{segment.start:%H:%M:%S}",
            None if segment.price.price_per_kwh is None else str(segment.price.price_per_kwh),
            segment.price.basis.value,
        )
        for segment in segments
    ]


def test_before_the_first_price_nothing_is_known() -> None:
    assert timeline().price_at(at("10:00")) == UNKNOWN_PRICE
    for gap in (GapRule(), HOLD, FALLBACK):
        known = timeline(seen("10:00:05", "0.30"), gap=gap)
        assert known.price_at(at("10:00:04")) == UNKNOWN_PRICE
        assert known.price_at(at("10:00:05")) == price("0.30", "state")


def test_a_price_counts_until_the_next() -> None:
    known = timeline(seen("10:05", "0.30"), seen("10:35", "0.20"))
    assert told(known, "10:00", "11:00") == [
        ("10:00:00", None, "none"),
        ("10:05:00", "0.30", "state"),
        ("10:35:00", "0.20", "state"),
    ]


def test_zero_and_negative_prices_are_prices() -> None:
    known = timeline(seen("10:05", "0"), seen("10:20", "-0.10"), gap=FALLBACK)
    assert known.price_at(at("10:10")) == price("0", "state")
    assert known.price_at(at("11:00")) == price("-0.10", "state")


@pytest.mark.parametrize(
    ("change", "counts_from"),
    [("10:15:00", "10:15:00"), ("10:16:59", "10:15:00"), ("10:17:00", "10:15:00"), ("10:17:01", "10:17:01")],
)
def test_a_change_up_to_two_minutes_late_counts_from_the_quarter_hour(change: str, counts_from: str) -> None:
    known = timeline(seen("10:05", "0.30"), seen(change, "0.20"))
    assert told(known, "10:06", "10:30")[-1] == (counts_from, "0.20", "state")


def test_the_quarter_hour_snap_can_be_turned_off() -> None:
    known = timeline(seen("10:05", "0.30"), seen("10:15:20", "0.20"), boundary_snap=False)
    assert told(known, "10:06", "10:30")[-1] == ("10:15:20", "0.20", "state")
    again = known.with_rules(TimelineRules(zone=BERLIN))
    assert told(again, "10:06", "10:30")[-1] == ("10:15:00", "0.20", "state")
    assert again == timeline(*known.samples)


def test_an_entity_that_is_gone_for_a_moment_at_the_quarter_hour_leaves_no_hole() -> None:
    known = timeline(seen("10:05", "0.30"), seen("10:15:02", None), seen("10:15:20", "0.20"))
    assert told(known, "10:06", "10:30") == [("10:06:00", "0.30", "state"), ("10:15:00", "0.20", "state")]


def test_the_second_price_after_a_quarter_hour_overtakes_the_first() -> None:
    known = timeline(seen("10:15:05", "0.30"), seen("10:15:30", "0.20"))
    assert told(known, "10:14", "10:30") == [("10:14:00", None, "none"), ("10:15:00", "0.20", "state")]


def test_the_snap_is_to_the_quarter_hours_of_the_sites_own_clock() -> None:
    rules = TimelineRules(zone=timezone(timedelta(minutes=7)))
    known = PriceTimeline(rules=rules).with_samples([seen("10:05", "0.30"), seen("10:08:30", "0.20")])
    assert told(known, "10:06", "10:30")[-1] == ("10:08:00", "0.20", "state")


def test_a_loss_is_not_dated_back() -> None:
    known = timeline(seen("10:05", "0.30"), seen("10:15:20", None))
    assert told(known, "10:06", "10:30") == [("10:06:00", "0.30", "state"), ("10:15:20", None, "none")]


def test_the_same_price_again_changes_nothing() -> None:
    known = timeline(seen("10:05", "0.30"), seen("10:15:20", "0.30"), seen("10:20", "0.30"))
    assert told(known, "10:06", "10:30") == [("10:06:00", "0.30", "state")]


def test_a_lost_price_is_unpriced_by_default() -> None:
    known = timeline(seen("10:05", "0.30"), seen("10:20", None), seen("10:50", "0.30"))
    assert told(known, "10:06", "11:00") == [
        ("10:06:00", "0.30", "state"),
        ("10:20:00", None, "none"),
        ("10:50:00", "0.30", "state"),
    ]


def test_hold_ends_after_its_time_from_the_loss() -> None:
    """A second "unknown" on the way does not start the time again."""
    known = timeline(seen("10:05", "0.30"), seen("10:20", None), seen("10:25", None), gap=HOLD)
    assert told(known, "10:06", "11:00") == [
        ("10:06:00", "0.30", "state"),
        ("10:20:00", "0.30", "held"),
        ("10:30:00", None, "none"),
    ]


def test_fallback_lasts_until_the_price_is_back() -> None:
    known = timeline(seen("10:05", "0.30"), seen("10:20", None), seen("10:50", "0.25"), gap=FALLBACK)
    assert told(known, "10:06", "11:00") == [
        ("10:06:00", "0.30", "state"),
        ("10:20:00", "0.40", "fixed"),
        ("10:50:00", "0.25", "state"),
    ]


def test_a_source_that_never_had_a_price_is_not_priced_by_a_rule() -> None:
    for gap in (HOLD, FALLBACK):
        assert timeline(seen("10:05", None), gap=gap).price_at(at("10:06")) == UNKNOWN_PRICE


def test_while_nobody_watched_the_last_price_is_held() -> None:
    known = timeline(seen("10:05", "0.30")).with_watch_stopped(at("10:20")).with_sample(seen("10:50", "0.20"))
    assert told(known, "10:06", "11:00") == [
        ("10:06:00", "0.30", "state"),
        ("10:20:00", "0.30", "held"),
        ("10:50:00", "0.20", "state"),
    ]


def test_the_recorders_history_fills_what_nobody_watched_and_nothing_else() -> None:
    known = timeline(
        past("10:06", "9.99"),  # was watched: what was seen counts
        past("10:30:40", "0.25"),
        past("10:40", None),
        past("10:52", "9.99"),
        seen("10:05", "0.30"),
        seen("10:50", "0.20"),
    ).with_watch_stopped(at("10:20"))
    assert told(known, "10:06", "11:00") == [
        ("10:06:00", "0.30", "state"),
        ("10:20:00", "0.30", "held"),
        ("10:30:00", "0.25", "history"),
        ("10:40:00", None, "none"),
        ("10:50:00", "0.20", "state"),
    ]


def test_history_before_the_first_look_counts() -> None:
    known = timeline(past("09:00", "0.22"), seen("10:05", "0.30"))
    assert told(known, "08:00", "11:00") == [
        ("08:00:00", None, "none"),
        ("09:00:00", "0.22", "history"),
        ("10:05:00", "0.30", "state"),
    ]


def test_a_stop_without_a_price_holds_nothing() -> None:
    known = timeline(seen("10:05", "0.30"), seen("10:10", None)).with_watch_stopped(at("10:20"))
    assert known.price_at(at("10:30")) == UNKNOWN_PRICE
    assert timeline().with_watch_stopped(at("10:20")).price_at(at("10:30")) == UNKNOWN_PRICE
    held = timeline(seen("10:05", "0.30"), seen("10:10", None), gap=HOLD).with_watch_stopped(at("10:12"))
    assert told(held, "10:06", "11:00") == [
        ("10:06:00", "0.30", "state"),
        ("10:10:00", "0.30", "held"),
        ("10:20:00", None, "none"),
    ]


def test_two_stops_are_one() -> None:
    once = timeline(seen("10:05", "0.30")).with_watch_stopped(at("10:20"))
    twice = once.with_watch_stopped(at("10:25"))
    assert told(twice, "10:06", "11:00") == told(once, "10:06", "11:00")


def test_the_sources_intervals_come_before_its_state() -> None:
    known = timeline(seen("10:05", "0.30")).with_intervals([interval("10:15", "10:30", "0.10")])
    assert told(known, "10:06", "11:00") == [
        ("10:06:00", "0.30", "state"),
        ("10:15:00", "0.10", "interval"),
        ("10:30:00", "0.30", "state"),
    ]


def test_of_overlapping_intervals_what_was_learned_later_counts() -> None:
    hour = interval("10:00", "12:00", "0.30", "08:00")
    quarter = interval("10:30", "10:45", "0.10", "09:00")
    for order in ([hour, quarter], [quarter, hour]):
        known = timeline()
        for one in order:
            known = known.with_intervals([one])
        assert told(known, "10:00", "12:00") == [
            ("10:00:00", "0.30", "interval"),
            ("10:30:00", "0.10", "interval"),
            ("10:45:00", "0.30", "interval"),
        ]
        assert known.intervals == (
            interval("10:00", "10:30", "0.30", "08:00"),
            quarter,
            interval("10:45", "12:00", "0.30", "08:00"),
        )


def test_of_contradicting_intervals_of_one_instant_the_dearer_counts() -> None:
    known = timeline().with_intervals([interval("10:00", "11:00", "0.30"), interval("10:00", "11:00", "0.20")])
    assert known.price_at(at("10:00")) == price("0.30", "interval")


def test_equal_neighbours_are_one_interval_also_when_they_come_apart() -> None:
    known = timeline().with_intervals([interval("10:15", "10:30", "0.10")])
    known = known.with_intervals([interval("10:30", "10:45", "0.10")]).with_intervals(
        [interval("10:00", "10:15", "0.10")]
    )
    assert known.intervals == (interval("10:00", "10:45", "0.10"),)


def test_a_hole_between_intervals_is_none_of_them() -> None:
    known = timeline().with_intervals([interval("10:00", "10:15", "0.10"), interval("10:30", "10:45", "0.20")])
    assert told(known, "09:45", "11:00") == [
        ("09:45:00", None, "none"),
        ("10:00:00", "0.10", "interval"),
        ("10:15:00", None, "none"),
        ("10:30:00", "0.20", "interval"),
        ("10:45:00", None, "none"),
    ]


def test_empty_and_reversed_intervals_say_nothing() -> None:
    known = timeline()
    assert known.with_intervals([interval("10:00", "10:00", "1"), interval("10:15", "10:00", "1")]) is known
    assert known.with_samples([]) is known
    assert known.segments(at("10:00"), at("10:00")) == ()
    assert known.segments(at("11:00"), at("10:00")) == ()


def test_a_sample_that_comes_late_takes_its_place() -> None:
    known = timeline(seen("10:05", "0.30"), seen("10:50", "0.20")).with_sample(seen("10:20", "0.25"))
    assert told(known, "10:06", "11:00") == [
        ("10:06:00", "0.30", "state"),
        ("10:20:00", "0.25", "state"),
        ("10:50:00", "0.20", "state"),
    ]


def test_of_two_states_at_one_instant_a_price_beats_none_and_the_dearer_counts() -> None:
    for order in ((None, "0.30", "0.20"), ("0.30", "0.20", None)):
        known = timeline()
        for one in order:
            known = known.with_sample(seen("10:05", one))
        assert known.price_at(at("10:05")) == price("0.30", "state")
        assert len(known.samples) == 1


@pytest.mark.parametrize(
    ("zone", "instant", "boundary"),
    [
        ("Europe/Berlin", "2026-11-20T10:16:30+00:00", "2026-11-20T10:15:00+00:00"),
        ("Europe/Berlin", "2026-10-25T01:00:40+00:00", "2026-10-25T01:00:00+00:00"),  # 02:00 for the second time
        ("Europe/Berlin", "2026-03-29T01:00:40+00:00", "2026-03-29T01:00:00+00:00"),  # 02:00 became 03:00
        ("America/New_York", "2026-11-01T06:01:00+00:00", "2026-11-01T06:00:00+00:00"),
        ("America/New_York", "2026-03-08T07:00:10+00:00", "2026-03-08T07:00:00+00:00"),
        ("Australia/Lord_Howe", "2026-04-04T15:00:40+00:00", "2026-04-04T15:00:00+00:00"),  # back by half an hour
        ("Australia/Lord_Howe", "2026-10-03T15:30:40+00:00", "2026-10-03T15:30:00+00:00"),
        ("Asia/Kathmandu", "2026-11-20T10:15:30.123456+00:00", "2026-11-20T10:15:00+00:00"),
        ("Africa/Monrovia", "1970-01-01T00:50:00+00:00", "1970-01-01T00:44:30+00:00"),  # was 44:30 behind
    ],
)
def test_the_quarter_hour_is_that_of_the_clock_on_the_wall(zone: str, instant: str, boundary: str) -> None:
    start = quarter_hour_start(datetime.fromisoformat(instant), ZoneInfo(zone))
    assert start == datetime.fromisoformat(boundary)
    assert start.tzinfo is UTC


def test_after_the_clock_was_set_back_the_future_that_was_seen_hides_nothing() -> None:
    known = timeline(seen("10:00:20", "0.30"), seen("11:00:10", "0.20"), seen("11:06", "0.25"))
    assert known.with_clock_set_back(at("11:06")) is known
    mended = known.with_clock_set_back(at("10:07")).with_sample(seen("11:00:10", "0.50"))
    assert told(mended, "10:00", "12:00") == [
        ("10:00:00", None, "none"),
        ("10:00:20", "0.30", "state"),
        ("10:07:00", "0.25", "state"),
        ("11:00:00", "0.50", "state"),
    ]


def test_pruning_keeps_what_may_still_be_held() -> None:
    known = timeline(
        seen("08:05", "0.10"), seen("09:05", "0.30"), seen("09:10", None), seen("10:05", "0.20"), gap=FALLBACK
    ).with_intervals([interval("08:00", "08:15", "0.1"), interval("09:20", "09:30", "0.2")])
    pruned = known.pruned(at("09:15"))
    assert [sample.at for sample in pruned.samples] == [at("09:05"), at("09:10"), at("10:05")]
    assert pruned.intervals == known.intervals[1:]
    assert told(pruned, "09:15", "11:00") == told(known, "09:15", "11:00")
    assert pruned.price_at(at("08:06")) == UNKNOWN_PRICE
    assert known.pruned(at("08:00")).samples == known.samples


def test_a_source_that_never_rests_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_timeline, "MOST_SAMPLES", 40)
    monkeypatch.setattr(price_timeline, "MOST_INTERVALS", 40)
    known = timeline()
    for place in range(200):
        start = at("00:00") + timedelta(minutes=place)
        known = known.with_sample(PriceSample(at=start, price_per_kwh=Decimal(place)))
        one = PriceInterval(start=start, end=start + timedelta(seconds=1), price_per_kwh=Decimal(place))
        known = known.with_intervals([one])
        assert len(known.samples) <= 40
        assert len(known.intervals) <= 40
    assert known.price_at(at("03:19:30")) == price("199", "state")
    assert known.price_at(at("02:50:30")) == price("170", "state")


def test_the_ledger_keeps_slots_and_gives_the_timeline_back() -> None:
    empty = timeline()
    known = (
        timeline(seen("10:05", "0.30"), seen("10:10", None), past("10:40", "0.25"), seen("10:50", "0.20"))
        .with_watch_stopped(at("10:20"))
        .with_intervals([interval("10:15", "10:30", "0.10"), interval("11:00", "12:00", "0.20")])
    )
    slots = known.slots_since(empty)
    assert [(f"{slot.start:%H:%M}", slot.basis.value) for slot in slots] == [
        ("10:05", "state"),
        ("10:10", "state"),
        ("10:15", "interval"),
        ("10:20", "held"),
        ("10:40", "history"),
        ("10:50", "state"),
        ("11:00", "interval"),
    ]
    assert empty.with_slots(reversed(slots)) == known
    assert known.slots_since(known) == ()
    grown = known.with_sample(seen("11:10", "0.5"))
    assert grown.slots_since(known) == (PriceSlot.of_sample(seen("11:10", "0.5")),)
    assert PriceSlot.of_sample(seen("10:05", "0.30")).seen_at == at("10:05")
    assert PriceSlot.of_interval(interval("11:00", "12:00", "0.20")).to_sample() is None
    assert PriceSlot.of_sample(seen("10:05", "0.30")).to_interval() is None


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        ({"rule": "unpriced"}, GapRule()),
        ({"rule": "hold", "max_s": 600.0}, HOLD),
        ({"rule": "fallback", "price": "0.4"}, FALLBACK),
    ],
)
def test_gap_rules_are_read_as_they_are_written(data: dict[str, object], rule: GapRule) -> None:
    assert GapRule.from_data(data) == rule
    assert rule.to_data() == data
    assert GapRule.from_data({}) == GapRule()
    assert replace(rule, kind=GapRuleKind.UNPRICED, price_per_kwh=Decimal(1)).to_data() == {"rule": "unpriced"}


def test_a_segment_is_what_it_says() -> None:
    known = timeline(seen("10:05", "0.30"))
    assert known.segments(at("10:05"), at("10:06")) == (
        PriceSegment(start=at("10:05"), end=at("10:06"), price=price("0.30", "state")),
    )
