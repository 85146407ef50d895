"""Keep a charger's own fail-safe set: told at the start, looked after, and put back when the charger is given up."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
import logging

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval

from ..control import ControlError
from .bindings.binding import Scene
from .bindings.fail_safe import FailSafe, FailSafeBinding
from .caller import Caller

_LOGGER = logging.getLogger(__name__)

#: A charger that was switched off and on forgets what it was told.
_AGAIN_S = 900.0
#: What is shown may be read from the charger now and then only.
_SHOWN_WITHIN_S = 30.0
_CALL_TIMEOUT_S = 10.0
#: Times and currents that differ by less are the same.
_SAME = 0.5

#: So often the limit is repeated within the time after which the charger falls back.
_RENEWALS = 3

_OFF = FailSafe(timeout_s=0.0, fallback_a=0.0)


class FailSafeKeeper:
    """The fail-safe of one EVSE. `fallback_a` is what it shall go on with; `scene` is what is shown now."""

    def __init__(
        self,
        hass: HomeAssistant,
        binding: FailSafeBinding,
        caller: Caller,
        *,
        name: str,
        fallback_a: float,
        scene: Callable[[], Scene],
    ) -> None:
        self._hass = hass
        self._binding = binding
        self._caller = caller
        self._name = name
        self._wanted = FailSafe(timeout_s=binding.timeout_s, fallback_a=fallback_a)
        self._scene = scene
        self._cancel: CALLBACK_TYPE | None = None
        self._before: FailSafe | None = None
        self._set_s: float | None = None
        self._holds: bool | None = None

    @property
    def holds(self) -> bool | None:
        """Whether the charger has taken it; None while that is not known."""
        return self._holds

    @callback
    def async_start(self, renew: Callable[[], Awaitable[None]]) -> None:
        """Keep it set, and have the limit repeated by `renew`: the charger counts the time since the last one."""
        every = timedelta(seconds=self._binding.timeout_s / _RENEWALS)

        async def keep_awake(_at: datetime) -> None:
            await self.async_keep()
            await renew()

        self._cancel = async_track_time_interval(self._hass, keep_awake, every, cancel_on_shutdown=True)
        self._hass.async_create_background_task(self.async_keep(), f"{self._name}: fail-safe")

    @callback
    def async_stop(self) -> None:
        """Leave it as it is: that is what it is for."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    async def async_keep(self) -> None:
        """Set it where it is not, or not for sure."""
        now_s, shown = self._hass.loop.time(), self._binding.shown(self._scene())
        if self._set_s is None:
            self._before = None if shown is None or self._is_wanted(shown) else shown
        elif shown is not None and now_s - self._set_s >= _SHOWN_WITHIN_S:
            self._judge(shown)
        if self._holds is not False and self._set_s is not None and now_s - self._set_s < _AGAIN_S:
            return
        try:
            await self._caller.async_call(self._binding.call(self._wanted), self._scene(), _CALL_TIMEOUT_S)
        except ControlError as error:
            self._tell(holds=False, why=str(error))
            return
        self._set_s = now_s
        if self._binding.shown(self._scene()) is None:
            # Nothing shows it: that it was taken is all that can be known.
            self._tell(holds=True)

    def _judge(self, shown: FailSafe) -> None:
        told = f"it shows {shown.fallback_a:g} A after {shown.timeout_s:g} s"
        self._tell(holds=self._is_wanted(shown), why=told)

    def _is_wanted(self, shown: FailSafe) -> bool:
        wanted = self._wanted
        same_time = abs(shown.timeout_s - wanted.timeout_s) < _SAME
        return same_time and abs(shown.fallback_a - wanted.fallback_a) < _SAME

    def _tell(self, *, holds: bool, why: str = "") -> None:
        if holds is not self._holds and not holds:
            _LOGGER.warning("%s does not take its fail-safe: %s", self._name, why)
        self._holds = holds

    async def async_put_back(self) -> None:
        """Leave it as it was found, or switched off; what fails is logged."""
        try:
            call = self._binding.call(self._before or _OFF)
            await self._caller.async_call(call, self._scene(), _CALL_TIMEOUT_S)
        except ControlError as error:
            _LOGGER.warning("The fail-safe of %s could not be put back: %s", self._name, error)
