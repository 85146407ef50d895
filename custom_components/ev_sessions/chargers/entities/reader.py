"""Read an EVSE from the Home Assistant entities that another integration made of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
import logging
from typing import override

from homeassistant.const import PERCENTAGE, UnitOfElectricCurrent, UnitOfEnergy, UnitOfPower
from homeassistant.core import Context, HomeAssistant, State, callback
from homeassistant.util import dt as dt_util

from ...core.balancing.override import shown_limit_a
from ...core.reading import EvseReading
from ...core.vehicles.battery import believable_percent
from ...sources.measured import Availability, Gauge
from ...sources.reference import Reference, entity_of
from ...sources.value import Quantity, said, whole
from ...sources.watch import EntityWatch, ProblemKind, SourceListener, SourceProblem
from ..reader import ChargerReader
from .bindings.binding import Scene
from .mapping import EvseMapping
from .status import joined, meaning_of, meaning_of_joined, with_plug
from .status_words import NOTHING, Meaning

_LOGGER = logging.getLogger(__name__)

#: How many words that we do not know are told of; a free text would have no end of them.
_MOST_WORDS = 20


class EntityChargerReader(ChargerReader):
    """Calls `on_reading` with all that the EVSE's entities show, on each change and each report.

    `watts_per_a` is the power of the EVSE at 1 A on its lines, and that on one phase alone,
    for a limit in W. Problems and renames go to the listener; an unknown status word stays a
    problem while we run.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        mapping: EvseMapping,
        *,
        name: str,
        watts_per_a: float,
        one_phase_watts_per_a: float | None = None,
        on_reading: Callable[[EvseReading], None],
        listener: SourceListener,
    ) -> None:
        self._mapping = mapping
        self._on_reading = on_reading
        self._listener = listener
        self._watch = EntityWatch(hass, mapping.entity_ids, on_report=self._async_report, listener=listener)
        self._availability = Availability(name)
        self._scene = Scene(state_of=lambda entity_id: self._watch[entity_id].state, watts_per_a=watts_per_a)
        self._one_phase = self._scene
        if one_phase_watts_per_a is not None:
            self._one_phase = replace(self._scene, watts_per_a=one_phase_watts_per_a, phases=1)
        self._unknown_words: set[str] = set()
        self._status = tuple(Reference.parse(text) for text in mapping.status)
        self._power = Gauge(Quantity.POWER_W, listener)
        self._energy = Gauge(Quantity.ENERGY_MWH, listener)
        self._session_energy = Gauge(Quantity.ENERGY_MWH, listener)
        self._soc = Gauge(Quantity.SOC_PERCENT, listener)
        self._currents = tuple(Gauge(Quantity.CURRENT_A, listener) for _ in mapping.currents)

    @property
    @override
    def source_available(self) -> bool:
        """Whether any entity that observes the EVSE says something."""
        return self._availability.available is True

    @property
    @override
    def set_context(self) -> Context | None:
        """In whose name limit or switch were written last; a command of ours or a person's."""
        shown_by = [part.shown_by for part in (self._mapping.limit, self._mapping.enable) if part is not None]
        states = [state for text in shown_by if (state := self._state(text)) is not None]
        return max(states, key=lambda state: state.last_updated).context if states else None

    @callback
    @override
    def async_start(self) -> None:
        """Read what is there now, and go on until stopped."""
        self._watch.async_start()
        self._async_report(dt_util.utcnow())

    @callback
    @override
    def async_stop(self) -> None:
        """Read no more."""
        self._watch.async_stop()

    @callback
    def _async_report(self, at: datetime) -> None:
        mapping = self._mapping
        phases = None if mapping.phases is None else mapping.phases.read(self._scene)
        scene = self._one_phase if phases == 1 else self._scene
        self._availability.set(available=self._speaks())
        meaning = with_plug(self._meaning(), self._state(self._mapping.plugged))
        register = self._energy.read(self._state(self._mapping.energy, UnitOfEnergy.KILO_WATT_HOUR))
        session_energy = self._session_energy.read(
            self._state(self._mapping.session_energy, UnitOfEnergy.KILO_WATT_HOUR)
        )
        power = self._power.read(self._state(self._mapping.power, UnitOfPower.WATT))
        currents_a = self._line_currents_a()
        self._on_reading(
            EvseReading(
                at=at,
                state=meaning.state,
                activity=meaning.activity,
                suspended_by=meaning.suspended_by,
                register_mwh=None if register is None else whole(register),
                register_at=None if register is None else self._reported_at(self._mapping.energy),
                session_energy_mwh=None if session_energy is None else whole(session_energy),
                power_w=None if power is None else float(power),
                currents_a=currents_a,
                drawn_at=self._drawn_at(power, currents_a),
                limit_a=None if mapping.limit is None else shown_limit_a(mapping.limit.read_a(scene)),
                enabled=None if mapping.enable is None else mapping.enable.read(scene),
                phases=phases,
                soc_percent=self._soc_percent(),
            )
        )

    def _state(self, text: str | None, unit: str | None = None) -> State | None:
        """Return what a reference shows; an attribute that tells no unit is in `unit`."""
        if text is None:
            return None
        reference = Reference.parse(text)
        return reference.of(self._watch[reference.entity_id].state, unit)

    def _reported_at(self, text: str | None) -> datetime | None:
        return None if text is None else self._watch[entity_of(text)].at

    def _drawn_at(self, power: Decimal | None, currents_a: tuple[float, ...] | None) -> datetime | None:
        if currents_a is not None:
            return max(self._watch[entity_of(text)].at for text in self._mapping.currents)
        return None if power is None else self._reported_at(self._mapping.power)

    def _speaks(self) -> bool:
        # What is commanded does not count: it may be a helper that is there without any charger.
        return any(said(self._watch[entity_id].state) is not None for entity_id in self._mapping.observing_ids)

    def _meaning(self) -> Meaning:
        if not self._status:
            return NOTHING
        states = [reference.of(self._watch[reference.entity_id].state) for reference in self._status]
        first, words = self._status[0], self._mapping.status_words
        if len(states) > 1:
            meaning, text = meaning_of_joined(states, words), joined(states)
        else:
            text = states[0].state if states[0] is not None else ""
            meaning = meaning_of(
                states[0],
                words,
                integration=self._watch.integration_of(first.entity_id),
                alone=self._mapping.plugged is None,
                of_attribute=first.attribute is not None,
            )
        if meaning is None:
            self._tell_unknown_word(self._watch[first.entity_id].state, text)
        return meaning or NOTHING

    def _tell_unknown_word(self, state: State | None, text: str) -> None:
        if state is None or text in self._unknown_words or len(self._unknown_words) >= _MOST_WORDS:
            return
        self._unknown_words.add(text)
        _LOGGER.warning("%s says %r, and nobody told what that means", state.entity_id, text)
        self._listener.on_problem(SourceProblem(kind=ProblemKind.UNKNOWN_WORD, entity_id=state.entity_id, detail=text))

    def _line_currents_a(self) -> tuple[float, ...] | None:
        values: list[Decimal | None] = [
            gauge.read(self._state(text, UnitOfElectricCurrent.AMPERE))
            for gauge, text in zip(self._currents, self._mapping.currents, strict=True)
        ]
        known = tuple(float(value) for value in values if value is not None)
        return known if known and len(known) == len(values) else None

    def _soc_percent(self) -> float | None:
        soc = self._soc.read(self._state(self._mapping.soc, PERCENTAGE))
        return believable_percent(None if soc is None else float(soc))
