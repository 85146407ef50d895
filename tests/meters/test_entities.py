"""The grid meter as its entities show it, through a real Home Assistant with real state changes."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.core.balancing.circuits.circuit import Wiring
from custom_components.ev_sessions.core.balancing.meter.grid import GridMeter, MeterForm
from custom_components.ev_sessions.core.reading import GridReading
from custom_components.ev_sessions.meters.entities import EntityGridMeter
from custom_components.ev_sessions.meters.mapping import MeterConfig
from tests.sources.listening import Told

LINES = ("sensor.l1", "sensor.l2", "sensor.l3")
CURRENTS = MeterConfig(form=MeterForm.LINE_CURRENTS, imports=LINES)


class Meter:
    """A meter and all that it said."""

    def __init__(self, hass: HomeAssistant, config: MeterConfig, wiring: Wiring) -> None:
        self.hass = hass
        self.told = Told()
        self.readings: list[GridReading | None] = []
        self.entities = EntityGridMeter(
            hass,
            config,
            GridMeter(form=config.form, wiring=wiring, signed=config.signed, invert=config.invert),
            name="Grid meter",
            on_reading=self.readings.append,
            listener=self.told.listener,
        )
        self.entities.async_start()

    async def shows(self, *texts: str, entity_ids: tuple[str, ...] = LINES, unit: str = "A") -> GridReading | None:
        for entity_id, text in zip(entity_ids, texts, strict=True):
            self.hass.states.async_set(entity_id, text, {"unit_of_measurement": unit})
        await self.hass.async_block_till_done()
        return self.readings[-1]

    async def currents(self, *texts: str) -> tuple[float, ...]:
        reading = await self.shows(*texts)
        assert reading is not None
        return reading.currents_a


type Start = Callable[..., Meter]


@pytest.fixture
def start(hass: HomeAssistant) -> Iterator[Start]:
    started: list[Meter] = []

    def _start(config: MeterConfig = CURRENTS, wiring: Wiring = Wiring.THREE_PHASE_FOUR_WIRE) -> Meter:
        started.append(Meter(hass, config, wiring))
        return started[-1]

    yield _start
    for meter in started:
        meter.entities.async_stop()


async def test_three_lines_that_report_together_are_one_reading(start: Start, freezer: FrozenDateTimeFactory) -> None:
    meter = start()
    assert meter.readings == [None]  # nothing was there at the start
    assert not meter.entities.available
    reading = await meter.shows("10.5", "-3", "7")
    assert reading == GridReading(at=dt_util.utcnow(), currents_a=(10.5, -3.0, 7.0))
    assert len(meter.readings) == 2
    assert meter.entities.available


async def test_a_meter_that_is_there_at_the_start_is_read_with_its_age(
    hass: HomeAssistant, start: Start, freezer: FrozenDateTimeFactory
) -> None:
    for entity_id in LINES:
        hass.states.async_set(entity_id, "4", {"unit_of_measurement": "A"})
    written_at = dt_util.utcnow()
    freezer.tick(300)
    assert start().readings == [GridReading(at=written_at, currents_a=(4.0, 4.0, 4.0))]


async def test_a_load_on_one_line_is_told_at_once_with_the_newest_of_the_others(
    hass: HomeAssistant, start: Start, freezer: FrozenDateTimeFactory
) -> None:
    meter = start()
    await meter.shows("1", "1", "1")
    for line, entity_id in enumerate(LINES):
        freezer.tick(0.2)
        await meter.shows("20", entity_ids=(entity_id,))
        reading = meter.readings[-1]
        assert reading is not None
        assert reading.currents_a == (20.0,) * (line + 1) + (1.0,) * (2 - line)
        assert reading.at == dt_util.utcnow()
        assert [(reading.at - at) / timedelta(seconds=0.2) for at in reading.told_at] == (
            [line - told for told in range(line + 1)] + [line + 1] * (2 - line)
        )
    assert len(meter.readings) == 5


async def test_a_line_has_told_with_either_of_its_directions_and_a_total_for_all_lines(
    start: Start, freezer: FrozenDateTimeFactory
) -> None:
    out = tuple(f"{entity_id}_out" for entity_id in LINES)
    meter = start(MeterConfig(form=MeterForm.LINE_POWERS, imports=LINES, exports=out))
    await meter.shows("1", "1", "1", "0", "0", "0", entity_ids=(*LINES, *out), unit="W")
    begun = dt_util.utcnow()
    freezer.tick(1)
    reading = await meter.shows("5", entity_ids=out[1:2], unit="W")
    assert reading is not None
    assert reading.told_at == (begun, dt_util.utcnow(), begun)
    total = start(MeterConfig(form=MeterForm.TOTAL_POWER, imports=("sensor.power",), total_power=None))
    reading = await total.shows("900", entity_ids=("sensor.power",), unit="W")
    assert reading is not None
    assert reading.told_at == ()


async def test_a_total_beside_the_lines_makes_none_of_them_younger(
    start: Start, freezer: FrozenDateTimeFactory
) -> None:
    meter = start(MeterConfig(form=MeterForm.LINE_CURRENTS, imports=LINES, total_power="sensor.power"))
    await meter.shows("1", "1", "1")
    await meter.shows("690", entity_ids=("sensor.power",), unit="W")
    begun = dt_util.utcnow()
    freezer.tick(1)
    reading = await meter.shows("700", entity_ids=("sensor.power",), unit="W")
    assert reading is not None
    assert (reading.at, reading.told_at) == (dt_util.utcnow(), (begun,) * 3)


async def test_an_equal_report_is_a_reading_of_its_own(start: Start, freezer: FrozenDateTimeFactory) -> None:
    meter = start()
    await meter.shows("1", "1", "1")
    freezer.tick(10)
    reading = await meter.shows("1", "1", "1")
    assert reading == GridReading(at=dt_util.utcnow(), currents_a=(1.0, 1.0, 1.0))


@pytest.mark.parametrize("text", ["unavailable", "unknown", "", "NaN", "inf", "err"])
async def test_one_line_that_nobody_sees_leaves_no_reading_and_the_loss_is_told_once(
    start: Start, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    meter = start()
    await meter.shows("1", "1", "1")
    assert await meter.shows("1", text, "1") is None
    for current in ("2", "3", "4"):
        assert await meter.shows(current, text, "1") is None
    assert [reading is None for reading in meter.readings] == [True, False, True]
    assert not meter.entities.available
    assert await meter.currents("5", "1", "1") == (5.0, 1.0, 1.0)
    log = [record.message for record in caplog.records if record.name.endswith(".measured")]
    assert [line for line in log if line.startswith("Grid meter")] == [
        "Grid meter: its source says nothing",
        "Grid meter: its source is back",
        "Grid meter: its source says nothing",
        "Grid meter: its source is back",
    ]


async def test_restored_values_do_not_count_until_the_first_report(hass: HomeAssistant, start: Start) -> None:
    for entity_id in LINES:
        hass.states.async_set(entity_id, "4", {"unit_of_measurement": "A", "restored": True})
    meter = start()
    assert meter.readings == [None]
    assert meter.entities.alive_at is None
    assert await meter.currents("4", "4", "4") == (4.0, 4.0, 4.0)


async def test_a_line_whose_unit_is_changed_goes_on_where_it_was(start: Start) -> None:
    meter = start()
    before = await meter.currents("10", "10", "10")
    await meter.shows("10000", "10000", "10000", unit="mA")
    reading = meter.readings[-1]
    assert reading is not None
    assert reading.currents_a == before
    assert await meter.shows("10", "10", "10", unit="V") is None
    assert [problem.kind.value for problem in meter.told.of_values] == ["unit"] * 3


async def test_powers_per_line_in_two_directions(start: Start) -> None:
    exports = ("sensor.e1", "sensor.e2", "sensor.e3")
    meter = start(MeterConfig(form=MeterForm.LINE_POWERS, imports=LINES, exports=exports))
    await meter.shows("2.3", "0", "0", unit="kW")
    reading = await meter.shows("0", "1150", "0", entity_ids=exports, unit="W")
    assert reading is not None
    assert reading.currents_a == pytest.approx((10.0, -5.0, 0.0))
    assert reading.power_w == pytest.approx(1150.0)


async def test_total_power_of_a_single_phase(start: Start) -> None:
    meter = start(MeterConfig(form=MeterForm.TOTAL_POWER, imports=("sensor.p",), invert=True), Wiring.SINGLE_PHASE)
    reading = await meter.shows("-2.3", entity_ids=("sensor.p",), unit="kW")
    assert reading is not None
    assert reading.currents_a == pytest.approx((10.0,))


async def test_unsigned_currents_take_their_sign_from_the_total_power(start: Start) -> None:
    meter = start(MeterConfig(form=MeterForm.LINE_CURRENTS, imports=LINES, total_power="sensor.p", signed=False))
    await meter.shows("10", "10", "10")
    reading = await meter.shows("-6900", entity_ids=("sensor.p",), unit="W")
    assert reading is not None
    assert reading.currents_a == (-10.0, -10.0, -10.0)
    # Without the power it is not known which way they flow: then they count as load.
    lost = await meter.shows("unavailable", entity_ids=("sensor.p",))
    assert lost is not None
    assert (lost.currents_a, lost.power_w) == ((10.0, 10.0, 10.0), None)


async def test_a_renamed_line_is_followed(
    hass: HomeAssistant, start: Start, entity_registry: er.EntityRegistry
) -> None:
    entity_registry.async_get_or_create("sensor", "test", "u1", suggested_object_id="l2")
    meter = start()
    await meter.shows("1", "2", "3")
    entity_registry.async_update_entity(LINES[1], new_entity_id="sensor.line_two")
    hass.states.async_remove(LINES[1])
    reading = await meter.shows("9", entity_ids=("sensor.line_two",))
    assert reading is not None
    assert reading.currents_a == (1.0, 9.0, 3.0)
    assert meter.told.renamed == [(LINES[1], "sensor.line_two")]
    assert meter.entities.alive_at == reading.at


# Signs of life


@pytest.fixture
def device(
    hass: HomeAssistant, device_registry: dr.DeviceRegistry, entity_registry: er.EntityRegistry
) -> Callable[..., None]:
    """Put entities on the meter's device, or on another integration's entry for it."""
    entry = MockConfigEntry(domain="meter")
    entry.add_to_hass(hass)
    helper = MockConfigEntry(domain="helper")
    helper.add_to_hass(hass)
    made = device_registry.async_get_or_create(config_entry_id=entry.entry_id, identifiers={("meter", "1")})

    def _put(entity_id: str, *, foreign: bool = False) -> None:
        domain, object_id = entity_id.split(".")
        entity_registry.async_get_or_create(
            domain,
            "helper" if foreign else "meter",
            object_id,
            suggested_object_id=object_id,
            config_entry=helper if foreign else entry,
            device_id=made.id,
        )

    return _put


async def test_a_steady_meter_is_alive_while_its_other_sensors_report(
    hass: HomeAssistant, start: Start, device: Callable[..., None], freezer: FrozenDateTimeFactory
) -> None:
    for entity_id in (*LINES, "sensor.frequency"):
        device(entity_id)
    meter = start()
    await meter.shows("1", "1", "1")
    assert meter.entities.alive_at == dt_util.utcnow()
    hass.states.async_set("sensor.frequency", "50")
    for _ in range(3):
        freezer.tick(20)
        hass.states.async_set("sensor.frequency", "50")  # an equal report is a sign of life too
        assert meter.entities.alive_at == dt_util.utcnow()
    count = len(meter.readings)
    await hass.async_block_till_done()
    assert len(meter.readings) == count


@pytest.mark.parametrize(
    ("entity_id", "foreign", "text", "attributes"),
    [
        ("switch.relay", False, "on", {}),
        ("sensor.daily_energy", True, "12", {}),
        ("sensor.frequency", False, "unavailable", {}),
        ("sensor.frequency", False, "50", {"restored": True}),
        ("binary_sensor.online", False, "off", {"device_class": "connectivity"}),
    ],
)
async def test_what_the_device_does_not_measure_is_no_sign_of_life(
    hass: HomeAssistant,
    start: Start,
    device: Callable[..., None],
    freezer: FrozenDateTimeFactory,
    entity_id: str,
    foreign: bool,
    text: str,
    attributes: dict[str, object],
) -> None:
    for line in LINES:
        device(line)
    device(entity_id, foreign=foreign)
    meter = start()
    await meter.shows("1", "1", "1")
    last_sign = dt_util.utcnow()
    freezer.tick(timedelta(seconds=30))
    hass.states.async_set(entity_id, text, attributes)
    assert meter.entities.alive_at == last_sign


async def test_a_meter_without_device_lives_by_its_own_entities(
    hass: HomeAssistant, start: Start, freezer: FrozenDateTimeFactory
) -> None:
    meter = start()
    assert meter.entities.alive_at is None
    await meter.shows("1", "1", "1")
    freezer.tick(5)
    hass.states.async_set(LINES[2], "1", {"unit_of_measurement": "A"})
    assert meter.entities.alive_at == dt_util.utcnow()
    await hass.async_block_till_done()


async def test_a_chosen_heartbeat_alone_shows_that_the_meter_lives_and_is_followed_when_renamed(
    hass: HomeAssistant, start: Start, entity_registry: er.EntityRegistry, freezer: FrozenDateTimeFactory
) -> None:
    entity_registry.async_get_or_create("sensor", "meter", "uptime", suggested_object_id="uptime")
    meter = start(MeterConfig(form=MeterForm.LINE_CURRENTS, imports=LINES, heartbeat="sensor.uptime"))
    await meter.shows("1", "1", "1")
    assert meter.entities.alive_at is None
    hass.states.async_set("sensor.uptime", "7")
    beaten_at = dt_util.utcnow()
    freezer.tick(5)
    reading = await meter.shows("2", "1", "1")
    # The reading is as young as its values, and the meter as old as its heartbeat.
    assert reading is not None
    assert reading.at == dt_util.utcnow()
    assert meter.entities.alive_at == beaten_at
    entity_registry.async_update_entity("sensor.uptime", new_entity_id="sensor.beat")
    await hass.async_block_till_done()
    hass.states.async_set("sensor.beat", "7")
    assert meter.entities.alive_at == dt_util.utcnow()
    assert meter.told.renamed == [("sensor.uptime", "sensor.beat")]
    entity_registry.async_update_entity("sensor.beat", name="Beat")
    await hass.async_block_till_done()
    assert len(meter.told.renamed) == 1
