"""Read an EVSE from the Home Assistant entities that another integration made of it."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
import logging

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import Context, HomeAssistant, State, callback
from homeassistant.util import dt as dt_util

from ...core.reading import EvseReading
from ...sources.measured import Availability, Gauge
from ...sources.value import Quantity, said, whole
from ...sources.watch import EntityWatch, ProblemKind, SourceListener, SourceProblem
from .limit_number import LimitNumber
from .mapping import EvseMapping
from .status import meaning_of, with_plug
from .status_words import NOTHING, Meaning

_LOGGER = logging.getLogger(__name__)

#: How many words that we do not know are told of; a free text would have no end of them.
_MOST_WORDS = 20


class EntityChargerReader:
    """Calls `on_reading` with all that the EVSE's entities show, on each change and each report.

    `watts_per_a` is the power of the EVSE at 1 A on its lines, for a limit in W. Problems and
    renames go to the listener; an unknown status word stays a problem while we run.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        mapping: EvseMapping,
        *,
        name: str,
        watts_per_a: float,
        on_reading: Callable[[EvseReading], None],
        listener: SourceListener,
    ) -> None:
        self._mapping = mapping
        self._watts_per_a = watts_per_a
        self._on_reading = on_reading
        self._listener = listener
        self._watch = EntityWatch(hass, mapping.entity_ids, on_report=self._async_report, listener=listener)
        self._availability = Availability(name)
        self._unknown_words: set[str] = set()
        self._power = Gauge(Quantity.POWER_W, listener)
        self._energy = Gauge(Quantity.ENERGY_MWH, listener)
        self._session_energy = Gauge(Quantity.ENERGY_MWH, listener)
        self._currents = tuple(Gauge(Quantity.CURRENT_A, listener) for _ in mapping.currents)

    @property
    def source_available(self) -> bool:
        """Whether any entity that observes the EVSE says something."""
        return self._availability.available is True

    @property
    def limit_context(self) -> Context | None:
        """In whose name the limit number was last written; a command of ours or a person's."""
        state = self._state(self._mapping.limit)
        return None if state is None else state.context

    @callback
    def async_start(self) -> None:
        """Read what is there now, and go on until stopped."""
        self._watch.async_start()
        self._async_report(dt_util.utcnow())

    @callback
    def async_stop(self) -> None:
        """Read no more."""
        self._watch.async_stop()

    @callback
    def _async_report(self, at: datetime) -> None:
        self._availability.set(available=self._speaks())
        meaning = with_plug(self._meaning(), self._state(self._mapping.plugged))
        register = self._energy.read(self._state(self._mapping.energy))
        session_energy = self._session_energy.read(self._state(self._mapping.session_energy))
        power = self._power.read(self._state(self._mapping.power))
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
                limit_a=self._limit_a(),
                enabled=self._enabled(),
            )
        )

    def _state(self, entity_id: str | None) -> State | None:
        return None if entity_id is None else self._watch[entity_id].state

    def _reported_at(self, entity_id: str | None) -> datetime | None:
        return None if entity_id is None else self._watch[entity_id].at

    def _drawn_at(self, power: Decimal | None, currents_a: tuple[float, ...] | None) -> datetime | None:
        if currents_a is not None:
            return max(self._watch[entity_id].at for entity_id in self._mapping.currents)
        return None if power is None else self._reported_at(self._mapping.power)

    def _speaks(self) -> bool:
        # Limit and switch do not count: they may be a helper that is there without any charger.
        commanded = {self._mapping.limit, self._mapping.enable}
        return any(
            said(self._watch[entity_id].state) is not None
            for entity_id in self._mapping.entity_ids
            if entity_id not in commanded
        )

    def _meaning(self) -> Meaning:
        if self._mapping.status is None:
            return NOTHING
        state = self._state(self._mapping.status)
        meaning = meaning_of(
            state,
            self._mapping.status_words,
            integration=self._watch.integration_of(self._mapping.status),
            alone=self._mapping.plugged is None,
        )
        if meaning is None and state is not None:
            self._tell_unknown_word(state)
        return meaning or NOTHING

    def _tell_unknown_word(self, state: State) -> None:
        if state.state in self._unknown_words or len(self._unknown_words) >= _MOST_WORDS:
            return
        self._unknown_words.add(state.state)
        _LOGGER.warning("%s says %r, and nobody told what that means", state.entity_id, state.state)
        self._listener.on_problem(
            SourceProblem(kind=ProblemKind.UNKNOWN_WORD, entity_id=state.entity_id, detail=state.state)
        )

    def _line_currents_a(self) -> tuple[float, ...] | None:
        values: list[Decimal | None] = [
            gauge.read(self._state(entity_id))
            for gauge, entity_id in zip(self._currents, self._mapping.currents, strict=True)
        ]
        known = tuple(float(value) for value in values if value is not None)
        return known if known and len(known) == len(values) else None

    def _limit_a(self) -> float | None:
        state = self._state(self._mapping.limit)
        if state is None or (number := LimitNumber.of(state, self._watts_per_a)) is None:
            return None
        return number.read_a(state)

    def _enabled(self) -> bool | None:
        return {STATE_ON: True, STATE_OFF: False}.get(said(self._state(self._mapping.enable)) or "")
