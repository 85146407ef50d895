"""The grid's CO₂ intensity at run time: what its entity says, kept by the quarter hour, and what this month emitted."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
import logging
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant, State, callback

from ...const import CONF_CARBON_ENTITY, CONF_SOLAR_G_PER_KWH
from ...core.sessions.session import SessionEventType
from ...core.statistics.carbon import Carbon, IntensityMeter, g_per_kwh, quarter_of
from ...core.statistics.month import month_of
from ...sources.value import number, said
from ...sources.watch import EntityWatch, ProblemKind, SourceListener, SourceProblem
from ...store import Ledger, LedgerError
from ..clock import Clock
from ..ledger.ledger import asked
from ..parts import SiteParts
from .carbon_recall import async_intensity_history

_LOGGER = logging.getLogger(__name__)

#: No longer ago than this is anything recalled.
_RECALLED: Final = timedelta(days=62)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonConfig:
    """The entity that tells the grid's intensity, and as what energy from the own roof counts, in g/kWh."""

    entity_id: str
    solar_g_per_kwh: float = 0.0

    @classmethod
    def from_entry(cls, entry: ConfigEntry[Any]) -> Self | None:
        """Read it from a site's entry; None where no entity is given."""
        entity_id = entry.data.get(CONF_CARBON_ENTITY)
        if entity_id is None:
            return None
        return cls(entity_id=entity_id, solar_g_per_kwh=float(entry.data.get(CONF_SOLAR_G_PER_KWH) or 0.0))


class CarbonWatch:
    """Keeps the intensity, and counts the running month; `changed` shows the site anew."""

    def __init__(
        self,
        hass: HomeAssistant,
        ledger: Ledger,
        *,
        site_id: str,
        config: CarbonConfig,
        zone: ZoneInfo,
        clock: Clock,
        parts: SiteParts,
        listener: SourceListener,
        changed: Callable[[], None],
        run: Callable[[Coroutine[Any, Any, None], str], object],
    ) -> None:
        self._hass = hass
        self._ledger = ledger
        self._site_id = site_id
        self._config = config
        self._zone = zone
        self._clock = clock
        self._parts = parts
        self._listener = listener
        self._changed = changed
        self._run = run
        self._meter = IntensityMeter()
        self._told: SourceProblem | None = None
        self._recalled = False
        self._watch = EntityWatch(hass, [config.entity_id], on_report=self.async_look, listener=listener)
        self.month = Carbon()

    @callback
    def async_start(self) -> None:
        """Follow the entity."""
        self._watch.async_start()
        self.async_look()
        self.async_count_soon()

    async def _async_recall(self) -> None:
        """Know the intensity of the time since the last quarter hour that was seen; then count the month."""
        until, state = quarter_of(self._clock().utc), self._watch[self._config.entity_id].state
        try:
            last = await asked(self._ledger.last_intensity(self._site_id, until))
            if last is not None and state is not None:
                found = await async_intensity_history(
                    self._hass,
                    self._config.entity_id,
                    state.attributes.get(ATTR_UNIT_OF_MEASUREMENT),
                    # We saw the beginning of that one, the recorder perhaps more of it.
                    max(last, until - _RECALLED),
                    until,
                )
                if found:
                    await asked(self._ledger.put_intensities(self._site_id, found, self._config.solar_g_per_kwh))
        except LedgerError as err:
            _LOGGER.debug("The CO2 intensity of before could not be kept: %s", err)
        await self._async_count()

    @callback
    def async_stop(self) -> None:
        """Follow it no more."""
        self._watch.async_stop()

    @callback
    def async_look(self, _at: datetime | None = None) -> None:
        """Look at what the entity says."""
        intensity = self._intensity()
        self._meter, told = self._meter.look(intensity, self._clock())
        if told:
            self._ledger.put_intensities(self._site_id, told, self._config.solar_g_per_kwh)
        if intensity is not None and not self._recalled:
            self._recalled = True
            self._run(self._async_recall(), "CO2 of before")

    @callback
    def async_count_soon(self, _at: datetime | None = None) -> None:
        """Count the month in the background."""
        self._run(self._async_count(), "CO2")

    @callback
    def async_session_event(self, event_type: str, _attributes: dict[str, Any]) -> None:
        """Count the month when a session ends."""
        if event_type == SessionEventType.DISCONNECTED:
            self.async_count_soon()

    def _intensity(self) -> float | None:
        state = self._watch[self._config.entity_id].state
        text = said(state)
        if state is None or text is None:
            return None
        value, unit = number(text), state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        intensity = None if value is None else g_per_kwh(value, unit)
        self._tell(None if intensity is not None else _problem(state, is_number=value is not None, unit=unit))
        return None if intensity is None else float(intensity)

    def _tell(self, problem: SourceProblem | None) -> None:
        """Tell once of what cannot be used, and once when it can."""
        if problem == self._told:
            return
        if self._told is not None:
            self._listener.on_cured(self._told)
        self._told = problem
        if problem is not None:
            _LOGGER.warning("%s tells no CO2 intensity: %s", problem.entity_id, problem.detail)
            self._listener.on_problem(problem)

    async def _async_count(self) -> None:
        month = month_of(self._clock().utc, self._zone)
        evse_ids = [evse.evse_id for evse in self._parts.evses]
        try:
            found = await asked(self._ledger.carbon_between(month.start, month.end, evse_ids))
        except LedgerError as err:
            _LOGGER.debug("The month's CO2 could not be counted: %s", err)
            return
        total = Carbon()
        for one in found:
            total = total.plus(one.carbon)
        if total != self.month:
            self.month = total
            self._changed()


def _problem(state: State, *, is_number: bool, unit: Any) -> SourceProblem:
    if not is_number:
        return SourceProblem(kind=ProblemKind.NOT_A_NUMBER, entity_id=state.entity_id, detail=state.state)
    return SourceProblem(kind=ProblemKind.UNIT, entity_id=state.entity_id, detail=str(unit))
