"""Follow entities through Home Assistant: what they report, when, under which id, and whether they are there."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HassJobType,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import (
    async_track_entity_registry_updated_event,
    async_track_state_change_event,
    async_track_state_report_event,
)
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util


class ProblemKind(StrEnum):
    """What is wrong with an entity that we were told to use."""

    MISSING = "missing"
    DISABLED = "disabled"
    UNIT = "unit"
    NOT_A_NUMBER = "not_a_number"
    ABSURD = "absurd"
    UNKNOWN_WORD = "unknown_word"
    DISAGREES = "disagrees"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceProblem:
    """Something that the owner can mend. `detail` is the unit, text or word that was not understood."""

    kind: ProblemKind
    entity_id: str
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceListener:
    """Who is told what else happens to entities. `on_renamed` gets the old and the new id."""

    on_problem: Callable[[SourceProblem], None]
    on_cured: Callable[[SourceProblem], None]
    on_renamed: Callable[[str, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A state and the instant (UTC) at which it was last reported.

    The state object alone will not do: Home Assistant moves its `last_reported` under our hands.
    """

    state: State | None
    at: datetime


class EntityNames:
    """Knows by which ids entities go now that had others when they were configured.

    `changed` gets the configured id, the id that it had until now, and whether its entry in
    the registry is gone.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entity_ids: Iterable[str],
        changed: Callable[[str, str, bool], None] = lambda *_: None,
    ) -> None:
        self._hass = hass
        self._current = {entity_id: entity_id for entity_id in entity_ids}
        self._changed = changed
        self._release: CALLBACK_TYPE | None = None

    def __getitem__(self, configured_id: str) -> str:
        return self._current[configured_id]

    @callback
    def async_start(self) -> None:
        """Follow the registry from now on."""
        self._release = async_track_entity_registry_updated_event(
            self._hass, list(self._current.values()), self._async_registry_updated, HassJobType.Callback
        )

    @callback
    def async_stop(self) -> None:
        """Follow no more."""
        if self._release is not None:
            self._release()
            self._release = None

    @callback
    def _async_registry_updated(self, event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        old_id = event.data["entity_id"]
        new_id = old_id
        if event.data["action"] == "update":
            old_id = event.data.get("old_entity_id", old_id)
        configured_id = next(key for key, current in self._current.items() if current == old_id)
        if old_id != new_id:
            self._current[configured_id] = new_id
            self.async_stop()
            self.async_start()
        self._changed(configured_id, old_id, event.data["action"] == "remove")


class EntityWatch:
    """Follows some entities; everything is asked for by the ids that were configured.

    Several entities that report in one iteration of the loop are one burst: `on_report` is
    called once, with the newest instant. An entity that reports twice is two bursts, so no
    sample is passed over.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entity_ids: Iterable[str],
        *,
        on_report: Callable[[datetime], None],
        listener: SourceListener,
    ) -> None:
        self._hass = hass
        self._entity_ids = tuple(dict.fromkeys(entity_ids))
        self._on_report = on_report
        self._listener = listener
        self._names = EntityNames(hass, self._entity_ids, self._async_entity_changed)
        self._configured: dict[str, str] = {}
        self._samples: dict[str, Sample] = {}
        self._burst: set[str] = set()
        self._burst_at: datetime | None = None
        self._problems: dict[str, SourceProblem] = {}
        self._releases: list[CALLBACK_TYPE] = []
        self._release_started: CALLBACK_TYPE | None = None

    def __getitem__(self, configured_id: str) -> Sample:
        return self._samples[configured_id]

    @property
    def current_ids(self) -> Mapping[str, str]:
        """The ids by which the entities go now, by those that were configured."""
        return {entity_id: self._names[entity_id] for entity_id in self._entity_ids}

    def integration_of(self, configured_id: str) -> str | None:
        """Return the domain of the integration whose entity it is; None where the registry does not know it."""
        entry = er.async_get(self._hass).async_get(self._names[configured_id])
        return None if entry is None else entry.platform

    @callback
    def async_start(self) -> None:
        """Take the states as they are, and follow them from now on."""
        self._names.async_start()
        self._async_subscribe()
        for entity_id in self._entity_ids:
            self._async_refresh(entity_id)
        # Before the start is over an entity without a registry entry may simply not be there yet.
        self._release_started = async_at_started(self._hass, self._async_started)

    @callback
    def async_stop(self) -> None:
        """Follow no more; a burst that was not passed on is dropped."""
        self._names.async_stop()
        self._async_unsubscribe()
        if self._release_started is not None:
            self._release_started()
            self._release_started = None
        self._burst.clear()

    @callback
    def _async_subscribe(self) -> None:
        self._configured = {current: configured for configured, current in self.current_ids.items()}
        current_ids = list(self._configured)
        self._releases = [
            async_track_state_change_event(self._hass, current_ids, self._async_changed, HassJobType.Callback),
            async_track_state_report_event(self._hass, current_ids, self._async_reported, HassJobType.Callback),
        ]

    @callback
    def _async_unsubscribe(self) -> None:
        while self._releases:
            self._releases.pop()()

    @callback
    def _async_refresh(self, configured_id: str) -> None:
        state = self._hass.states.get(self._names[configured_id])
        at = dt_util.utcnow() if state is None else state.last_reported
        self._samples[configured_id] = Sample(state=state, at=at)

    @callback
    def _async_changed(self, event: Event[EventStateChangedData]) -> None:
        configured_id = self._configured[event.data["entity_id"]]
        state = event.data["new_state"]
        self._async_heard(configured_id, Sample(state=state, at=event.time_fired))
        if state is not None and configured_id in self._problems:
            self._async_judge(configured_id, self._presence(configured_id))

    @callback
    def _async_reported(self, event: Event[EventStateReportedData]) -> None:
        configured_id = self._configured[event.data["entity_id"]]
        sample = Sample(state=event.data["new_state"], at=event.data["last_reported"])
        self._async_heard(configured_id, sample)

    @callback
    def _async_heard(self, configured_id: str, sample: Sample) -> None:
        if configured_id in self._burst:
            self._async_flush()
        self._samples[configured_id] = sample
        if not self._burst:
            self._hass.loop.call_soon(self._async_flush)
        self._burst.add(configured_id)
        self._burst_at = sample.at

    @callback
    def _async_flush(self) -> None:
        if not self._burst or self._burst_at is None:
            return
        at, self._burst_at = self._burst_at, None
        self._burst.clear()
        self._on_report(at)

    @callback
    def _async_entity_changed(self, configured_id: str, old_id: str, removed: bool) -> None:  # noqa: FBT001
        new_id = self._names[configured_id]
        if new_id != old_id:
            self._async_unsubscribe()
            self._async_subscribe()
            self._async_refresh(configured_id)
            self._listener.on_renamed(old_id, new_id)
        # A removed entity's state goes a moment after its entry.
        self._async_judge(configured_id, ProblemKind.MISSING if removed else self._presence(configured_id))

    @callback
    def _async_started(self, _hass: HomeAssistant) -> None:
        self._release_started = None
        for entity_id in self._entity_ids:
            self._async_judge(entity_id, self._presence(entity_id))

    @callback
    def _async_judge(self, configured_id: str, kind: ProblemKind | None) -> None:
        """Tell of an entity that is gone or disabled, and of one that is back."""
        told = self._problems.get(configured_id)
        if (told.kind if told else None) is kind:
            return
        if told is not None:
            del self._problems[configured_id]
            self._listener.on_cured(told)
        if kind is not None:
            problem = SourceProblem(kind=kind, entity_id=self._names[configured_id])
            self._problems[configured_id] = problem
            self._listener.on_problem(problem)

    def _presence(self, configured_id: str) -> ProblemKind | None:
        entity_id = self._names[configured_id]
        if (entry := er.async_get(self._hass).async_get(entity_id)) is not None:
            return ProblemKind.DISABLED if entry.disabled else None
        return None if self._hass.states.get(entity_id) is not None else ProblemKind.MISSING
