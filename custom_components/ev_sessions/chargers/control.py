"""What every way to reach a charger offers the load manager: a limit, a pause, a resume."""

from enum import StrEnum
from typing import Protocol

from homeassistant.core import Context
from homeassistant.exceptions import HomeAssistantError


class ControlFailure(StrEnum):
    """Why a charger did not take a command."""

    UNREACHABLE = "unreachable"  # what we would speak to is not there
    TIMED_OUT = "timed_out"
    REFUSED = "refused"  # it answered with an error
    CANNOT_PAUSE = "cannot_pause"  # nothing there stops a charge
    TOO_SOON = "too_soon"  # phases were switched a moment ago, or too often


class ControlError(HomeAssistantError):
    """A command that was not carried out. `where` is the entity, or the address, that failed."""

    def __init__(self, failure: ControlFailure, where: str, detail: str = "") -> None:
        super().__init__(f"{where}: {failure.value.replace('_', ' ')}{': ' if detail else ''}{detail}")
        self.failure = failure
        self.where = where
        self.detail = detail


class Outcome(StrEnum):
    """What became of a command that did not fail."""

    DONE = "done"
    SUPERSEDED = "superseded"  # a newer wish, or the end of the control, came before it was sent


class ChargerControl(Protocol):
    """The limit and the pause of one EVSE.

    Commands raise ControlError; whether the charger obeys is judged by its readings. They are
    sent one after another and only the newest that waits is kept: a lower limit or a pause is
    never behind a higher limit.
    """

    def async_start(self) -> None:
        """Take commands from now on."""
        ...

    def async_stop(self) -> None:
        """Take no more commands; what waits or is on its way is given up."""
        ...

    def is_own(self, context: Context | None) -> bool:
        """Tell whether a state with this context was written because of a command of ours."""
        ...

    @property
    def can_pause(self) -> bool:
        """Whether a charge can be stopped at all."""
        ...

    @property
    def least_a(self) -> float | None:
        """The least limit in A that it can be set to and a car charges with; None where any is."""
        ...

    @property
    def can_switch_phases(self) -> bool:
        """Whether it can be made to charge on one phase alone."""
        ...

    @property
    def phases(self) -> int | None:
        """On how many phases it charges, 1 or 3; None where that is not known."""
        ...

    @property
    def falls_back_by_itself(self) -> bool | None:
        """Whether the EVSE comes to its fallback when nobody speaks to it; None where only its owner can say."""
        ...

    @property
    def lacks_fallback(self) -> bool:
        """Whether it was seen that the EVSE does not come to its fallback by itself, though it should."""
        ...

    @property
    def ignored(self) -> bool:
        """Whether limits are accepted and known not to be followed."""
        ...

    @property
    def hold_s(self) -> int | None:
        """For how long a limit holds when nobody renews it, in s; None where it stays."""
        ...

    async def async_set_hold(self, hold_s: int) -> None:
        """Let limits hold for so long without us, where they end at all."""
        ...

    async def async_set_limit_a(self, limit_a: float, *, resume: bool = False) -> Outcome:
        """Allow at most `limit_a`; below what the EVSE can be set to, that is a pause until a higher limit.

        With `resume` the EVSE is let charge as well, in the same command.
        """
        ...

    async def async_pause(self) -> Outcome:
        """Stop the charge until `async_resume`, whatever limits are set meanwhile."""
        ...

    async def async_resume(self) -> Outcome:
        """Let the EVSE charge with the limit that was set last."""
        ...

    async def async_set_phases(self, phases: int) -> Outcome:
        """Charge on 1 or on 3 phases; a charge is paused meanwhile where the charger needs that."""
        ...

    async def async_fall_back(self, limit_a: float) -> None:
        """Leave the EVSE at its fallback and take no more commands; never raises.

        For an unload, a reload, or a job of Home Assistant's shutdown.
        """
        ...

    async def async_put_back(self) -> None:
        """Take back what was set in the charger for good, as it is given up; never raises."""
        ...
