"""What is sent to the charger of one EVSE: limits, the phases, and the fallback when we leave."""

from collections.abc import Callable
import logging

from homeassistant.core import Context

from ...chargers.control import ChargerControl, ControlError, Outcome
from ...core.balancing.override import SetBy
from ..ledger.settings import EvseSettings

_LOGGER = logging.getLogger(__name__)


class EvseCommands:
    """The commands of one EVSE; nothing is sent where its charger has no control.

    `keep` begins to keep the settings: that we paused the charger outlives a restart.
    """

    def __init__(
        self, control: ChargerControl | None, settings: EvseSettings, *, name: str, keep: Callable[[], object]
    ) -> None:
        self._control = control
        self._settings = settings
        self._name = name
        self._keep = keep

    @property
    def possible(self) -> bool:
        """Whether the charger can be told anything."""
        return self._control is not None

    @property
    def least_a(self) -> float:
        """The least limit in A that it can be set to and a car charges with; 0 where any is."""
        return 0.0 if self._control is None else self._control.least_a or 0.0

    @property
    def can_switch_phases(self) -> bool:
        """Whether it can be made to charge on one phase alone."""
        return self._control is not None and self._control.can_switch_phases

    @property
    def phases(self) -> int | None:
        """On how many phases it charges, 1 or 3; None where that is not known."""
        return None if self._control is None else self._control.phases

    @property
    def falls_back_by_itself(self) -> bool | None:
        """Whether it comes to its fallback when we are gone; None where only its owner can say."""
        return None if self._control is None else self._control.falls_back_by_itself

    @property
    def lacks_fallback(self) -> bool:
        """Whether it was seen that it does not come to its fallback when we are gone, though it should."""
        return self._control is not None and self._control.lacks_fallback

    @property
    def ignored(self) -> bool:
        """Whether limits are accepted and known not to be followed."""
        return self._control is not None and self._control.ignored

    @property
    def hold_s(self) -> int | None:
        """For how long a limit holds when nobody renews it, in s; None where it stays."""
        return None if self._control is None else self._control.hold_s

    async def async_set_hold(self, hold_s: int) -> None:
        """Let limits hold for so long without us."""
        if self._control is not None:
            await self._control.async_set_hold(hold_s)

    def setter(self, context: Context | None) -> SetBy:
        """Return who wrote a state of the charger."""
        if self._control is not None and self._control.is_own(context):
            return SetBy.US
        return SetBy.PERSON if context is not None and context.user_id is not None else SetBy.UNKNOWN

    async def async_limit(self, limit_a: float) -> None:
        """Send a limit to the charger; a failure is logged once by its control."""
        if self._control is None:
            return
        if limit_a == 0:
            # Kept first: who switched the charger off has to switch it on again, also after a restart.
            self._note_switched_off(off=True)
        resume = limit_a > 0 and self._settings.switched_off
        try:
            outcome = await self._control.async_set_limit_a(limit_a, resume=resume)
        except ControlError as err:
            _LOGGER.debug("%s did not take %s A: %s", self._name, limit_a, err)
            return
        if resume and outcome is Outcome.DONE:
            # Kept last: what failed is to be tried again with the next limit.
            self._note_switched_off(off=False)

    async def async_set_phases(self, phases: int) -> None:
        """Make it charge on 1 or on 3 phases; raise ControlError where the charger does not take it."""
        if self._control is not None:
            await self._control.async_set_phases(phases)

    async def async_fall_back(self, left_at_a: float) -> None:
        """Leave the charger at a current; for a stop, a reload or an unload."""
        if self._control is None:
            return
        if left_at_a == 0:
            self._note_switched_off(off=True)
        await self._control.async_fall_back(left_at_a)

    async def async_put_back(self) -> None:
        """Take back what was set in the charger for good, as it is given up."""
        if self._control is not None:
            await self._control.async_put_back()

    def _note_switched_off(self, *, off: bool) -> None:
        if self._settings.switched_off is not off:
            self._settings.switched_off = off
            self._keep()
