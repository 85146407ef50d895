"""Command a charger through its Home Assistant entities: a number that holds the limit, a switch that enables."""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
import logging
from typing import override

from homeassistant.components.number.const import ATTR_VALUE, SERVICE_SET_VALUE
from homeassistant.const import (
    ATTR_ENTITY_ID,
    ATTR_UNIT_OF_MEASUREMENT,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
    STATE_UNAVAILABLE,
)
from homeassistant.core import Context, HomeAssistant, State, callback, split_entity_id

from ...sources.watch import EntityNames
from ..command_queue import CommandQueue
from ..control import ChargerControl, ControlError, ControlFailure, Outcome
from .limit_number import LimitNumber

_LOGGER = logging.getLogger(__name__)

COMMAND_TIMEOUT_S = 10.0
#: Home Assistant gives all its shutdown jobs 20 s together, and a fallback may take two calls.
FALLBACK_TIMEOUT_S = 5.0
#: How many of our commands are remembered, to know their echo; a charger may take minutes.
_OWN_CONTEXTS = 64
#: A limit this little under the least still counts as the least.
_HAIR_A = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlBinding:
    """Which entities command an EVSE, and what their values mean.

    `watts_per_a` is the power of the EVSE at 1 A on its lines, for a limit in W.
    `least_interval_s` is kept between two commands unless the later one lowers.
    """

    limit: str | None
    enable: str | None
    min_a: float
    max_a: float
    watts_per_a: float
    least_interval_s: float = 0.0
    timeout_s: float = COMMAND_TIMEOUT_S

    @property
    def entity_ids(self) -> tuple[str, ...]:
        """The entities that there are."""
        return tuple(entity_id for entity_id in (self.limit, self.enable) if entity_id is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """All that is wanted of the EVSE. `limit_a` is None until a limit was set."""

    limit_a: float | None = None
    paused: bool = False
    enable: bool = False  # a resume was asked for: the switch goes on, whoever turned it off

    @property
    def allowed_a(self) -> float:
        if self.paused:
            return 0.0
        return float("inf") if self.limit_a is None else self.limit_a


class EntityChargerControl(ChargerControl):
    """Commands one EVSE; see the protocol for what holds.

    A limit is set before the EVSE is enabled, so it never starts at an old, higher one. A
    number alone pauses at 0 where it goes there; a switch alone holds no limit, so anything
    under the EVSE's maximum is a pause. The switch goes on again only where we turned it off,
    or a resume was asked for: a person's own "off" is left alone by new limits.
    """

    def __init__(self, hass: HomeAssistant, binding: ControlBinding, *, name: str) -> None:
        self._hass = hass
        self._binding = binding
        self._name = name
        self._names = EntityNames(hass, binding.entity_ids)
        self._wish = _Wish()
        self._switched_off = False
        self._failing = False
        self._contexts: deque[str] = deque(maxlen=_OWN_CONTEXTS)
        self._queue = CommandQueue[_Wish](
            hass,
            name=name,
            send=self._async_send,
            allowed_a=lambda wish: wish.allowed_a,
            least_interval_s=binding.least_interval_s,
        )

    @callback
    def async_start(self) -> None:
        """Follow the entities when they are renamed."""
        self._names.async_start()

    @callback
    def async_stop(self) -> None:
        """Take no more commands; what waits or is on its way is given up."""
        self._queue.async_stop()
        self._names.async_stop()

    def is_own(self, context: Context | None) -> bool:
        """Tell whether a state with this context was written because of a command of ours."""
        return context is not None and (context.id in self._contexts or context.parent_id in self._contexts)

    @property
    @override
    def can_pause(self) -> bool:
        if self._binding.enable is not None:
            return True
        if self._binding.limit is None:
            return False
        try:
            return self._number(self._binding.limit).least <= 0
        except ControlError:
            return False

    @override
    async def async_set_limit_a(self, limit_a: float) -> Outcome:
        self._wish = replace(self._wish, limit_a=limit_a)
        return await self._queue.async_submit(self._wish)

    @override
    async def async_pause(self) -> Outcome:
        self._wish = replace(self._wish, paused=True, enable=False)
        return await self._queue.async_submit(self._wish)

    @override
    async def async_resume(self) -> Outcome:
        self._wish = replace(self._wish, paused=False, enable=True)
        return await self._queue.async_submit(self._wish)

    @override
    async def async_fall_back(self, limit_a: float) -> None:
        self.async_stop()
        wish = replace(self._wish, limit_a=limit_a)
        try:
            await self._async_apply(wish, FALLBACK_TIMEOUT_S)
        except ControlError as error:
            _LOGGER.warning("%s could not be left at its fallback of %s A: %s", self._name, limit_a, error)

    # What a wish is in calls

    async def _async_send(self, wish: _Wish) -> ControlError | None:
        try:
            await self._async_apply(wish, self._binding.timeout_s)
        except ControlError as error:
            if not self._failing:
                self._failing = True
                _LOGGER.warning("%s does not take commands: %s", self._name, error)
            return error
        if self._failing:
            self._failing = False
            _LOGGER.info("%s takes commands again", self._name)
        return None

    async def _async_apply(self, wish: _Wish, timeout_s: float) -> None:
        """Carry out a wish, or raise the ControlError of the first call that failed."""
        if wish.paused or not await self._async_allow(wish.limit_a, timeout_s):
            await self._async_stop_charge(timeout_s)
            return
        enable = self._binding.enable
        if enable is not None and (wish.enable or self._switched_off):
            await self._async_call(enable, SERVICE_TURN_ON, {}, timeout_s)
            self._switched_off = False
            # A person may turn it off from here on; only a new resume turns it on again.
            self._wish = replace(self._wish, enable=False)

    async def _async_allow(self, limit_a: float | None, timeout_s: float) -> bool:
        """Set the limit; return False where the EVSE cannot charge with as little as that."""
        if limit_a is None:
            return True
        if self._binding.limit is None:
            return limit_a >= self._binding.max_a - _HAIR_A
        number = self._number(self._binding.limit)
        value = number.value_at_most(limit_a)
        # Between 0 and the least current of a car there is nothing (IEC 61851-1): that is a pause.
        if value is None or number.limit_a(value) < self._binding.min_a - _HAIR_A:
            return False
        await self._async_set_number(self._binding.limit, value, timeout_s)
        return True

    async def _async_stop_charge(self, timeout_s: float) -> None:
        enable = self._binding.enable
        if enable is None:
            await self._async_lower(timeout_s)
            return
        self._switched_off = True
        try:
            await self._async_call(enable, SERVICE_TURN_OFF, {}, timeout_s)
        except ControlError:
            # The fuse comes first: where it cannot be off, let it at least be low.
            with suppress(ControlError):
                await self._async_lower(timeout_s)
            raise

    async def _async_lower(self, timeout_s: float) -> None:
        """Set the number to the least that it takes; raise where that is no pause."""
        limit = self._binding.limit
        if limit is None:
            raise ControlError(ControlFailure.CANNOT_PAUSE, self._name)
        number = self._number(limit)
        least = max(number.least, Decimal(0))
        await self._async_set_number(limit, least, timeout_s)
        if least > 0:
            detail = f"its least is {number.limit_a(least):g} A"
            raise ControlError(ControlFailure.CANNOT_PAUSE, self._names[limit], detail)

    # The calls

    def _number(self, limit: str) -> LimitNumber:
        state = self._reachable(limit)
        if (number := LimitNumber.of(state, self._binding.watts_per_a)) is None:
            detail = f"its unit {state.attributes[ATTR_UNIT_OF_MEASUREMENT]} is no current or power"
            raise ControlError(ControlFailure.REFUSED, self._names[limit], detail)
        return number

    def _reachable(self, configured_id: str) -> State:
        entity_id = self._names[configured_id]
        state = self._hass.states.get(entity_id)
        # Home Assistant passes over an unavailable entity without a word, as if all were well.
        if state is None or state.state == STATE_UNAVAILABLE:
            raise ControlError(ControlFailure.UNREACHABLE, entity_id)
        return state

    async def _async_set_number(self, limit: str, value: Decimal, timeout_s: float) -> None:
        await self._async_call(limit, SERVICE_SET_VALUE, {ATTR_VALUE: float(value)}, timeout_s)

    async def _async_call(self, configured_id: str, action: str, data: dict[str, float], timeout_s: float) -> None:
        self._reachable(configured_id)
        entity_id = self._names[configured_id]
        context = Context()
        self._contexts.append(context.id)
        call = self._hass.async_create_background_task(
            self._hass.services.async_call(
                split_entity_id(entity_id)[0],
                action,
                {ATTR_ENTITY_ID: entity_id, **data},
                blocking=True,
                context=context,
            ),
            f"{action} of {entity_id}",
        )
        try:
            # Waited for, not awaited: an action that does not let itself be cancelled is left behind.
            await asyncio.wait({call}, timeout=timeout_s)
        finally:
            call.cancel()
        if not call.done():
            raise ControlError(ControlFailure.TIMED_OUT, entity_id, f"no answer in {timeout_s:g} s")
        if call.cancelled():
            raise ControlError(ControlFailure.REFUSED, entity_id, "it gave up")
        if (error := call.exception()) is not None:
            raise ControlError(ControlFailure.REFUSED, entity_id, str(error) or type(error).__name__) from error
