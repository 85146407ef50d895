"""What must hold for every price history: told in any order, split anywhere, costed again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st

from custom_components.ev_sessions.core.costing.cost import CostTally, priced, reprice
from custom_components.ev_sessions.core.energy import split
from custom_components.ev_sessions.core.moment import us_of
from custom_components.ev_sessions.core.money import add, cost_of
from custom_components.ev_sessions.core.prices.price import (
    UNKNOWN_PRICE,
    GapRule,
    GapRuleKind,
    PriceAt,
    PriceInterval,
    PriceSample,
    SampleKind,
    TimelineRules,
)
from custom_components.ev_sessions.core.prices.timeline import PriceTimeline, quarter_hour_start
from custom_components.ev_sessions.core.reading import Activity
from custom_components.ev_sessions.core.sessions.session import ChargingPeriod, PriceBasis
from custom_components.ev_sessions.core.tariff import Tariff, TimelinePrice

ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")]
#: Half an hour before each of these the clocks of a zone above are changed, or nothing happens.
NIGHTS = [
    datetime(2026, 11, 20, 10, 30, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    datetime(2026, 3, 8, 7, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
    datetime(2026, 4, 4, 15, 30, tzinfo=UTC),
    datetime(2026, 10, 3, 16, tzinfo=UTC),
]

PRICES = st.decimals(min_value=Decimal(-1), max_value=Decimal(2), places=2)
SECONDS = st.one_of(
    st.integers(min_value=-3600, max_value=7200),
    # Around the quarter hours is where things go wrong.
    st.builds(lambda quarter, late: quarter * 900 + late, st.integers(-4, 8), st.integers(-2, 125)),
)
GAPS = st.sampled_from(
    [
        GapRule(),
        GapRule(kind=GapRuleKind.HOLD, max_s=700),
        GapRule(kind=GapRuleKind.FALLBACK, price_per_kwh=Decimal("0.77")),
    ]
)


@st.composite
def told(draw: st.DrawFn) -> tuple[TimelineRules, list[PriceSample], list[PriceInterval], datetime]:
    """Return rules, what a timeline is told, and a night around which it happens."""
    night = draw(st.sampled_from(NIGHTS))
    rules = TimelineRules(zone=draw(st.sampled_from(ZONES)), gap=draw(GAPS), boundary_snap=draw(st.booleans()))
    samples = [
        PriceSample(
            at=night + timedelta(seconds=seconds),
            price_per_kwh=None if kind is SampleKind.UNWATCHED else price,
            kind=kind,
        )
        for seconds, kind, price in draw(
            st.lists(st.tuples(SECONDS, st.sampled_from(SampleKind), st.none() | PRICES), max_size=14)
        )
    ]
    intervals = [
        PriceInterval(
            start=night + timedelta(seconds=start),
            end=night + timedelta(seconds=start + length),
            price_per_kwh=price,
            seen_at=night + timedelta(hours=learned),
        )
        for start, length, price, learned in draw(
            st.lists(st.tuples(SECONDS, st.sampled_from([300, 900, 3600]), PRICES, st.integers(0, 3)), max_size=6)
        )
    ]
    return rules, samples, intervals, night


type Told = tuple[TimelineRules, list[PriceSample], list[PriceInterval], datetime]


def timeline_of(case: Told) -> PriceTimeline:
    rules, samples, intervals, _ = case
    return PriceTimeline(rules=rules).with_samples(samples).with_intervals(intervals)


def tariff_of(rules: TimelineRules) -> Tariff:
    read = TimelinePrice(source="sensor.price", gap=rules.gap, boundary_snap=rules.boundary_snap)
    return Tariff.with_price(read, currency="EUR", time_zone=str(rules.zone))


def plainly(case: Told, at: datetime) -> PriceAt:
    """Say the price at an instant by reading the rules aloud, without looking at the timeline's code."""
    rules, samples, intervals, _ = case
    covering = [one for one in intervals if one.start <= at < one.end]
    if covering:
        best = max(covering, key=lambda one: (one.seen_at, one.price_per_kwh))
        return PriceAt(best.price_per_kwh, PriceBasis.INTERVAL)
    answer, watched = UNKNOWN_PRICE, False
    showing: Decimal | None = None
    known: Decimal | None = None
    lost_at: datetime | None = None
    for sample in sorted(samples, key=lambda one: one.order):
        if sample.kind is SampleKind.HISTORY and watched:
            continue
        new = showing if sample.kind is SampleKind.UNWATCHED else sample.price_per_kwh
        since = sample.at
        came = new is not None and known is not None and new != showing
        if rules.boundary_snap and came:
            boundary = quarter_hour_start(since, rules.zone)
            since = boundary if since - boundary <= timedelta(minutes=2) else since
        if sample.kind is SampleKind.UNWATCHED:
            basis = PriceBasis.HELD if watched else None
        else:
            basis = PriceBasis.STATE if sample.kind is SampleKind.SEEN else PriceBasis.HISTORY
        watched = sample.kind is SampleKind.SEEN
        if new is None and showing is not None:
            lost_at = sample.at
        known, showing = showing if showing is not None else known, new
        known = new if new is not None else known
        if since > at:
            continue
        if new is not None:
            answer = answer if basis is None else PriceAt(new, basis)
        else:
            answer = in_gap(rules.gap, known, lost_at, at)
    return answer


