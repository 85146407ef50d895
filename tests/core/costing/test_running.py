"""A session costs the same whether it is looked at once at its end, or at every reading while it goes on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_sessions.core.costing import Circumstances, cost_of_usage
from custom_components.ev_sessions.core.costing.reading import usage_of_session, usage_parts
from custom_components.ev_sessions.core.costing.running import RunningCost
from custom_components.ev_sessions.core.costing.session_cost import SessionCost, nano_of, nano_parts
from custom_components.ev_sessions.core.money import NANO_PER_UNIT, Money, cost_of
from custom_components.ev_sessions.core.prices.price import PriceAt, PriceSample
from custom_components.ev_sessions.core.reading import Activity
from custom_components.ev_sessions.core.sessions.session import ChargingPeriod, PriceBasis
from custom_components.ev_sessions.core.sessions.trace import TraceSample
from custom_components.ev_sessions.core.tariff import Tariff, TimelinePrice
from custom_components.ev_sessions.core.tariff.reading import tariff_from_ocpi

from .bench import BERLIN, element, part, tariff
from .test_properties import STARTS, TARIFFS, ZONES

EVENING = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
ACTIVITIES = [Activity.CHARGING, Activity.SUSPENDED_EV, Activity.SUSPENDED_EVSE, Activity.FINISHING]


def session_of(*told: tuple[int, int, Activity], start: datetime = EVENING) -> list[ChargingPeriod]:
    """Return periods that follow each other: minutes, mWh, and what the EVSE did."""
    found, at = [], start
    for index, (minutes, energy_mwh, activity) in enumerate(told):
        end = at + timedelta(minutes=minutes)
        found.append(
            ChargingPeriod(
                index=index, start=at, end=end, duration_ms=minutes * 60_000, activity=activity, energy_mwh=energy_mwh
            )
        )
        at = end
    return found


@st.composite
def sessions(draw: st.DrawFn) -> list[ChargingPeriod]:
    told = draw(
        st.lists(
            st.tuples(st.integers(1, 15), st.sampled_from([0, 1, 333_333, 2_750_000]), st.sampled_from(ACTIVITIES)),
            min_size=1,
            max_size=8,
        )
    )
    return session_of(*told, start=draw(st.sampled_from(STARTS)))


EXTRAS = st.fixed_dictionaries(
    {},
    optional={
        "idle_fee": st.sampled_from(
            [
                {"price": 6, "grace_s": 600, "step_s": 60},
                {"price": 3, "cap": 0.5, "exempt": [{"start_time": "22:00", "end_time": "07:00"}]},
            ]
        ),
        "discounts": st.sampled_from([[{"percent": 10}], [{"amount": 2}], [{"percent": 50}, {"amount": 0.3}]]),
    },
)
LIMITS = st.fixed_dictionaries(
    {},
    optional={name: st.sampled_from([{"before_taxes": 1}, {"before_taxes": 4}]) for name in ("min_price", "max_price")},
)


def asked(cost: SessionCost, periods: list[ChargingPeriod]) -> int:
    """Return the nano of periods and lines together, which has to be the total."""
    energy = sum(
        Money(amount=cost_of(period.energy_mwh, price.price_per_kwh), currency="EUR").nano
        for period in periods
        if (price := cost.prices[period.index]).price_per_kwh is not None
    )
    return energy + sum(line.amount_nano for line in cost.lines)


@settings(max_examples=120, deadline=None)
@given(
    data=TARIFFS,
    extras=EXTRAS,
    limits=LIMITS,
    periods=sessions(),
    zone=st.sampled_from(ZONES),
    voucher=st.integers(0, 2),
)
def test_a_session_that_goes_on_costs_what_it_costs_at_its_end(
    data: dict[str, Any],
    extras: dict[str, Any],
    limits: dict[str, Any],
    periods: list[ChargingPeriod],
    zone: str,
    voucher: int,
) -> None:
    model = tariff_from_ocpi(data | limits | {"ev_sessions": extras}, zone)
    known = Circumstances(month_mwh=1_000_000, voucher=Decimal(voucher))
    running = RunningCost(model, ZoneInfo(zone), known)
    for period in periods:
        # A period grows while it lasts, and is looked at each time.
        running.put(
            replace(period, end=period.start + (period.end - period.start) / 2, energy_mwh=period.energy_mwh // 2)
        )
        running.cost({})
        running.put(period)
        running.cost({})
    running.look_back(2)
    running.cost({})
    fresh = RunningCost(model, ZoneInfo(zone), known)
    for period in periods:
        fresh.put(period)
    cost = fresh.cost({})
    assert running.cost({}).total_nano == cost.total_nano
    assert running.cost({}).lines == cost.lines
    whole = cost_of_usage(
        model, usage_of_session(periods[0].start, periods[-1].end, periods), ZoneInfo(zone), {}, known
    )
    assert cost.total_nano == nano_of(whole.incl_tax)
    assert set(cost.flags) == set(whole.flags)
    # What the ledger keeps of it sums to it: periods and lines, to the last thousand-millionth.
    if cost.lines:
        assert asked(cost, periods) == cost.total_nano
    else:
        assert abs(asked(cost, periods) - cost.total_nano) <= len(periods)
    alone = RunningCost(model, ZoneInfo(zone), known, all_lines=True)
    for period in periods:
        alone.put(period)
    billed = alone.cost({})
    assert (billed.total_nano, billed.unpriced_mwh) == (cost.total_nano, 0)
    assert sum(line.amount_nano for line in billed.lines) == billed.total_nano


FULL = tariff(
    element(part("FLAT", "0.5")),
    element(part("ENERGY", "0.3", vat=19), part("TIME", "1.2"), part("PARKING_TIME", "6", step=300)),
)


def reckoned(
    model: Tariff, periods: list[ChargingPeriod], known: Circumstances | None = None, **more: Any
) -> SessionCost:
    running = RunningCost(model, BERLIN, known or Circumstances(), **more)
    for period in periods:
        running.put(period)
    return running.cost({})


def test_energy_is_of_the_periods_and_all_else_is_told_line_by_line() -> None:
    periods = session_of((15, 1_000_000, Activity.CHARGING), (7, 0, Activity.SUSPENDED_EV))
    cost = reckoned(FULL, periods)
    assert cost.prices == {
        0: PriceAt(Decimal("0.357"), PriceBasis.FIXED),
        1: PriceAt(Decimal("0.357"), PriceBasis.FIXED),
    }
    told = [
        (line.component, line.rule, line.quantity, line.unit, line.amount_nano, line.element) for line in cost.lines
    ]
    assert told == [
        ("FLAT", "once", Decimal(1), "1", 500_000_000, 0),
        ("TIME", "used", Decimal("0.25"), "h", 300_000_000, 1),
        ("PARKING_TIME", "used", Decimal("0.116666667"), "h", 700_000_000, 1),
        ("PARKING_TIME", "step_size", Decimal("0.05"), "h", 300_000_000, 1),
    ]
    assert cost.total_nano == 357_000_000 + 1_800_000_000


def test_time_over_midnight_is_told_by_day() -> None:
    periods = session_of((240, 0, Activity.CHARGING), (240, 0, Activity.CHARGING), start=EVENING + timedelta(hours=3))
    timed = tariff(element(part("TIME", "1")), element(part("ENERGY", "1"), start_time="00:00", end_time="12:00"))
    lines = reckoned(timed, periods).lines
    assert [(line.start, line.quantity) for line in lines] == [
        (periods[0].start, Decimal(4)),
        (periods[1].start, Decimal(4)),
    ]


def test_a_period_with_any_energy_that_has_no_price_is_unpriced_and_costs_nothing_yet() -> None:
    read = TimelinePrice(source="sensor.price")
    model = Tariff.with_price(read, currency="EUR", time_zone=BERLIN.key)
    model = replace(model, elements=(*FULL.elements[:1], *model.elements))
    periods = session_of((15, 1_000_000, Activity.CHARGING), (15, 2_000_000, Activity.CHARGING))
    running = RunningCost(model, BERLIN, Circumstances())
    for period in periods:
        running.put(period)
    cost = running.cost({})
    assert (cost.unpriced_mwh, cost.total_nano) == (3_000_000, 500_000_000)
    timeline = model.new_timeline().with_samples([PriceSample(at=periods[1].start, price_per_kwh=Decimal("0.2"))])
    running.look_anew()
    cost = running.cost({"sensor.price": timeline})
    assert (cost.unpriced_mwh, cost.total_nano) == (1_000_000, 900_000_000)
    assert cost.prices[1] == PriceAt(Decimal("0.2"), PriceBasis.STATE)


def test_what_was_billed_by_another_tariff_stays_and_is_not_billed_again() -> None:
    periods = session_of((15, 1_000_000, Activity.CHARGING), (15, 1_000_000, Activity.CHARGING))
    before = [line for line in reckoned(FULL, periods[:1]).lines if line.rule == "once"]
    running = RunningCost(FULL, BERLIN, Circumstances(), before=before)
    running.put(periods[0], price=PriceAt(Decimal("0.1"), PriceBasis.FIXED))
    running.put(periods[1])
    cost = running.cost({})
    assert [line.amount_nano for line in cost.lines] == [500_000_000, 300_000_000]
    assert cost.total_nano == 100_000_000 + 357_000_000 + 800_000_000
    assert asked(cost, periods) == cost.total_nano


def test_a_fee_that_was_billed_by_another_tariff_is_not_due_later_by_this_one() -> None:
    later = tariff(element(part("FLAT", "0.5"), min_duration=600), element(part("ENERGY", "0.3")))
    periods = session_of((5, 1_000_000, Activity.CHARGING), (15, 1_000_000, Activity.CHARGING))
    running = RunningCost(later, BERLIN, Circumstances())
    running.put(periods[0], price=PriceAt(Decimal("0.1"), PriceBasis.FIXED))
    running.put(periods[1])
    assert running.cost({}).total_nano == 400_000_000


def test_a_session_that_begins_when_the_tariff_does_not_hold_is_unpriced() -> None:
    ended = replace(FULL, end=EVENING)
    cost = reckoned(ended, session_of((15, 1_000_000, Activity.CHARGING)))
    assert (cost.total_nano, cost.unpriced_mwh, cost.lines) == (0, 1_000_000, ())


def test_tiers_go_on_from_what_the_month_had() -> None:
    tiers = tariff_from_ocpi(
        {
            "currency": "EUR",
            "elements": [
                element(part("ENERGY", 0.2), max_month_kwh=100),
                element(part("ENERGY", 0.4)),
            ],
            "ev_sessions": {},
        },
        BERLIN.key,
    )
    periods = session_of((15, 2_000_000, Activity.CHARGING))
    assert reckoned(tiers, periods, Circumstances(month_mwh=99_000_000)).total_nano == 600_000_000
    assert reckoned(tiers, periods, Circumstances(month_mwh=99_000_000)).prices[0].price_per_kwh == Decimal("0.3")


def test_what_is_taken_back_is_forgotten() -> None:
    periods = session_of((15, 1_000_000, Activity.CHARGING), (15, 1_000_000, Activity.CHARGING))
    running = RunningCost(FULL, BERLIN, Circumstances())
    running.put(periods[0], price=PriceAt(Decimal(9), PriceBasis.FIXED))
    running.put(periods[1])
    running.cost({})
    running.take_back(0)
    assert running.cost({}) == SessionCost(total_nano=0, prices={}, lines=(), unpriced_mwh=0)
    running.put(periods[0])
    assert running.cost({}).total_nano == 357_000_000 + 800_000_000


def test_a_look_costs_what_changed_however_long_the_session_is(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    after = RunningCost._after

    def counted(self: RunningCost, before: Any, index: int, timelines: Any) -> Any:
        looked.append(index)
        return after(self, before, index, timelines)

    monkeypatch.setattr(RunningCost, "_after", counted)
    running = RunningCost(FULL, BERLIN, Circumstances())
    told = [(15, 1_000, Activity.CHARGING)] * 2 + [(15, 0, Activity.SUSPENDED_EV)] * 298
    for period in session_of(*told):
        running.put(period)
        running.cost({})
    assert looked == list(range(300))
    # Days behind a charge are one span of idling, whatever the quarter hours.
    assert len(running._reached[-1].tail) == 2


@given(amounts=st.lists(st.fractions(-10, 10), max_size=6))
def test_parts_of_a_sum_are_within_one_of_their_own(amounts: list[Fraction]) -> None:
    whole = nano_of(sum(amounts, Fraction(0)))
    parts = nano_parts(amounts, whole)
    assert sum(parts) == (whole if amounts else 0)
    assert all(abs(one - amount * NANO_PER_UNIT) <= 1 for one, amount in zip(parts, amounts, strict=True))


def test_a_holiday_that_becomes_known_is_looked_at_anew() -> None:
    on_holidays = {"price_components": [{"type": "ENERGY", "price": "0.1"}], "restrictions": {"holiday": True}}
    else_ = {"price_components": [{"type": "ENERGY", "price": "0.3"}]}
    data = {"currency": "EUR", "elements": [on_holidays, else_], "ev_sessions": {}}
    running = RunningCost(tariff_from_ocpi(data, BERLIN.key), BERLIN, Circumstances(month_mwh=5))
    for period in session_of((15, 1_000_000, Activity.CHARGING), (15, 0, Activity.SUSPENDED_EV)):
        running.put(period)
    assert running.cost({}).total_nano == 300_000_000
    running.look_anew(replace(running.known, holidays=frozenset({EVENING.date()})))
    cost = running.cost({})
    assert (cost.total_nano, running.known.month_mwh) == (100_000_000, 5)
    # The price that is shown of a time without energy, too.
    assert cost.prices[1] == PriceAt(Decimal("0.1"), PriceBasis.FIXED)


def test_a_holiday_that_is_known_from_the_start_counts_for_a_time_without_energy_too() -> None:
    on_holidays = element(part("ENERGY", "0.1"), holiday=True)
    data = {"currency": "EUR", "elements": [on_holidays, element(part("ENERGY", "0.3"))], "ev_sessions": {}}
    known = Circumstances(holidays=frozenset({EVENING.date()}))
    cost = reckoned(tariff_from_ocpi(data, BERLIN.key), session_of((15, 0, Activity.SUSPENDED_EV)), known)
    assert cost.prices == {0: PriceAt(Decimal("0.1"), PriceBasis.FIXED)}


def test_a_period_that_is_put_with_its_trace_costs_by_that() -> None:
    by_power = tariff(element(part("ENERGY", 3, step=0), min_power=4), element(part("ENERGY", 0)))
    (period,) = session_of((15, 1_000_000, Activity.CHARGING))
    # 6 kW for five minutes, nothing for five, 3 kW for five.
    told = ((-1, 6_000.0), (5, 0.0), (10, 3_000.0), (20, 3_000.0))
    trace = [TraceSample(at=EVENING + timedelta(minutes=minutes), power_w=power_w) for minutes, power_w in told]
    running = RunningCost(by_power, BERLIN, Circumstances())
    running.put(period)
    assert running.cost({}).total_nano == 3_000_000_000
    running.put(period, usage_parts(period, trace))
    whole = cost_of_usage(by_power, usage_of_session(period.start, period.end, [period], trace), BERLIN)
    assert running.cost({}).total_nano == nano_of(whole.incl_tax) == 2_000_001_000
