"""What holds for every tariff and every session."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st

from custom_components.ev_sessions.core.costing import (
    PeriodState,
    Usage,
    UsagePeriod,
    cost_json,
    cost_of_usage,
)
from custom_components.ev_sessions.core.prices.price import PriceSample
from custom_components.ev_sessions.core.tariff import TimelinePrice
from custom_components.ev_sessions.core.tariff.reading import tariff_from, tariff_from_ocpi
from custom_components.ev_sessions.core.tariff.writing import OcpiVersion, ocpi_tariff, tariff_data

from .plainly import DAYS, plain_cost

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
#: Nights in which a clock of the zones is set, New Year, and any day.
STARTS = [
    datetime(2026, 3, 28, 20, 7, tzinfo=UTC),
    datetime(2026, 10, 24, 22, 30, tzinfo=UTC),
    datetime(2026, 3, 8, 3, 0, tzinfo=UTC),
    datetime(2026, 11, 1, 2, 45, tzinfo=UTC),
    datetime(2026, 4, 4, 13, 10, tzinfo=UTC),
    datetime(2026, 10, 3, 12, 0, tzinfo=UTC),
    datetime(2026, 12, 31, 20, 0, tzinfo=UTC),
    datetime(2026, 11, 20, 16, 59, tzinfo=UTC),
]
PRICES = st.decimals(min_value=0, max_value=5, places=4).map(float)
CLOCK = st.sampled_from(["00:00", "01:59", "02:00", "02:30", "07:10", "17:00", "22:00", "23:59"])
RESTRICTIONS = st.fixed_dictionaries(
    {},
    optional={
        "start_time": CLOCK,
        "end_time": CLOCK,
        "start_date": st.sampled_from(["2026-03-29", "2026-11-01", "2027-01-01"]),
        "end_date": st.sampled_from(["2026-03-30", "2026-11-02", "2027-01-02"]),
        "day_of_week": st.lists(st.sampled_from(DAYS), min_size=1, max_size=4, unique=True),
        "min_kwh": st.sampled_from([0, 1, 4.5, 20]),
        "max_kwh": st.sampled_from([1, 7.3, 20, 50]),
        "min_duration": st.sampled_from([0, 600, 3600, 7200]),
        "max_duration": st.sampled_from([600, 3660, 14400]),
        "min_power": st.sampled_from([0, 3.7, 11]),
        "max_power": st.sampled_from([3.7, 11.5, 22]),
    },
)


@st.composite
def elements(draw: st.DrawFn) -> dict[str, Any]:
    kinds = draw(st.lists(st.sampled_from(["ENERGY", "TIME", "PARKING_TIME", "FLAT"]), min_size=1, unique=True))
    parts = []
    for kind in kinds:
        data: dict[str, Any] = {
            "type": kind,
            "price": draw(PRICES),
            "step_size": draw(st.sampled_from([0, 1, 60, 900])),
        }
        if draw(st.booleans()):
            data["vat"] = draw(st.sampled_from([0, 5.2, 19, 20]))
        parts.append(data)
    given_restrictions = draw(RESTRICTIONS)
    if kinds != ["ENERGY"]:
        # Where energy passes a threshold is between the minutes, and so is the time: that is not plain any more.
        given_restrictions = {name: one for name, one in given_restrictions.items() if not name.endswith("_kwh")}
    element: dict[str, Any] = {"price_components": parts}
    return {**element, "restrictions": given_restrictions} if given_restrictions else element


TARIFFS = st.lists(elements(), min_size=1, max_size=5).map(lambda found: {"currency": "EUR", "elements": found})


@st.composite
def sessions(draw: st.DrawFn) -> list[tuple[datetime, int, Decimal, str]]:
    at = draw(st.sampled_from(STARTS))
    told = []
    for minutes, watts, state in draw(
        st.lists(
            st.tuples(
                st.integers(1, 200), st.sampled_from([0, 1200, 11040, 3660]), st.sampled_from(list(PeriodState)[:3])
            ),
            min_size=1,
            max_size=5,
        )
    ):
        energy = Decimal(watts * minutes) / 60000 if state is PeriodState.CHARGING else Decimal(0)
        told.append((at, minutes, energy, state.value))
        at += timedelta(minutes=minutes)
    return told


def usage(told: list[tuple[datetime, int, Decimal, str]]) -> list[UsagePeriod]:
    return [
        UsagePeriod(
            start=start,
            end=start + timedelta(minutes=minutes),
            energy_mwh=int(kwh * 1_000_000),
            state=PeriodState(state),
        )
        for start, minutes, kwh, state in told
    ]


@settings(max_examples=150, deadline=None)
@given(tariff=TARIFFS, told=sessions(), zone=st.sampled_from(ZONES))
def test_the_engine_agrees_with_the_straightforward_calculation(
    tariff: dict[str, Any], told: list[tuple[datetime, int, Decimal, str]], zone: str
) -> None:
    result = cost_of_usage(tariff_from_ocpi(tariff, zone), Usage.of(usage(told)), ZoneInfo(zone))
    assert (result.excl_tax, result.incl_tax) == plain_cost(tariff, told, ZoneInfo(zone))


@settings(max_examples=60, deadline=None)
@given(
    tariff=TARIFFS,
    told=sessions(),
    limits=st.fixed_dictionaries({}, optional={"min_price": st.integers(0, 9), "max_price": st.integers(0, 9)}),
)
def test_periods_components_and_taxes_sum_to_the_total(
    tariff: dict[str, Any], told: list[tuple[datetime, int, Decimal, str]], limits: dict[str, int]
) -> None:
    zone = ZoneInfo(ZONES[0])
    limited = tariff | {name: {"before_taxes": value} for name, value in limits.items()}
    model = tariff_from_ocpi(limited, ZONES[0])
    data = cost_json(cost_of_usage(model, Usage.of(usage(told)), zone), zone)
    excl, incl = Decimal(data["total_excl_tax"]), Decimal(data["total_incl_tax"])
    assert sum(Decimal(one["amount_excl_tax"]) for one in data["periods"]) == excl
    assert sum(Decimal(one["amount"]) for one in data["taxes"]) == incl - excl
    for total, amount in ((excl, "amount_excl_tax"), (incl, "amount_incl_tax")):
        assert sum(Decimal(one[amount]) for one in data["lines"]) == total
    if not set(data["flags"]) & {"max_price", "min_price"}:
        assert sum(Decimal(one["amount_excl_tax"]) for one in data["components"]) == excl
        assert sum(Decimal(one["amount_incl_tax"]) for one in data["components"]) == incl
    # The spans of the session are told whole.
    assert data["periods"][0]["start"] == told[0][0].astimezone(zone).isoformat()
    assert all(one["end"] == two["start"] for one, two in zip(data["periods"], data["periods"][1:], strict=False))
    # Costing it again gives the same.
    assert cost_json(cost_of_usage(model, Usage.of(usage(told)), zone), zone) == data


@settings(max_examples=60, deadline=None)
@given(tariff=TARIFFS, told=sessions(), raised=st.integers(0, 4), by=st.decimals(0, 3, places=4))
def test_raising_a_price_never_lowers_a_cost(
    tariff: dict[str, Any], told: list[tuple[datetime, int, Decimal, str]], raised: int, by: Decimal
) -> None:
    zone = ZoneInfo(ZONES[0])
    dearer = deepcopy(tariff)
    component = dearer["elements"][raised % len(dearer["elements"])]["price_components"][0]
    component["price"] = str(Decimal(str(component["price"])) + by)
    before, after = (
        cost_of_usage(tariff_from_ocpi(one, ZONES[0]), Usage.of(usage(told)), zone) for one in (tariff, dearer)
    )
    assert after.excl_tax >= before.excl_tax
    assert after.incl_tax >= before.incl_tax


@settings(max_examples=60, deadline=None)
@given(
    price=PRICES,
    told=sessions(),
    place=st.integers(0, 4),
    share=st.integers(1, 999),
)
def test_splitting_a_period_never_changes_a_linear_cost(
    price: float, told: list[tuple[datetime, int, Decimal, str]], place: int, share: int
) -> None:
    zone = ZoneInfo(ZONES[0])
    parts = [{"type": kind, "price": price, "step_size": 0} for kind in ("ENERGY", "TIME", "PARKING_TIME", "FLAT")]
    model = tariff_from_ocpi({"currency": "EUR", "elements": [{"price_components": parts}]}, ZONES[0])
    whole = usage(told)
    one = whole[place % len(whole)]
    at = one.start + (one.end - one.start) * share / 1000
    energy_mwh = one.energy_mwh * share // 1000
    split = [
        *[other for other in whole if other != one],
        replace(one, end=at, energy_mwh=energy_mwh),
        replace(one, start=at, energy_mwh=one.energy_mwh - energy_mwh),
    ]
    before, after = (cost_of_usage(model, Usage.of(periods), zone) for periods in (whole, split))
    assert (after.excl_tax, after.incl_tax) == (before.excl_tax, before.incl_tax)


@settings(max_examples=40, deadline=None)
@given(
    seen=st.lists(st.tuples(st.integers(-60, 400), st.decimals(-1, 1, places=3)), min_size=1, max_size=9),
    order=st.randoms(use_true_random=False),
)
def test_the_order_in_which_prices_were_seen_changes_nothing(seen: list[tuple[int, Decimal]], order: Any) -> None:
    zone = ZoneInfo(ZONES[0])
    start = STARTS[0]
    spot = tariff_from(
        {
            "currency": "EUR",
            "time_zone": ZONES[0],
            "elements": [{"price_components": [{"type": "ENERGY", "price": {"source": "sensor.spot"}}]}],
        }
    )
    samples = [PriceSample(at=start + timedelta(minutes=minute), price_per_kwh=price) for minute, price in seen]
    shuffled = list(samples)
    order.shuffle(shuffled)
    used = Usage.of([UsagePeriod(start=start, end=start + timedelta(minutes=300), energy_mwh=12_345_678)])
    results = [
        cost_of_usage(spot, used, zone, {"sensor.spot": spot.new_timeline().with_samples(one)})
        for one in (samples, shuffled)
    ]
    assert results[0] == results[1]


@settings(max_examples=80, deadline=None)
@given(tariff=TARIFFS, taxes=st.sampled_from(["YES", "NO", "N/A"]))
def test_a_tariff_of_ocpi_comes_back_as_it_was(tariff: dict[str, Any], taxes: str) -> None:
    model = tariff_from_ocpi(
        tariff | {"tax_included": taxes, "min_price": {"before_taxes": 0.5, "after_taxes": 0.5951}, "id": "16"},
        ZONES[0],
    )
    newer = ocpi_tariff(model, OcpiVersion.V2_3_0)
    assert (newer.lost, tariff_from_ocpi(newer.data, ZONES[0])) == ((), model)
    older = ocpi_tariff(model, OcpiVersion.V2_2_1)
    assert older.lost == (() if taxes == "NO" else ("tax_included",))
    assert replace(tariff_from_ocpi(older.data, ZONES[0]), tax_included=model.tax_included) == model
    # Our own loses nothing, prices of many decimals and prices from a timeline included.
    finer = replace(model.elements[0].price_components[0], price=Decimal("0.123456789"))
    read = replace(finer, price=TimelinePrice(source="sensor.spot", multiply=Decimal("1.03"), add=Decimal("0.00001")))
    first = replace(model.elements[0], price_components=(finer, read))
    ours = replace(model, elements=(first, *model.elements[1:]))
    assert tariff_from(tariff_data(ours)) == ours
    said = ocpi_tariff(ours, OcpiVersion.V2_3_0)
    assert said.lost == ("elements[0].price_components[0].price", "elements[0].price_components[1]")


def test_ten_years_of_sessions_sum_without_drift() -> None:
    by_kwh = tariff_from_ocpi(
        {"currency": "EUR", "elements": [{"price_components": [{"type": "ENERGY", "price": "0.27193"}]}]}, "UTC"
    )
    total = Fraction(0)
    rounded = Decimal(0)
    for day in range(3652):
        start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
        used = Usage.of([UsagePeriod(start=start, end=start + timedelta(hours=2), energy_mwh=2_939_123)])
        result = cost_of_usage(by_kwh, used, ZoneInfo("UTC"))
        total += result.excl_tax
        rounded += Decimal(cost_json(result, UTC)["total_rounded"])
    assert total == Fraction(Decimal("0.27193") * Decimal("2.940") * 3652)
    assert rounded != total