def in_gap(gap: GapRule, known: Decimal | None, lost_at: datetime | None, at: datetime) -> PriceAt:
    if known is None or lost_at is None:
        return UNKNOWN_PRICE
    if gap.kind is GapRuleKind.FALLBACK:
        return PriceAt(gap.price_per_kwh, PriceBasis.FIXED)
    if gap.kind is GapRuleKind.HOLD and (at - lost_at).total_seconds() < gap.max_s:
        return PriceAt(known, PriceBasis.HELD)
    return UNKNOWN_PRICE


@given(told(), st.lists(SECONDS, min_size=1, max_size=20))
def test_the_timeline_says_what_the_rules_say(case: Told, seconds: list[int]) -> None:
    timeline = timeline_of(case)
    for second in seconds:
        at = case[3] + timedelta(seconds=second)
        assert timeline.price_at(at) == plainly(case, at)


@given(told(), st.randoms(use_true_random=False))
def test_the_order_of_telling_changes_nothing(case: Told, random: Random) -> None:
    rules, samples, intervals, _ = case
    at_once = timeline_of(case)
    random.shuffle(samples)
    random.shuffle(intervals)
    one_by_one = PriceTimeline(rules=rules)
    for sample in samples:
        one_by_one = one_by_one.with_sample(sample)
    for interval in intervals:
        one_by_one = one_by_one.with_intervals([interval])
    assert one_by_one == at_once
    assert all(one.end <= other.start for one, other in pairwise(at_once.intervals))


@given(told())
def test_segments_cover_the_span_and_say_what_each_instant_says(case: Told) -> None:
    timeline, night = timeline_of(case), case[3]
    start, end = night - timedelta(hours=1), night + timedelta(hours=3)
    segments = timeline.segments(start, end)
    assert segments[0].start == start
    assert segments[-1].end == end
    for one, other in pairwise(segments):
        assert one.end == other.start
        assert one.price != other.price
    for segment in segments:
        for at in (segment.start, segment.end - timedelta(microseconds=1)):
            assert timeline.price_at(at) == segment.price


@given(told(), SECONDS, st.lists(SECONDS, max_size=10))
def test_pruning_changes_no_price_since(case: Told, before: int, later: list[int]) -> None:
    timeline = timeline_of(case)
    since = case[3] + timedelta(seconds=before)
    pruned = timeline.pruned(since)
    for second in [0, *later]:
        at = since + timedelta(seconds=abs(second))
        assert pruned.price_at(at) == timeline.price_at(at)


@given(told())
def test_the_ledgers_slots_give_the_same_timeline(case: Told) -> None:
    timeline, empty = timeline_of(case), PriceTimeline(rules=case[0])
    assert empty.with_slots(timeline.slots_since(empty)) == timeline


def periods_of(case: Told, energies: list[int]) -> list[ChargingPeriod]:
    """Return quarter hours from an hour before the night, priced."""
    timeline, tariff = timeline_of(case), tariff_of(case[0])
    periods = []
    for index, energy_mwh in enumerate(energies):
        start = case[3] + timedelta(minutes=15 * (index - 4))
        period = ChargingPeriod(
            index=index,
            start=start,
            end=start + timedelta(minutes=15),
            duration_ms=900_000,
            activity=Activity.CHARGING,
            energy_mwh=energy_mwh,
        )
        periods.append(priced(period, tariff, timeline))
    return periods


ENERGIES = st.lists(st.integers(min_value=0, max_value=6_000_000), max_size=10)


@given(told(), ENERGIES)
def test_costing_again_gives_the_same_figure(case: Told, energies: list[int]) -> None:
    periods = periods_of(case, energies)
    assert reprice(periods, tariff_of(case[0]), timeline_of(case), unpriced_only=False) == ()


