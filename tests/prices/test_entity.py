"""A price entity of a real Home Assistant: its states, its units, its silences, its intervals."""

from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.ev_sessions.core.prices.price import PriceInterval, PriceSample
from custom_components.ev_sessions.prices.entity import GRACE_S, SPACING_S, EntityPriceSource, PriceListener
from custom_components.ev_sessions.sources.watch import ProblemKind, SourceProblem

PRICE = "sensor.price"
TEN = datetime(2026, 11, 20, 10, 1, tzinfo=UTC)
HOUR = TEN.replace(minute=0)
BERLIN = ZoneInfo("Europe/Berlin")


class Site:
    """What a site hears from its price source."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        self.hass = hass
        self.freezer = freezer
        self.samples: list[PriceSample] = []
        self.intervals: list[tuple[PriceInterval, ...]] = []
        self.problems: list[SourceProblem] = []
        self.cured: list[SourceProblem] = []
        self.renamed: list[tuple[str, str]] = []
        self.sources: list[EntityPriceSource] = []

    @property
    def prices(self) -> list[str | None]:
        return [None if one.price_per_kwh is None else str(one.price_per_kwh.normalize()) for one in self.samples]

    async def follow(self, unit: str | None = None, currency: str = "EUR") -> EntityPriceSource:
        source = EntityPriceSource(
            self.hass,
            PRICE,
            currency=currency,
            unit=unit,
            zone=BERLIN,
            on_sample=self.samples.append,
            on_intervals=self.intervals.append,
            listener=PriceListener(
                on_problem=self.problems.append,
                on_cured=self.cured.append,
                on_renamed=lambda old, new: self.renamed.append((old, new)),
            ),
        )
        self.sources.append(source)
        source.async_start()
        await self.hass.async_block_till_done()
        return source

    async def show(self, state: str, unit: str | None = "EUR/kWh", **attributes: Any) -> None:
        if unit is not None:
            attributes["unit_of_measurement"] = unit
        self.hass.states.async_set(PRICE, state, attributes)
        await self.hass.async_block_till_done()

    async def wait(self, seconds: float) -> None:
        self.freezer.tick(seconds)
        async_fire_time_changed(self.hass)
        await self.hass.async_block_till_done()


@pytest.fixture
async def site(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> AsyncGenerator[Site]:
    freezer.move_to(TEN)
    site = Site(hass, freezer)
    yield site
    for source in site.sources:
        source.async_stop()


async def test_the_price_of_now_and_each_change(site: Site) -> None:
    await site.show("0.30")
    await site.wait(60)
    await site.follow()
    assert site.samples == [PriceSample(at=TEN + timedelta(seconds=60), price_per_kwh=Decimal("0.30"))]
    await site.wait(840)
    await site.show("0.25")
    assert site.samples[1:] == [PriceSample(at=TEN + timedelta(minutes=15), price_per_kwh=Decimal("0.25"))]


async def test_the_same_price_again_is_no_news(site: Site) -> None:
    await site.show("0.30")
    await site.follow()
    await site.wait(60)
    await site.show("0.300")
    await site.show("0.300", icon="mdi:flash")
    await site.show("0.300", icon="mdi:flash")
    assert site.prices == ["0.3"]


@pytest.mark.parametrize(
    ("state", "unit", "currency", "price"),
    [
        ("22.13", "ct/kWh", "EUR", "0.2213"),
        ("221.3", "€/MWh", "EUR", "0.2213"),
        ("0.0002213", "EUR/Wh", "EUR", "0.2213"),
        ("112.5", "öre/kWh", "SEK", "1.125"),
        ("-31.07", "EUR/MWh", "EUR", "-0.03107"),
        ("0", "EUR/kWh", "EUR", "0"),
        ("0.30000000000000004", "EUR/kWh", "EUR", "0.3"),
    ],
)
async def test_any_unit_counts_in_the_major_unit_per_kwh(
    site: Site, state: str, unit: str, currency: str, price: str
) -> None:
    await site.show(state, unit)
    await site.follow(currency=currency)
    assert site.prices == [price]
    assert site.problems == []


async def test_the_owners_unit_stands_in_for_a_missing_one(site: Site) -> None:
    await site.show("22.13", None)
    await site.follow(unit="ct/kWh")
    assert site.prices == ["0.2213"]


@pytest.mark.parametrize(
    ("state", "unit", "kind", "detail", "log"),
    [
        ("0.3", None, ProblemKind.UNIT, None, "it has no unit"),
        ("0.3", "EUR", ProblemKind.UNIT, "EUR", "its unit is not per Wh, kWh or MWh"),
        ("0.3", "USD/kWh", ProblemKind.UNIT, "USD/kWh", "its unit is not of the site's currency"),
        ("cheap", "EUR/kWh", ProblemKind.NOT_A_NUMBER, "cheap", "it is not a number"),
        ("nan", "EUR/kWh", ProblemKind.NOT_A_NUMBER, "nan", "it is not a number"),
        ("1e9", "EUR/kWh", ProblemKind.NOT_A_NUMBER, "1e9", "no energy costs as much"),
    ],
)
async def test_what_cannot_be_read_is_told_once_with_its_reason_and_cured(
    site: Site,
    caplog: pytest.LogCaptureFixture,
    state: str,
    unit: str | None,
    kind: ProblemKind,
    detail: str | None,
    log: str,
) -> None:
    await site.show(state, unit)
    source = await site.follow()
    await site.show(state, unit, icon="mdi:flash")
    problem = SourceProblem(kind=kind, entity_id=PRICE, detail=detail)
    assert (site.problems, site.prices, source.problem) == ([problem], [], problem)
    assert log in caplog.text
    await site.show("0.30")
    assert (site.cured, site.prices, source.problem) == ([problem], ["0.3"], None)


async def test_another_fault_takes_the_place_of_the_first(site: Site) -> None:
    await site.show("0.30", "USD/kWh")
    await site.follow()
    await site.show("soon")
    assert [problem.kind for problem in site.problems] == [ProblemKind.UNIT, ProblemKind.NOT_A_NUMBER]
    assert site.cured == site.problems[:1]


async def test_a_price_that_goes_away_is_none_and_comes_back(site: Site) -> None:
    await site.show("0.30")
    await site.follow()
    for state in ("unavailable", "unknown", "0.30"):
        await site.wait(60)
        await site.show(state)
    assert site.prices == ["0.3", None, "0.3"]
    assert [sample.at for sample in site.samples] == [TEN + timedelta(seconds=s) for s in (0, 60, 180)]
    assert site.problems == []


async def test_an_entity_that_comes_two_minutes_after_us_was_never_lost(site: Site) -> None:
    await site.follow()
    await site.show("unavailable", restored=True)
    await site.wait(120)
    assert site.samples == []
    await site.show("0.30")
    assert site.prices == ["0.3"]
    await site.wait(GRACE_S)
    assert site.prices == ["0.3"]


async def test_an_entity_that_never_comes_has_no_price_after_the_grace(site: Site) -> None:
    await site.show("unavailable")
    await site.follow()
    await site.wait(GRACE_S - 1)
    assert site.samples == []
    await site.wait(2)
    assert site.prices == [None]
    assert site.samples[0].at >= TEN + timedelta(seconds=GRACE_S)
    await site.show("0.30")
    await site.wait(SPACING_S)
    assert site.prices == [None, "0.3"]


async def test_a_change_right_after_another_is_heard_at_once(site: Site) -> None:
    """What waits is lost with a power cut."""
    await site.show("0.30")
    await site.follow()
    for second in range(1, 6):
        await site.wait(1)
        await site.show(f"0.3{second}")
        assert site.prices[-1] == f"0.3{second}"
        assert site.samples[-1].at == TEN + timedelta(seconds=second)


async def test_a_price_that_never_rests_is_heard_every_ten_seconds(site: Site) -> None:
    await site.show("0.30")
    await site.follow()
    for second in range(1, 10):
        await site.wait(1)
        await site.show(f"0.3{second}")
    assert site.prices == ["0.3", "0.31", "0.32", "0.33", "0.34", "0.35"]
    await site.show("0.39", icon="mdi:flash")
    await site.wait(2)
    assert site.prices == ["0.3", "0.31", "0.32", "0.33", "0.34", "0.35", "0.39"]
    assert site.samples[-1].at == TEN + timedelta(seconds=9)
    for tenth in range(50):
        await site.wait(1)
        await site.show(f"0.4{tenth}")
    assert len(site.samples) == 12


async def test_a_price_that_is_back_before_anybody_heard_of_the_change_is_no_change(site: Site) -> None:
    await site.show("0.30")
    await site.follow()
    await site.wait(3)
    await site.show("unavailable")
    await site.wait(3)
    await site.show("0.30")
    await site.wait(30)
    assert site.prices == ["0.3"]


async def test_after_a_stop_nothing_is_heard(site: Site) -> None:
    await site.show("0.30")
    source = await site.follow()
    await site.wait(1)
    await site.show("unavailable")
    source.async_stop()
    await site.wait(60)
    await site.show("0.32")
    await site.wait(GRACE_S)
    assert site.prices == ["0.3"]


def quarters(price: Callable[[int], float], start: datetime = HOUR) -> list[dict[str, Any]]:
    return [
        {
            "start": start + timedelta(minutes=15 * place),
            "end": start + timedelta(minutes=15 * (place + 1)),
            "value": price(place),
        }
        for place in range(4)
    ]


async def test_the_intervals_of_the_attributes_are_heard_once_and_in_our_unit(site: Site) -> None:
    await site.show("20", "ct/kWh", raw_today=quarters(lambda place: 20 + place))
    await site.follow()
    ((first, *rest),) = site.intervals
    assert first == PriceInterval(
        start=TEN.replace(minute=0), end=TEN.replace(minute=15), price_per_kwh=Decimal("0.20"), seen_at=TEN
    )
    assert [str(one.price_per_kwh.normalize()) for one in rest] == ["0.21", "0.22", "0.23"]
    await site.wait(900)
    await site.show("21", "ct/kWh", raw_today=quarters(lambda place: 20 + place))
    assert len(site.intervals) == 1
    assert site.prices == ["0.2", "0.21"]


async def test_only_what_is_new_of_a_forecast_is_heard_again(site: Site) -> None:
    await site.show("20", "ct/kWh", raw_today=quarters(lambda _: 20))
    await site.follow()
    await site.wait(900)
    await site.show(
        "20",
        "ct/kWh",
        raw_today=quarters(lambda place: 25 if place == 3 else 20),
        raw_tomorrow=quarters(lambda _: 10, TEN.replace(day=21)),
    )
    later = site.intervals[1]
    assert [one.start for one in later] == [TEN.replace(minute=45)] + [
        TEN.replace(day=21) + timedelta(minutes=15 * place) for place in range(4)
    ]
    assert {one.seen_at for one in later} == {TEN + timedelta(minutes=15)}


async def test_an_entity_that_goes_away_keeps_what_it_said(site: Site) -> None:
    await site.show("20", "ct/kWh", raw_today=quarters(lambda _: 20))
    await site.follow()
    await site.wait(60)
    await site.show("unavailable", None)
    await site.wait(60)
    await site.show("20", "ct/kWh", raw_today=quarters(lambda _: 20))
    assert len(site.intervals) == 1


async def test_all_prices_on_the_sensor_of_the_average_are_enough(site: Site) -> None:
    rows = [{"time": row["start"].isoformat(), "price": row["value"]} for row in quarters(lambda place: place / 10)]
    await site.show("see prices", prices=rows)
    source = await site.follow()
    assert len(site.intervals[0]) == 4
    assert (source.problem, site.prices) == (None, [])


async def test_prices_of_epex_need_no_unit_of_the_state(site: Site) -> None:
    rows = [
        {"start_time": row["start"].isoformat(), "end_time": row["end"].isoformat(), "price_per_kwh": 0.2213}
        for row in quarters(lambda _: 0)
    ]
    await site.show("3", "rank", data=rows)
    source = await site.follow()
    assert {one.price_per_kwh for one in site.intervals[0]} == {Decimal("0.2213")}
    assert source.problem is None


async def test_intervals_in_a_unit_that_nobody_can_read_are_left_out(site: Site) -> None:
    await site.show("20", "points", raw_today=quarters(lambda _: 20))
    await site.follow()
    assert site.intervals == []
    assert site.problems[0].kind is ProblemKind.UNIT


async def test_a_new_day_reads_the_same_attributes_anew(site: Site) -> None:
    """The hours of PVPC have no date; two days may be equal."""
    await site.show("0.1", "€/kWh", price_00h=0.1, price_01h=0.2)
    await site.follow()
    await site.wait(86_400)
    await site.show("0.2", "€/kWh", price_00h=0.1, price_01h=0.2)
    assert [one.start.day for told in site.intervals for one in told] == [19, 20, 20, 21]


async def test_a_renamed_price_entity_is_followed(site: Site) -> None:
    registry = er.async_get(site.hass)
    registry.async_get_or_create("sensor", "test", "price", suggested_object_id="price")
    await site.show("0.30")
    await site.follow()
    registry.async_update_entity(PRICE, new_entity_id="sensor.spot")
    await site.hass.async_block_till_done()
    await site.wait(60)
    site.hass.states.async_set("sensor.spot", "0.20", {"unit_of_measurement": "EUR/kWh"})
    await site.hass.async_block_till_done()
    assert site.renamed == [(PRICE, "sensor.spot")]
    assert site.prices[-1] == "0.2"
