"""A charger of each known integration is read, word by word and figure by figure, and commanded."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall, State as HassState
import pytest

from custom_components.ev_sessions.chargers.entities.bindings.binding import Call
from custom_components.ev_sessions.chargers.reader import ChargerReader
from custom_components.ev_sessions.core.reading import EvseReading
from custom_components.ev_sessions.site.chargers.charger_parts import control_of, reader_of
from custom_components.ev_sessions.site.config.site import ChargerConfig, SiteConfig, chargers_of
from tests.flows.brands import Walk, site_entry
from tests.flows.test_proposal import OTHERWISE, SHAPES
from tests.presets.adding import take_all
from tests.presets.devices import CHARGERS, Device, make
from tests.presets.expected import EXPECTED, JOINED, Call as ExpectedCall
from tests.sources.listening import Told

_WATTS = {"W": 1.0, "kW": 1000.0, "mW": 0.001}
_MWH = {"Wh": 1_000, "kWh": 1_000_000}
#: Every word of the integrations whose status is one entity, with state and activity as their sources tell.
WORDS: list[tuple[str, str, str | None, str | None]] = [
    (shape["domain"], word, *OTHERWISE.get((shape["domain"], word), (state, activity)))
    for shape in SHAPES
    for word, state, activity in shape["words"]
    if shape["domain"] not in JOINED
    # Home Assistant's own words say nothing; the HTTP preset reads the numbers.
    if word not in {"unknown", "unavailable", "Unknown"} and shape["domain"] != "goecharger_api2"
] + [
    ("goecharger_api2", str(code), *meaning)
    for code, meaning in enumerate(
        [(None, "fault"), ("A", "available"), ("C", "charging"), ("B", "suspended_ev"), ("B", "suspended_ev")]
    )
]


class Added:
    """A charger that was taken as it was found, and its reader."""

    def __init__(self, hass: HomeAssistant, device: Device, site: SiteConfig, charger: ChargerConfig) -> None:
        self.hass = hass
        self.device = device
        self.site = site
        self.charger = charger
        self.told = Told()
        self.readings: list[EvseReading] = []
        self.reader: ChargerReader = reader_of(
            hass, site, charger, charger.evses[0], on_reading=self.readings.append, listener=self.told.listener
        )

    async def shows(self, reference: str, text: str) -> EvseReading:
        """Let an entity, or its attribute, show something."""
        entity_id, *attribute = reference.split("|")
        state = self.hass.states.get(entity_id)
        assert state is not None
        if attribute:
            attributes = {**state.attributes, attribute[0]: text}
            # Whatever the entity itself shows: it has to be there.
            shown = "on" if entity_id.startswith("binary_sensor.") else "Available"
            shown = shown if state.state == "unknown" else state.state
            self.hass.states.async_set(entity_id, shown, attributes)
        else:
            self.hass.states.async_set(entity_id, text, state.attributes)
        await self.hass.async_block_till_done()
        return self.readings[-1]


@pytest.fixture
async def added(hass: HomeAssistant, walk: Walk, request: pytest.FixtureRequest) -> AsyncIterator[Added]:
    device = make(hass, request.param)
    entry = site_entry(hass)
    await take_all(walk, entry, device.device_id)
    charger = replace(chargers_of(entry)[0], least_interval_s=0.0)
    made = Added(hass, device, SiteConfig.from_entry(entry), charger)
    made.reader.async_start()
    yield made
    made.reader.async_stop()


def said(reading: EvseReading) -> tuple[str | None, str | None]:
    return (
        None if reading.state is None else reading.state.value,
        None if reading.activity is None else reading.activity.value,
    )


@pytest.mark.parametrize(
    ("added", "words"), [(name, name) for name in CHARGERS if EXPECTED[name].status], indirect=["added"]
)
async def test_every_status_word_means_what_its_source_says(added: Added, words: str) -> None:
    status = added.charger.evses[0].status
    plugged = EXPECTED[words].plugged
    if len(status) > 1:
        told = JOINED[words]
    else:
        told = [((word,), state, activity) for name, word, state, activity in WORDS if name == words]
    assert told or words == "indra_v2h"
    for texts, state, activity in told:
        for reference, text in zip(status, texts, strict=True):
            await added.shows(reference, text)
        reading = added.readings[-1]
        if plugged is not None and state is None:
            continue  # the plug tells of the car, in a story of its own
        assert said(reading) == (state, activity), texts
    assert added.told.of_values == []


@pytest.mark.parametrize(
    ("added", "word", "without_car", "with_car"),
    [
        ("openevse", "sleeping", ("A", None), ("B", "suspended_evse")),
        ("openevse", "disabled", ("A", None), ("B", "suspended_evse")),
        ("keba", "not ready for charging", ("A", None), ("B", "suspended_evse")),
        ("hypervolt_charger", "Ready", ("A", None), ("B", None)),
        ("hypervolt_charger", "Not Ready - Force Stopped", ("A", None), ("B", "suspended_evse")),
    ],
    indirect=["added"],
)
async def test_plug_tells_of_the_car_where_the_status_does_not(
    added: Added, word: str, without_car: tuple[str, str | None], with_car: tuple[str, str | None]
) -> None:
    evse = added.charger.evses[0]
    assert evse.plugged is not None
    await added.shows(evse.status[0], word)
    assert said(await added.shows(evse.plugged, "off")) == without_car
    assert said(await added.shows(evse.plugged, "on")) == with_car


@pytest.mark.parametrize(("added", "name"), [(name, name) for name in CHARGERS], indirect=["added"])
async def test_every_figure_is_read_in_its_unit(added: Added, name: str) -> None:
    evse, hass = added.charger.evses[0], added.hass

    def unit_of(reference: str) -> str:
        entity_id, *attribute = reference.split("|")
        state = hass.states.get(entity_id)
        assert isinstance(state, HassState)
        return attribute[1] if attribute else state.attributes["unit_of_measurement"]

    reading = None
    for reference, value in ((evse.power, "7.2"), (evse.energy, "1234.5"), (evse.session_energy, "3.25")):
        if reference is not None:
            reading = await added.shows(reference, value)
    for line, reference in enumerate(evse.currents):
        reading = await added.shows(reference, str(15 + line))
    assert reading is not None
    power_w = None if evse.power is None else pytest.approx(7.2 * _WATTS[unit_of(evse.power)])
    assert reading.power_w == power_w
    assert reading.register_mwh == (None if evse.energy is None else round(1234.5 * _MWH[unit_of(evse.energy)]))
    session = evse.session_energy
    assert reading.session_energy_mwh == (None if session is None else round(3.25 * _MWH[unit_of(session)]))
    expected = tuple((15.0 + line) * (0.001 if unit_of(text) == "mA" else 1) for line, text in enumerate(evse.currents))
    assert reading.currents_a == (expected or None)
    assert added.told.of_values == []


@pytest.mark.parametrize(
    ("added", "name"),
    [(name, name) for name in CHARGERS if EXPECTED[name].limit or EXPECTED[name].resume],
    indirect=["added"],
)
async def test_every_command_becomes_the_call_that_the_integration_expects(added: Added, name: str) -> None:
    hass, expected = added.hass, EXPECTED[name]
    calls: list[tuple[str, dict[str, Any]]] = []

    async def heard(call: ServiceCall) -> None:
        calls.append((f"{call.domain}.{call.service}", _plain(dict(call.data))))

    for action in {call[0] for call in (expected.limit, expected.resume, expected.pause) if call is not None}:
        domain, _, service = action.partition(".")
        hass.services.async_register(domain, service, heard)
    control = control_of(hass, added.site, added.charger, added.charger.evses[0])
    assert control is not None
    control.async_start()
    for command, call in ((control.async_resume, expected.resume), (control.async_pause, expected.pause)):
        calls.clear()
        await command()
        assert calls == ([] if call is None else [_resolved(added.device, call)])
    if expected.limit is not None:
        calls.clear()
        await control.async_resume()
        calls.clear()
        await control.async_set_limit_a(10.04)
        assert calls[0] == _resolved(added.device, expected.limit)
    control.async_stop()


@pytest.mark.parametrize(
    ("added", "name"), [(name, name) for name in CHARGERS if EXPECTED[name].one_phase], indirect=["added"]
)
async def test_phases_are_switched_by_the_call_that_the_integration_expects(added: Added, name: str) -> None:
    phases, expected = added.charger.evses[0].phases, EXPECTED[name]
    assert phases is not None
    for count, call in ((1, expected.one_phase), (3, expected.three_phases)):
        assert call is not None
        assert _as_heard(phases.call(count)) == _resolved(added.device, call)


def _as_heard(call: Call) -> tuple[str, dict[str, Any]]:
    return call.action, _plain({**call.data, **call.target})


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in data.items()}


def _resolved(device: Device, call: ExpectedCall) -> tuple[str, dict[str, Any]]:
    action, data = call
    named: dict[str, dict[str, Any]] = {"entity_id": device.ids, "device_id": {"the device": device.device_id}}
    return action, {key: named[key][value] if key in named else value for key, value in data.items()}