@given(told(), ENERGIES, st.randoms(use_true_random=False))
def test_a_tally_is_the_same_in_any_order_and_after_any_change(case: Told, energies: list[int], random: Random) -> None:
    periods = periods_of(case, energies)
    tally = CostTally("EUR")
    drafts = [replace(period, energy_mwh=7, price_per_kwh=Decimal(1)) for period in periods]
    random.shuffle(drafts)
    for period in [*drafts, *periods]:
        tally.put(period)
    plain = sum(
        (cost_of(one.energy_mwh, one.price_per_kwh) for one in periods if one.price_per_kwh is not None), Decimal(0)
    )
    assert tally.total.amount == plain
    assert tally.energy_mwh == sum(energies)
    assert tally.unpriced_mwh == sum(one.energy_mwh for one in periods if one.price_per_kwh is None)


@given(told(), st.integers(min_value=0, max_value=6_000_000), st.integers(min_value=1, max_value=899))
def test_cutting_a_period_at_one_price_never_changes_its_cost(case: Told, energy_mwh: int, second: int) -> None:
    for whole in periods_of(case, [energy_mwh] * 8):
        tariff, timeline = tariff_of(case[0]), timeline_of(case)
        if tariff.cut_instants(whole.start, whole.end, timeline) or whole.price_per_kwh is None:
            continue
        at = whole.start + timedelta(seconds=second)
        first_mwh, second_mwh = split(energy_mwh, [second, 900 - second])
        first = priced(replace(whole, end=at, energy_mwh=first_mwh), tariff, timeline)
        rest = priced(replace(whole, start=at, energy_mwh=second_mwh), tariff, timeline)
        assert first.price_per_kwh is not None
        assert rest.price_per_kwh is not None
        cost = add(cost_of(first_mwh, first.price_per_kwh), cost_of(second_mwh, rest.price_per_kwh))
        assert cost == cost_of(energy_mwh, whole.price_per_kwh)


@given(told(), ENERGIES)
def test_cutting_where_the_price_changes_costs_what_the_mean_price_costs(case: Told, energies: list[int]) -> None:
    """But for the last digit of the mean and the thousandth of a Wh that a cut cannot share."""
    tariff, timeline = tariff_of(case[0]), timeline_of(case)
    for whole in periods_of(case, energies):
        segments = tariff.segments(whole.start, whole.end, timeline)
        if whole.price_per_kwh is None:
            assert any(segment.price.price_per_kwh is None for segment in segments)
            continue
        parts = split(whole.energy_mwh, [us_of(one.end) - us_of(one.start) for one in segments])
        cost = Decimal(0)
        for energy_mwh, segment in zip(parts, segments, strict=True):
            assert segment.price.price_per_kwh is not None
            cost = add(cost, cost_of(energy_mwh, segment.price.price_per_kwh))
        assert abs(cost - cost_of(whole.energy_mwh, whole.price_per_kwh)) <= Decimal("0.00002")


@given(told(), ENERGIES, st.integers(min_value=0, max_value=13), st.decimals(min_value=0, max_value=1, places=2))
def test_raising_a_price_never_lowers_a_cost(case: Told, energies: list[int], place: int, rise: Decimal) -> None:
    rules, samples, intervals, night = case
    intervals = [replace(one, price_per_kwh=one.price_per_kwh + rise) for one in intervals]
    dearer = [
        one if one.price_per_kwh is None or index > place else replace(one, price_per_kwh=one.price_per_kwh + rise)
        for index, one in enumerate(samples)
    ]
    # What may be dated back to the quarter hour depends on whether a price changed at all, so here nothing is.
    rules = replace(rules, boundary_snap=False)
    before = CostTally.of("EUR", periods_of((rules, samples, case[2], night), energies))
    after = CostTally.of("EUR", periods_of((rules, dearer, intervals, night), energies))
    assert after.unpriced_mwh == before.unpriced_mwh
    assert after.total.amount >= before.total.amount


@given(told(), SECONDS)
def test_the_snap_only_reaches_back_to_a_quarter_hour_of_local_time(case: Told, second: int) -> None:
    zone = case[0].zone
    at = case[3] + timedelta(seconds=second)
    boundary = quarter_hour_start(at, zone)
    assert timedelta(0) <= at - boundary < timedelta(minutes=15)
    local = boundary.astimezone(zone)
    assert (local.minute % 15, local.second, local.microsecond) == (0, 0, 0)
