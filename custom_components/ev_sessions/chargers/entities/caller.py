"""Carry out calls of bindings in our own name, within a time, and say plainly what went wrong."""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any

from homeassistant.core import Context, HomeAssistant, callback, split_entity_id
from homeassistant.util.hass_dict import HassKey

from ...sources.watch import EntityNames
from ..control import ControlError, ControlFailure
from .bindings.binding import Call, Scene

#: How many of our commands are remembered, to know their echo; a charger may take minutes.
_OWN_CONTEXTS = 64
#: Those of trials: the control of a charger that runs meanwhile has to know them for ours too.
_TRIALS: HassKey[deque[str]] = HassKey("ev_sessions_trials")


class Caller:
    """Knows by which ids the entities go now, and which states were written because of us."""

    def __init__(self, hass: HomeAssistant, entity_ids: tuple[str, ...], *, for_trial: bool = False) -> None:
        self._hass = hass
        self._names = EntityNames(hass, entity_ids)
        self._entity_ids = frozenset(entity_ids)
        self._trials = hass.data.setdefault(_TRIALS, deque(maxlen=_OWN_CONTEXTS))
        self._contexts = self._trials if for_trial else deque[str](maxlen=_OWN_CONTEXTS)

    @callback
    def async_start(self) -> None:
        """Follow the entities when they are renamed."""
        self._names.async_start()

    @callback
    def async_stop(self) -> None:
        """Follow no more."""
        self._names.async_stop()

    def is_own(self, context: Context | None) -> bool:
        """Tell whether a state with this context was written because of a call of ours."""
        if context is None:
            return False
        ids = {context.id, context.parent_id}
        return any(not ids.isdisjoint(known) for known in (self._contexts, self._trials))

    def scene(self, watts_per_a: float, phases: int) -> Scene:
        """Return what the bindings see now."""
        return Scene(
            state_of=lambda entity_id: self._hass.states.get(self._names[entity_id]),
            watts_per_a=watts_per_a,
            phases=phases,
        )

    async def async_call(self, call: Call, scene: Scene, timeout_s: float) -> None:
        """Carry out a call; raise ControlError where it was not within the time."""
        for entity_id in call.needs:
            scene.reachable(entity_id)
        where = ", ".join(self._names[entity_id] for entity_id in call.needs) or call.action
        domain, service = split_entity_id(call.action)
        if not self._hass.services.has_service(domain, service):
            raise ControlError(ControlFailure.UNREACHABLE, call.action, "there is no such action now")
        context = Context()
        self._contexts.append(context.id)
        task = self._hass.async_create_background_task(
            self._hass.services.async_call(
                domain,
                service,
                self._renamed(call.data),
                blocking=True,
                context=context,
                target=self._renamed(call.target),
            ),
            f"{call.action} of {where}",
        )
        try:
            # Waited for, not awaited: an action that does not let itself be cancelled is left behind.
            await asyncio.wait({task}, timeout=timeout_s)
        finally:
            task.cancel()
        if not task.done():
            raise ControlError(ControlFailure.TIMED_OUT, where, f"no answer in {timeout_s:g} s")
        if task.cancelled():
            raise ControlError(ControlFailure.REFUSED, where, "it gave up")
        if (error := task.exception()) is not None:
            raise ControlError(ControlFailure.REFUSED, where, str(error) or type(error).__name__) from error

    def _renamed(self, value: Any) -> Any:
        """Return data with the entities' ids of now."""
        if isinstance(value, Mapping):
            return {key: self._renamed(part) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [self._renamed(part) for part in value]
        return self._names[value] if isinstance(value, str) and value in self._entity_ids else value
