"""Try what commands a charger: send one command, look what comes of it, and put back what was there before."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from homeassistant.core import HomeAssistant

from ...core.balancing.evse.phase_guard import LEAST_BETWEEN_S
from ..control import ControlError
from .bindings.binding import Call, LimitBinding, Scene
from .caller import Caller
from .control import ControlBinding, EntityChargerControl

#: Clouds are asked once a minute, and then it is shown.
ANSWER_TIMEOUT_S = 65.0
_LOOK_EVERY_S = 0.5
#: A limit that is shown this near is the one that was set.
_NEAR_A = 0.6
#: A car draws where it draws more than this.
_DRAWS_A = 1.0


class TrialOutcome(StrEnum):
    """What became of a trial."""

    TAKEN = "taken"  # what was sent was read back
    DRAWN = "drawn"  # nothing shows it, but the car followed
    UNSEEN = "unseen"  # sent without an error, and nothing shows what came of it
    DIFFERS = "differs"  # something else is shown
    FAILED = "failed"
    SKIPPED = "skipped"  # it would have raised what the car may have


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialReport:
    """What was sent and seen: A for a limit, phases for phases, 0 and 1 for a pause.

    `left` is "unknown_before", or why it could not be put back as it was; empty where it was.
    """

    outcome: TrialOutcome
    sent: float = 0.0
    seen: float | None = None
    reason: str = ""
    left: str = ""


class BindingTrial:
    """Tries the parts of a binding one by one; nothing that is sent lets the car have more than before.

    `drawn_a` tells what the car draws now, where anything does.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        binding: ControlBinding,
        *,
        name: str,
        drawn_a: Callable[[], float | None],
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
        phases_rest_s: float = LEAST_BETWEEN_S,
    ) -> None:
        self._hass = hass
        self._binding = binding
        self._name = name
        self._drawn_a = drawn_a
        self._answer_timeout_s = answer_timeout_s
        self._phases_rest_s = phases_rest_s
        self._caller = Caller(hass, binding.entity_ids, for_trial=True)

    async def async_try_limit(self) -> TrialReport:
        """Set the least current of the charger."""
        limit, sent = self._binding.limit, self._binding.min_a
        if limit is None:
            return TrialReport(outcome=TrialOutcome.SKIPPED, sent=sent)
        scene, drew_a = self._scene, self._drawn_a() or 0.0
        try:
            before_a = limit.read_a(scene)
            setting = limit.at_most(sent, scene)
            if setting is None or (before_a is not None and before_a < setting.limit_a - _NEAR_A):
                return TrialReport(outcome=TrialOutcome.SKIPPED, sent=sent, seen=before_a)
            await self._async_call(setting.call, scene)
        except ControlError as error:
            return TrialReport(outcome=TrialOutcome.FAILED, sent=sent, reason=str(error))
        report = await self._async_see_limit(limit, scene, setting.limit_a, drew_a)
        if limit.shown_by is not None and report.outcome is TrialOutcome.TAKEN:
            shown_a = limit.read_a(scene)
            if shown_a is not None and shown_a < setting.limit_a - _NEAR_A:
                return report  # somebody lowered it meanwhile, who knows why
        return replace(report, left=await self._async_restore_limit(limit, scene, before_a))

    async def _async_see_limit(self, limit: LimitBinding, scene: Scene, sent: float, drew_a: float) -> TrialReport:
        def shown() -> float | None:
            return limit.read_a(scene)

        if limit.shown_by is None:
            seen = await self._async_until(self._drawn_a, lambda value: value <= sent + _DRAWS_A)
            followed = drew_a > sent + _DRAWS_A and seen is not None and seen <= sent + _DRAWS_A
            return TrialReport(outcome=TrialOutcome.DRAWN if followed else TrialOutcome.UNSEEN, sent=sent, seen=seen)
        seen = await self._async_until(shown, lambda value: abs(value - sent) <= _NEAR_A)
        if seen is None:
            return TrialReport(outcome=TrialOutcome.UNSEEN, sent=sent)
        near = abs(seen - sent) <= _NEAR_A
        return TrialReport(outcome=TrialOutcome.TAKEN if near else TrialOutcome.DIFFERS, sent=sent, seen=seen)

    async def _async_restore_limit(self, limit: LimitBinding, scene: Scene, before_a: float | None) -> str:
        if before_a is None:
            return "unknown_before"
        try:
            setting = limit.at_most(before_a, scene)
            if setting is not None:
                await self._async_call(setting.call, scene)
        except ControlError as error:
            return str(error)
        return ""

    async def async_try_enable(self) -> TrialReport:
        """Stop the charge, and let it go on."""
        enable, scene = self._binding.enable, self._scene
        before = None if enable is None else enable.read(scene)
        if enable is None or before is False:
            return TrialReport(outcome=TrialOutcome.SKIPPED)
        drew_a = self._drawn_a() or 0.0
        try:
            await self._async_call(enable.call(on=False), scene)
        except ControlError as error:
            return TrialReport(outcome=TrialOutcome.FAILED, reason=str(error))
        if enable.shown_by is not None:
            seen = await self._async_until(lambda: _number(enable.read(scene)), lambda value: value == 0)
            outcome = {0.0: TrialOutcome.TAKEN, 1.0: TrialOutcome.DIFFERS, None: TrialOutcome.UNSEEN}[seen]
        else:
            seen = await self._async_until(self._drawn_a, lambda value: value < _DRAWS_A)
            stopped = drew_a >= _DRAWS_A and seen is not None and seen < _DRAWS_A
            outcome = TrialOutcome.DRAWN if stopped else TrialOutcome.UNSEEN
        left = ""
        # A charge that did not run is not begun: nobody knows what it would take.
        if before is True or drew_a >= _DRAWS_A:
            try:
                await self._async_call(enable.call(on=True), scene)
            except ControlError as error:
                left = str(error)
        return TrialReport(outcome=outcome, seen=seen, left=left)

    async def async_try_phases(self) -> TrialReport:
        """Go down to one phase, and back to three after the rest that a contactor needs."""
        phases = self._binding.phases
        before = None if phases is None else phases.read(self._scene)
        if phases is None or before == 1:
            return TrialReport(outcome=TrialOutcome.SKIPPED, sent=1, seen=before)
        binding, enable = self._binding, self._binding.enable
        if enable is not None and enable.read(self._scene) is None and (self._drawn_a() or 0.0) < _DRAWS_A:
            # To stop a charge that does not run, and let it go on, could begin it.
            binding = replace(binding, enable=None)
        control = EntityChargerControl(self._hass, binding, name=self._name, for_trial=True)
        try:
            await control.async_set_phases(1)
            seen = await self._async_until(lambda: phases.read(self._scene), lambda value: value == 1)
            outcome = {1: TrialOutcome.TAKEN, None: TrialOutcome.UNSEEN}.get(seen, TrialOutcome.DIFFERS)
            return TrialReport(outcome=outcome, sent=1, seen=seen, left=await self._async_restore_phases(before))
        except ControlError as error:
            return TrialReport(outcome=TrialOutcome.FAILED, sent=1, reason=str(error))
        finally:
            control.async_stop()

    async def _async_restore_phases(self, before: int | None) -> str:
        if before is None:
            return "unknown_before"
        await asyncio.sleep(self._phases_rest_s)
        control = EntityChargerControl(self._hass, self._binding, name=self._name, phases=1, for_trial=True)
        try:
            await control.async_set_phases(before)
        except ControlError as error:
            return str(error)
        finally:
            control.async_stop()
        return ""

    @property
    def _scene(self) -> Scene:
        return self._caller.scene(self._binding.watts_per_a, 3)

    async def _async_call(self, call: Call, scene: Scene) -> None:
        await self._caller.async_call(call, scene, self._binding.timeout_s)

    async def _async_until[ValueT: float](
        self, read: Callable[[], ValueT | None], enough: Callable[[ValueT], bool]
    ) -> ValueT | None:
        """Return what is read as soon as it is enough, or at the end of the time."""
        loop = asyncio.get_running_loop()
        end_s = loop.time() + self._answer_timeout_s
        while (value := read()) is None or not enough(value):
            if loop.time() >= end_s:
                return value
            await asyncio.sleep(min(_LOOK_EVERY_S, self._answer_timeout_s))
        return value


def _number(flag: bool | None) -> float | None:  # noqa: FBT001  # what is read back is compared as a number
    return None if flag is None else float(flag)
