"""An EVSE as its entities show it, through a real Home Assistant with real state changes."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest

from custom_components.ev_sessions.chargers.entities.bindings.parse import enable_from_data, limit_from_data
from custom_components.ev_sessions.chargers.entities.mapping import EvseMapping
from custom_components.ev_sessions.chargers.entities.reader import EntityChargerReader
from custom_components.ev_sessions.chargers.entities.status_words import Meaning
from custom_components.ev_sessions.core.reading import Activity, EvseReading, State, SuspendedBy
from tests.sources.listening import Told

STATUS, PLUG, POWER, ENERGY = "sensor.status", "binary_sensor.plug", "sensor.power", "sensor.energy"
SESSION, LIMIT, ENABLE = "sensor.session_energy", "number.limit", "switch.enable"
LINES = ("sensor.l1", "sensor.l2", "sensor.l3")
WORDS = {
    "Available": Meaning(state=State.A, activity=Activity.AVAILABLE),
    "Charging": Meaning(state=State.C, activity=Activity.CHARGING),
    "Paused": Meaning(state=State.B, activity=Activity.SUSPENDED_EVSE, suspended_by=SuspendedBy.CHARGER),
    "Fault": Meaning(state=State.F, activity=Activity.FAULT),
    "Booting": Meaning(),
}
FULL = EvseMapping(
    status=(STATUS,),
    status_words=WORDS,
    plugged=PLUG,
    power=POWER,
    energy=ENERGY,
    session_energy=SESSION,
    currents=LINES,
    limit=limit_from_data(LIMIT),
    enable=enable_from_data(ENABLE),
)


class Evse:
    """A reader and all that it said."""

    def __init__(self, hass: HomeAssistant, mapping: EvseMapping) -> None:
        self.hass = hass
        self.told = Told()
        self.readings: list[EvseReading] = []
        self.reader = EntityChargerReader(
            hass,
            mapping,
            name="Garage",
            watts_per_a=690.0,
            on_reading=self.readings.append,
            listener=self.told.listener,
        )
        self.reader.async_start()

    async def shows(self, entity_id: str, text: str, unit: str | None = None, **attributes: object) -> EvseReading:
        """Write a state, and return the reading that it made."""
        count = len(self.readings)
        self.hass.states.async_set(entity_id, text, {"unit_of_measurement": unit, **attributes})
        await self.hass.async_block_till_done()
        assert len(self.readings) == count + 1
        return self.readings[-1]


type Start = Callable[[EvseMapping], Evse]


@pytest.fixture
def start(hass: HomeAssistant) -> Iterator[Start]:
    started: list[Evse] = []

    def _start(mapping: EvseMapping) -> Evse:
        started.append(Evse(hass, mapping))
        return started[-1]

    yield _start
    for evse in started:
        evse.reader.async_stop()


async def test_a_charging_car_is_read_with_all_that_its_entities_show(hass: HomeAssistant, start: Start) -> None:
    evse = start(FULL)
    for entity_id, text, unit in (
        (STATUS, "Charging", None),
        (PLUG, "on", None),
        (POWER, "11.04", "kW"),
        (ENERGY, "10233.118", "kWh"),
        (SESSION, "4200", "Wh"),
        (LINES[0], "16.1", "A"),
        (LINES[1], "15900", "mA"),
        (LINES[2], "16", "A"),
        (LIMIT, "16", "A"),
        (ENABLE, "on", None),
    ):
        hass.states.async_set(entity_id, text, {"unit_of_measurement": unit})
    written_at = dt_util.utcnow()
    await hass.async_block_till_done()
    assert len(evse.readings) == 2  # what was there at the start, and the burst
    reading = evse.readings[-1]
    register_at, drawn_at = hass.states.get(ENERGY), hass.states.get(LINES[2])
    assert register_at is not None
    assert drawn_at is not None
    assert reading == EvseReading(
        at=reading.at,
        state=State.C,
        activity=Activity.CHARGING,
        register_mwh=10_233_118_000,
        register_at=register_at.last_reported,
        session_energy_mwh=4_200_000,
        power_w=11_040.0,
        currents_a=(16.1, 15.9, 16.0),
        drawn_at=drawn_at.last_reported,
        limit_a=16.0,
        enabled=True,
    )
    assert abs(reading.at - written_at) < timedelta(seconds=1)
    assert evse.told.of_values == []
    assert set(evse.told.cured) == set(evse.told.problems)  # none is missing any more


async def test_what_is_there_at_the_start_is_read_at_once(hass: HomeAssistant, start: Start) -> None:
    hass.states.async_set(STATUS, "Charging")
    assert start(FULL).readings[0].activity is Activity.CHARGING


async def test_before_the_source_has_spoken_nothing_is_known(start: Start) -> None:
    evse = start(FULL)
    assert evse.readings == [EvseReading(at=evse.readings[0].at)]
    assert not evse.reader.source_available


async def test_a_register_sample_keeps_its_instant_while_others_report(
    start: Start, freezer: FrozenDateTimeFactory
) -> None:
    evse = start(FULL)
    first = await evse.shows(ENERGY, "100", "kWh")
    sampled_at = dt_util.utcnow()
    assert (first.at, first.register_at) == (sampled_at, sampled_at)
    freezer.tick(7)
    power = await evse.shows(POWER, "3600", "W")
    assert power.at == sampled_at + timedelta(seconds=7)
    assert (power.register_mwh, power.register_at) == (100_000_000, sampled_at)
    freezer.tick(3)
    again = await evse.shows(ENERGY, "100", "kWh")
    assert again.register_at == sampled_at + timedelta(seconds=10)


async def test_a_draw_keeps_its_instant_while_others_report(start: Start, freezer: FrozenDateTimeFactory) -> None:
    evse = start(FULL)
    power = await evse.shows(POWER, "3600", "W")
    sampled_at = power.at
    assert power.drawn_at == sampled_at
    freezer.tick(30)
    assert (await evse.shows(STATUS, "Charging")).drawn_at == sampled_at
    for line in LINES:
        await evse.shows(line, "5.2", "A")
    assert evse.readings[-1].drawn_at == sampled_at + timedelta(seconds=30)


@pytest.mark.parametrize("text", ["unavailable", "unknown", ""])
async def test_a_source_that_drops_out_says_nothing_and_ends_nothing(start: Start, text: str) -> None:
    evse = start(FULL)
    await evse.shows(STATUS, "Charging")
    assert evse.readings[-1].connected is True
    reading = await evse.shows(STATUS, text)
    assert (reading.state, reading.activity, reading.connected) == (None, None, None)
    assert (await evse.shows(STATUS, "Charging")).connected is True


async def test_a_restored_state_is_not_the_device_s_word(start: Start) -> None:
    evse = start(FULL)
    reading = await evse.shows(STATUS, "Available", restored=True)
    assert reading.connected is None
    reading = await evse.shows(ENERGY, "99", "kWh", restored=True)
    assert (reading.register_mwh, reading.register_at) == (None, None)
    assert not evse.reader.source_available
    assert (await evse.shows(ENERGY, "99", "kWh")).register_mwh == 99_000_000
    assert evse.reader.source_available


async def test_a_register_that_shows_nonsense_says_nothing_and_is_logged_once(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    evse = start(FULL)
    for text in ("NaN", "inf", "--", "NaN"):
        reading = await evse.shows(ENERGY, text, "kWh")
        assert (reading.register_mwh, reading.register_at) == (None, None)
    assert caplog.text.count("sensor.energy cannot be used") == 1
    assert [problem.kind.value for problem in evse.told.of_values] == ["not_a_number"]
    assert (await evse.shows(ENERGY, "5", "kWh")).register_mwh == 5_000_000
    assert evse.told.cured[-1:] == evse.told.of_values


async def test_a_register_whose_unit_is_changed_to_wh_goes_on_where_it_was(start: Start) -> None:
    evse = start(FULL)
    before = await evse.shows(ENERGY, "10233.118", "kWh")
    after = await evse.shows(ENERGY, "10233118", "Wh")
    assert before.register_mwh == after.register_mwh == 10_233_118_000


async def test_a_register_in_another_quantity_is_a_problem(start: Start) -> None:
    evse = start(FULL)
    assert (await evse.shows(ENERGY, "12", "EUR")).register_mwh is None
    assert [(p.kind.value, p.detail) for p in evse.told.of_values] == [("unit", "EUR")]


async def test_one_silent_line_leaves_no_currents_at_all(start: Start) -> None:
    evse = start(FULL)
    for entity_id in LINES:
        assert evse.readings[-1].currents_a is None
        await evse.shows(entity_id, "10", "A")
    assert evse.readings[-1].currents_a == (10.0, 10.0, 10.0)
    assert (await evse.shows(LINES[1], "unavailable")).currents_a is None


async def test_a_word_that_nobody_explained_says_nothing_and_is_told_once(start: Start) -> None:
    evse = start(FULL)
    for text in ("Warming up", "Charging", "Warming up"):
        await evse.shows(STATUS, text)
    assert (evse.readings[-1].state, evse.readings[-1].activity) == (None, None)
    assert [(p.kind.value, p.entity_id, p.detail) for p in evse.told.of_values] == [
        ("unknown_word", STATUS, "Warming up")
    ]
    assert evse.told.of_values[0] not in evse.told.cured


async def test_a_status_of_free_text_does_not_fill_the_memory(start: Start) -> None:
    evse = start(FULL)
    for count in range(50):
        await evse.shows(STATUS, f"code {count}")
    assert len(evse.told.of_values) == 20


@pytest.mark.parametrize("text", ["zapping hard", "ZAPPING HARD", " Zapping-hard "])
async def test_a_word_is_known_but_for_case_and_blanks(start: Start, text: str) -> None:
    mapping = EvseMapping(status=(STATUS,), status_words={"Other": Meaning(), "Zapping hard": WORDS["Charging"]})
    assert (await start(mapping).shows(STATUS, text)).activity is Activity.CHARGING


async def test_a_word_that_was_not_there_at_set_up_is_looked_up_for_its_integration(
    start: Start, entity_registry: er.EntityRegistry
) -> None:
    entity_registry.async_get_or_create("sensor", "wallbox", "u1", suggested_object_id="status")
    evse = start(FULL)
    assert (await evse.shows(STATUS, "Ready")).activity is Activity.AVAILABLE
    assert (await evse.shows(STATUS, "Waiting")).activity is Activity.PREPARING
    assert [problem for problem in evse.told.of_values if problem.entity_id == STATUS] == []


async def test_an_evse_that_holds_back_leaves_it_to_the_plug_whether_a_car_is_there(start: Start) -> None:
    evse = start(
        EvseMapping(
            status=(STATUS,), status_words={"Disabled": Meaning(activity=Activity.SUSPENDED_EVSE)}, plugged=PLUG
        )
    )
    await evse.shows(STATUS, "Disabled")
    assert (await evse.shows(PLUG, "off")).connected is False
    reading = await evse.shows(PLUG, "on")
    assert (reading.connected, reading.activity) == (True, Activity.SUSPENDED_EVSE)


async def test_who_suspended_the_charge_is_passed_on(start: Start) -> None:
    assert (await start(FULL).shows(STATUS, "Paused")).suspended_by is SuspendedBy.CHARGER


async def test_the_plug_tells_of_the_car_where_the_status_does_not(start: Start) -> None:
    evse = start(FULL)
    assert (await evse.shows(PLUG, "on")).connected is True
    fault = await evse.shows(STATUS, "Fault")
    assert (fault.activity, fault.connected) == (Activity.FAULT, True)
    assert (await evse.shows(PLUG, "off")).connected is False
    booting = await evse.shows(STATUS, "Booting")
    assert (booting.activity, booting.connected) == (None, False)
    assert (await evse.shows(PLUG, "unavailable")).connected is None


async def test_a_status_that_tells_of_the_car_outweighs_the_plug(start: Start) -> None:
    evse = start(FULL)
    await evse.shows(PLUG, "off")
    assert (await evse.shows(STATUS, "Charging")).connected is True
    await evse.shows(PLUG, "on")
    assert (await evse.shows(STATUS, "Available")).connected is False


@pytest.mark.parametrize(
    ("device_class", "plugged", "on", "off"),
    [
        ("plug", None, State.B, State.A),
        (None, None, State.B, State.A),
        ("connectivity", None, State.B, State.A),
        ("battery_charging", None, State.C, State.A),
        ("running", None, State.C, State.A),
        ("battery_charging", PLUG, State.C, None),
    ],
)
async def test_a_binary_status_is_understood_by_its_device_class(
    start: Start, device_class: str | None, plugged: str | None, on: State, off: State | None
) -> None:
    status = "binary_sensor.status"
    evse = start(EvseMapping(status=(status,), plugged=plugged))
    assert (await evse.shows(status, "on", device_class=device_class)).state is on
    assert (await evse.shows(status, "off", device_class=device_class)).state is off
    assert (await evse.shows(status, "maybe", device_class=device_class)).state is None
    assert evse.told.kinds[-1] == "unknown_word"


async def test_what_the_owner_said_of_a_binary_status_comes_first(start: Start) -> None:
    status = "binary_sensor.status"
    evse = start(EvseMapping(status=(status,), status_words={"on": WORDS["Paused"]}))
    assert (await evse.shows(status, "on", device_class="plug")).activity is Activity.SUSPENDED_EVSE


async def test_a_plug_with_power_only_passes_its_power(start: Start) -> None:
    evse = start(EvseMapping(power=POWER))
    reading = await evse.shows(POWER, "2.2", "kW")
    assert (reading.power_w, reading.connected, reading.currents_a) == (2200.0, None, None)
    assert evse.reader.set_context is None
    assert (reading.limit_a, reading.enabled) == (None, None)


async def test_limit_and_switch_are_read_back(start: Start) -> None:
    evse = start(FULL)
    assert (await evse.shows(LIMIT, "6900", "W")).limit_a == pytest.approx(10.0)
    assert (await evse.shows(LIMIT, "10", "V")).limit_a is None
    # Below nothing is a word for "not known": nobody stopped the car.
    assert (await evse.shows(LIMIT, "-1", "A")).limit_a is None
    assert (await evse.shows(ENABLE, "off")).enabled is False
    assert (await evse.shows(ENABLE, "unavailable")).enabled is None
    # They are no witnesses: a helper is there without any charger.
    assert not evse.reader.source_available


async def test_who_wrote_the_limit_can_be_told(hass: HomeAssistant, start: Start) -> None:
    evse = start(FULL)
    context = Context(user_id="somebody")
    hass.states.async_set(LIMIT, "12", context=context)
    assert evse.reader.set_context == context


async def test_a_lost_source_is_logged_once_and_once_when_it_is_back(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    evse = start(EvseMapping(status=(STATUS,), status_words=WORDS, power=POWER))
    await evse.shows(STATUS, "Charging")
    await evse.shows(POWER, "11", "kW")
    await evse.shows(STATUS, "unavailable")
    assert evse.reader.source_available
    for _ in range(3):
        await evse.shows(POWER, "unavailable")
        await evse.shows(POWER, "unknown")
    assert not evse.reader.source_available
    await evse.shows(POWER, "10", "kW")
    assert evse.reader.source_available
    log = [record.message for record in caplog.records if record.name.startswith("custom_components")]
    assert log == [
        "Garage: its source says nothing",
        "Garage: its source is back",
        "Garage: its source says nothing",
        "Garage: its source is back",
    ]


async def test_a_renamed_status_entity_is_followed_in_the_middle_of_a_session(
    hass: HomeAssistant, start: Start, entity_registry: er.EntityRegistry
) -> None:
    entity_registry.async_get_or_create("sensor", "test", "u1", suggested_object_id="status")
    hass.states.async_set(STATUS, "Charging")
    evse = start(EvseMapping(status=(STATUS,), status_words=WORDS))
    entity_registry.async_update_entity(STATUS, new_entity_id="sensor.wallbox_state")
    hass.states.async_remove(STATUS)
    assert (await evse.shows("sensor.wallbox_state", "Available")).connected is False
    assert evse.told.renamed == [(STATUS, "sensor.wallbox_state")]


async def test_a_flapping_source_at_five_bursts_a_second_loses_nothing(
    hass: HomeAssistant, start: Start, freezer: FrozenDateTimeFactory
) -> None:
    evse = start(FULL)
    for burst in range(1, 26):
        freezer.tick(timedelta(milliseconds=200))
        hass.states.async_set(STATUS, "unavailable" if burst % 3 == 0 else "Charging")
        hass.states.async_set(ENERGY, f"{burst / 1000:.3f}", {"unit_of_measurement": "kWh"})
        await hass.async_block_till_done()
    registers = [reading.register_mwh for reading in evse.readings[1:]]
    assert registers == [burst * 1000 for burst in range(1, 26)]
    assert {reading.connected for reading in evse.readings[1:]} == {True, None}
