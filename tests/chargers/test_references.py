"""What an EVSE shows in attributes, and in several status entities together."""

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.chargers.entities.mapping import EvseMapping
from custom_components.ev_sessions.chargers.entities.status import meaning_of_joined
from custom_components.ev_sessions.chargers.entities.status_words import NOTHING, OF_ACTIVITY, Meaning
from custom_components.ev_sessions.core.reading import Activity, State
from custom_components.ev_sessions.site.renames import _renamed
from custom_components.ev_sessions.sources.reference import Reference, entity_of
from tests.chargers.test_reader import Start, start

__all__ = ["start"]

BOX, POWER, PLUG = "binary_sensor.box", "sensor.power", "binary_sensor.plug"
CONNECTED, CHARGING, PAUSED = "binary_sensor.connected", "binary_sensor.charging", "switch.paused"
JOINED = {
    "off,*,*": OF_ACTIVITY[Activity.AVAILABLE],
    "*,on,*": OF_ACTIVITY[Activity.CHARGING],
    "on,off,on": OF_ACTIVITY[Activity.SUSPENDED_EVSE],
    "on,off,off": OF_ACTIVITY[Activity.SUSPENDED_EV],
}


async def test_words_of_an_attribute_are_read_though_a_binary_sensor_has_it(start: Start) -> None:
    evse = start(EvseMapping(status=(f"{BOX}|status",), status_words={"locked out": Meaning(state=State.B)}))
    assert (await evse.shows(BOX, "on", status="charging")).activity is Activity.CHARGING
    assert (await evse.shows(BOX, "off", status="locked out")).state is State.B
    assert (await evse.shows(BOX, "off", status="gone mad")).state is None
    assert (evse.told.kinds[-1], evse.told.problems[-1].detail) == ("unknown_word", "gone mad")
    assert (await evse.shows(BOX, "unavailable", status="charging")).activity is None
    assert (await evse.shows(BOX, "off")).activity is None


async def test_an_attribute_is_in_its_own_unit_or_in_the_usual_one(start: Start) -> None:
    lines = tuple(f"{POWER}|i{line}|mA" for line in (1, 2, 3))
    evse = start(
        EvseMapping(
            power=POWER,
            energy=f"{POWER}|register",
            session_energy=f"{POWER}|session|Wh",
            currents=lines,
            plugged=f"{POWER}|plugged",
        )
    )
    reading = await evse.shows(
        POWER, "11", "kW", register=1234.5, session="4200", i1=16000, i2="15900", i3=16100, plugged=True
    )
    assert (reading.power_w, reading.state) == (11_000.0, State.B)
    assert (reading.register_mwh, reading.session_energy_mwh) == (1_234_500_000, 4_200_000)
    assert reading.currents_a == (16.0, 15.9, 16.1)
    assert reading.register_at is not None
    assert evse.told.of_values == []
    assert (await evse.shows(POWER, "11", "kW", register="many", plugged=False)).register_mwh is None
    assert evse.told.kinds[-1] == "not_a_number"


async def test_several_status_entities_are_read_together(start: Start) -> None:
    evse = start(EvseMapping(status=(CONNECTED, CHARGING, PAUSED), status_words=JOINED))
    assert evse.readings[-1].activity is None
    assert (await evse.shows(CONNECTED, "off")).activity is Activity.AVAILABLE
    # What the car does is not known before the others have spoken.
    assert (await evse.shows(CONNECTED, "on")).activity is None
    assert (await evse.shows(CHARGING, "off")).activity is None
    assert evse.told.of_values == []
    assert (await evse.shows(PAUSED, "on")).activity is Activity.SUSPENDED_EVSE
    assert (await evse.shows(PAUSED, "off")).activity is Activity.SUSPENDED_EV
    assert (await evse.shows(CHARGING, "on")).activity is Activity.CHARGING
    assert (await evse.shows(CONNECTED, "maybe")).activity is Activity.CHARGING
    assert (await evse.shows(CHARGING, "off")).activity is None
    assert (evse.told.kinds[-1], evse.told.problems[-1].detail) == ("unknown_word", "maybe,off,off")


async def test_a_renamed_entity_keeps_its_attribute(hass: HomeAssistant) -> None:
    data = {"status": [f"{BOX}|status", PLUG], "power": POWER, "currents": [f"{POWER}|i1|A"], "quiet_s": 300}
    assert _renamed(data, POWER, "sensor.new") == {**data, "power": "sensor.new", "currents": ["sensor.new|i1|A"]}
    assert _renamed(data, BOX, "binary_sensor.new")["status"] == ["binary_sensor.new|status", PLUG]
    assert entity_of(f"{BOX}|status") == BOX


def test_words_of_silent_entities_mean_nothing() -> None:
    assert meaning_of_joined([None, None, None], JOINED) is NOTHING
    assert meaning_of_joined([None], {"a,b": Meaning(state=State.A)}) is NOTHING


@pytest.mark.parametrize("text", ["sensor.x", "sensor.x|a", "sensor.x|a|mA"])
def test_reference_reads_what_it_is_written_as(text: str) -> None:
    reference = Reference.parse(text)
    assert "|".join(part for part in (reference.entity_id, reference.attribute, reference.unit) if part) == text
