"""Command a charger through Home Assistant: what limits, what enables, and what chooses the phases."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
import logging
from math import inf
from typing import override

from homeassistant.core import Context, HomeAssistant, callback

from ...core.balancing.evse.phase_guard import LEAST_BETWEEN_S, PhaseGuard
from ..command_queue import CommandQueue
from ..control import ChargerControl, ControlError, ControlFailure, Outcome
from .bindings.binding import Binding, EnableBinding, LimitBinding, PhasesBinding, Scene
from .bindings.fail_safe import FailSafeBinding
from .caller import Caller
from .fail_safe import FailSafeKeeper

_LOGGER = logging.getLogger(__name__)

COMMAND_TIMEOUT_S = 10.0
#: Home Assistant gives all its shutdown jobs 20 s together, and a fallback may take two calls.
FALLBACK_TIMEOUT_S = 5.0
#: A car has stopped so long after a pause (IEC 61851-1: 3 s), and a contactor may move.
PHASE_PAUSE_S = 10.0
#: A limit this little under the least still counts as the least.
_HAIR_A = 1e-6
#: All that an EVSE can have, until somebody asks for less.
_ALL_PHASES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlBinding:
    """What commands an EVSE. Each part may sit on a device of its own: the limit may be the car's.

    `watts_per_a` is the power of the EVSE at 1 A on its lines, `one_phase_watts_per_a` while
    it charges on one phase alone; for a limit in W. `fallback_a` is what its `fail_safe` is told
    to go on with. `least_interval_s` is kept between two
    commands unless the later one lowers.
    """

    limit: LimitBinding | None
    enable: EnableBinding | None
    phases: PhasesBinding | None = None
    fail_safe: FailSafeBinding | None = None
    fallback_a: float = 0.0
    min_a: float
    max_a: float
    watts_per_a: float
    one_phase_watts_per_a: float | None = None
    least_interval_s: float = 0.0
    timeout_s: float = COMMAND_TIMEOUT_S
    phase_pause_s: float = PHASE_PAUSE_S

    @property
    def entity_ids(self) -> tuple[str, ...]:
        """The entities that there are, each once."""
        parts: tuple[Binding | FailSafeBinding | None, ...] = (self.limit, self.enable, self.phases, self.fail_safe)
        return tuple(dict.fromkeys(entity_id for part in parts if part is not None for entity_id in part.entity_ids))

    def watts_at(self, phases: int) -> float:
        """Return the power at 1 A on so many phases."""
        one = self.one_phase_watts_per_a
        return self.watts_per_a if phases != 1 or one is None else one


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """All that is wanted of the EVSE. `limit_a` is None until a limit was set."""

    limit_a: float | None = None
    paused: bool = False
    enable: bool = False  # a resume was asked for: it is let charge, whoever stopped it
    phases: int | None = None  # to be switched to; None: as it is

    @property
    def allowed_a(self) -> float:
        if self.paused:
            return 0.0
        return float("inf") if self.limit_a is None else self.limit_a


class EntityChargerControl(ChargerControl):
    """Commands one EVSE; see the protocol for what holds.

    A limit is set before the EVSE is enabled, so it never starts at an old, higher one. A
    limit alone pauses at 0 where it goes there; an enable alone holds no limit, so anything
    under the EVSE's maximum is a pause. The EVSE is enabled again only where we stopped it,
    or a resume was asked for: a person's own "off" is left alone by new limits.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        binding: ControlBinding,
        *,
        name: str,
        phases: int | None = None,
        switched_ago_s: Iterable[float] = (),
        for_trial: bool = False,
    ) -> None:
        """Take what the phases were last set to, where nothing shows them, and when they were switched."""
        self._hass = hass
        self._binding = binding
        self._name = name
        self._caller = Caller(hass, binding.entity_ids, for_trial=for_trial)
        self._wish = _Wish()
        self._switched_off = False
        self._least_a: float | None = None
        self._stopped_s = -inf
        self._failing = False
        self._phases_set = phases
        self._guard = PhaseGuard.restored(switched_ago_s, hass.loop.time())
        self._fail_safe: FailSafeKeeper | None = None
        if binding.fail_safe is not None:
            self._fail_safe = FailSafeKeeper(
                hass,
                binding.fail_safe,
                self._caller,
                name=name,
                fallback_a=binding.fallback_a,
                scene=lambda: self._scene,
            )
        self._queue = CommandQueue[_Wish](
            hass,
            name=name,
            send=self._async_send,
            allowed_a=lambda wish: wish.allowed_a,
            least_interval_s=binding.least_interval_s,
        )

    @callback
    @override
    def async_start(self) -> None:
        """Follow the entities when they are renamed, and keep the charger's own fail-safe awake."""
        self._caller.async_start()
        if self._fail_safe is not None:
            self._fail_safe.async_start(self._async_renew)

    @callback
    @override
    def async_stop(self) -> None:
        if self._fail_safe is not None:
            self._fail_safe.async_stop()
        self._queue.async_stop()
        self._caller.async_stop()

    async def _async_renew(self) -> None:
        """Repeat the limit; who is paused stays so, fail-safe or not."""
        if self._wish.limit_a is not None and not self._wish.paused:
            with suppress(ControlError):  # told by who sends it
                await self._queue.async_submit(self._wish)

    @override
    async def async_put_back(self) -> None:
        if self._fail_safe is not None:
            await self._fail_safe.async_put_back()

    @override
    def is_own(self, context: Context | None) -> bool:
        """Tell whether a state with this context was written because of a command of ours."""
        return self._caller.is_own(context)

    @property
    @override
    def can_pause(self) -> bool:
        if self._binding.enable is not None:
            return True
        if self._binding.limit is None:
            return False
        try:
            return self._binding.limit.range(self._scene).can_pause
        except ControlError:
            return False

    @property
    @override
    def least_a(self) -> float | None:
        limit = self._binding.limit
        if limit is not None:
            # While its entity is not there, what it took before holds.
            with suppress(ControlError):
                self._least_a = limit.least_from(self._binding.min_a, self._scene)
        return self._least_a

    @property
    @override
    def can_switch_phases(self) -> bool:
        return self._binding.phases is not None

    @property
    @override
    def phases(self) -> int | None:
        if self._binding.phases is None:
            return None
        shown = self._binding.phases.read(self._scene_at(_ALL_PHASES))
        return self._phases_set if shown is None else shown

    @property
    @override
    def falls_back_by_itself(self) -> bool | None:
        return None if self._fail_safe is None else self._fail_safe.holds

    @property
    @override
    def lacks_fallback(self) -> bool:
        return self._fail_safe is not None and self._fail_safe.holds is False

    @property
    @override
    def ignored(self) -> bool:
        return False

    @property
    @override
    def hold_s(self) -> int | None:
        return None

    @override
    async def async_set_hold(self, hold_s: int) -> None:
        """Do nothing: what an entity was set to stays."""

    @override
    async def async_set_limit_a(self, limit_a: float, *, resume: bool = False) -> Outcome:
        self._wish = replace(self._wish, limit_a=limit_a)
        if resume:
            self._wish = replace(self._wish, paused=False, enable=True)
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
    async def async_set_phases(self, phases: int) -> Outcome:
        if self._binding.phases is None:
            raise ControlError(ControlFailure.REFUSED, self._name, "its phases cannot be switched")
        if phases == self.phases and self._wish.phases is None:
            return Outcome.DONE
        self._require_rest()
        limit_a = self._wish.limit_a
        if limit_a is None and self._binding.limit is not None:
            # What is lowered for the switch has to be brought back.
            limit_a = self._binding.limit.read_a(self._scene)
        self._wish = replace(self._wish, phases=phases, limit_a=limit_a)
        return await self._queue.async_submit(self._wish)

    @override
    async def async_fall_back(self, limit_a: float) -> None:
        self.async_stop()
        # Phases that were not switched yet stay as they are: there is no time for a pause.
        wish = replace(self._wish, limit_a=limit_a, phases=None)
        try:
            await self._async_apply(wish, FALLBACK_TIMEOUT_S)
        except ControlError as error:
            _LOGGER.warning("%s could not be left at its fallback of %s A: %s", self._name, limit_a, error)

    # What a wish is in calls

    @property
    def _scene(self) -> Scene:
        scene = self._scene_at(self.phases or _ALL_PHASES)
        if self._phases_set is None or self._since_switch_s > LEAST_BETWEEN_S:
            return scene
        # What is shown may be late: a power that three phases share would be too much for one.
        watts = min(scene.watts_per_a, self._binding.watts_at(self._phases_set))
        return replace(scene, watts_per_a=watts)

    def _scene_at(self, phases: int) -> Scene:
        return self._caller.scene(self._binding.watts_at(phases), phases)

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
        failed = await self._async_switch_phases(wish, timeout_s)
        await self._async_limit(wish, timeout_s)
        if failed is not None:
            raise failed

    async def _async_limit(self, wish: _Wish, timeout_s: float) -> None:
        scene = self._scene
        if wish.paused or not await self._async_allow(wish.limit_a, scene, timeout_s):
            await self._async_stop_charge(scene, timeout_s)
            return
        enable = self._binding.enable
        if enable is not None and (wish.enable or self._switched_off):
            await self._caller.async_call(enable.call(on=True), scene, timeout_s)
            self._switched_off = False
            # A person may stop it from here on; only a new resume lets it charge again.
            self._wish = replace(self._wish, enable=False)

    async def _async_allow(self, limit_a: float | None, scene: Scene, timeout_s: float) -> bool:
        """Set the limit; return False where the EVSE cannot charge with as little as that."""
        if limit_a is None:
            return True
        if self._binding.limit is None:
            return limit_a >= self._binding.max_a - _HAIR_A
        setting = self._binding.limit.at_most(limit_a, scene)
        # Between 0 and the least current of a car there is nothing (IEC 61851-1): that is a pause.
        if setting is None or setting.limit_a < self._binding.min_a - _HAIR_A:
            return False
        await self._caller.async_call(setting.call, scene, timeout_s)
        return True

    async def _async_stop_charge(self, scene: Scene, timeout_s: float) -> None:
        self._stopped_s = self._hass.loop.time()
        enable = self._binding.enable
        if enable is None:
            await self._async_lower(scene, timeout_s)
            return
        self._switched_off = True
        try:
            await self._caller.async_call(enable.call(on=False), scene, timeout_s)
        except ControlError:
            # The fuse comes first: where it cannot be off, let it at least be low.
            with suppress(ControlError):
                await self._async_lower(scene, timeout_s)
            raise

    async def _async_lower(self, scene: Scene, timeout_s: float) -> None:
        """Set the least limit that there is; raise where that is no pause."""
        limit = self._binding.limit
        if limit is None:
            raise ControlError(ControlFailure.CANNOT_PAUSE, self._name)
        setting = limit.lowest(scene)
        await self._caller.async_call(setting.call, scene, timeout_s)
        if setting.limit_a > 0:
            where = ", ".join(setting.call.needs) or setting.call.action
            raise ControlError(ControlFailure.CANNOT_PAUSE, where, f"its least is {setting.limit_a:g} A")

    # Phases

    @property
    def _since_switch_s(self) -> float:
        switched_s = self._guard.switched_s
        return self._hass.loop.time() - switched_s[-1] if switched_s else inf

    def _require_rest(self) -> None:
        """Raise where the phases were switched a moment ago, or too often."""
        if (wait_s := self._guard.wait_s(self._hass.loop.time())) > 0:
            raise ControlError(ControlFailure.TOO_SOON, self._name, f"again in {wait_s:.0f} s")

    async def _async_switch_phases(self, wish: _Wish, timeout_s: float) -> ControlError | None:
        """Switch the phases where that is wished; return what went wrong: a limit is set in any case."""
        binding, phases = self._binding.phases, wish.phases
        if binding is None or phases is None:
            return None
        try:
            if phases != self.phases:
                self._require_rest()
                await self._async_make_safe(wish, binding, phases, timeout_s)
                self._guard = self._guard.switched(self._hass.loop.time())
                # Not known until it is done: the car may be on either.
                self._phases_set = None
                await self._caller.async_call(binding.call(phases), self._scene_at(phases), timeout_s)
                self._phases_set = phases
        except ControlError as error:
            return error
        finally:
            # Once only, unless it was broken off: what failed is for the owner to try again.
            task = asyncio.current_task()
            if self._wish.phases == phases and not (task is not None and task.cancelling()):
                self._wish = replace(self._wish, phases=None)
        return None

    async def _async_make_safe(self, wish: _Wish, binding: PhasesBinding, phases: int, timeout_s: float) -> None:
        """Pause the charge, or at least bring it to what it may draw on the phases to come."""
        scene = self._scene
        if not binding.pauses:
            if not wish.paused and wish.limit_a is not None:
                # A power that three phases share would be too much for one.
                watts = min(self._binding.watts_at(phases), scene.watts_per_a)
                await self._async_allow(wish.limit_a, replace(scene, watts_per_a=watts), timeout_s)
            return
        enable = self._binding.enable
        if enable is None and wish.limit_a is None:
            raise ControlError(ControlFailure.CANNOT_PAUSE, self._name, "what it is set to is not known")
        # What a person stopped is not ours to let go on afterwards.
        if not self._switched_off and (enable is None or enable.read(scene) is not False):
            await self._async_stop_charge(scene, timeout_s)
        await asyncio.sleep(max(0.0, self._stopped_s + self._binding.phase_pause_s - self._hass.loop.time()))
