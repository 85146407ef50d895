"""One command at a time to an EVSE, and of those that wait only the newest."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
import logging

from homeassistant.core import HomeAssistant, callback

from .control import ControlError, ControlFailure, Outcome

_LOGGER = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True, eq=False)
class _Command[Wish]:
    wish: Wish
    outcome: asyncio.Future[Outcome | ControlError]
    #: The sending, once it has begun.
    task: asyncio.Task[ControlError | None] | None = None

    def give_up(self) -> None:
        if self.task is not None:
            self.task.cancel()
        self.resolve(Outcome.SUPERSEDED)

    def resolve(self, outcome: Outcome | ControlError) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)


class CommandQueue[Wish]:
    """Sends wishes; each is all that is wanted of the EVSE, so an older one is worth nothing.

    `allowed_a` tells what a wish lets the EVSE draw, in A. A wish that lowers is sent at once
    and breaks off a higher one that is on its way; one that raises keeps `least_interval_s`
    from the command before. `send` ends by itself, and returns its error.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        name: str,
        send: Callable[[Wish], Coroutine[None, None, ControlError | None]],
        allowed_a: Callable[[Wish], float],
        least_interval_s: float,
    ) -> None:
        self._hass = hass
        self._name = name
        self._send = send
        self._allowed_a = allowed_a
        self._least_interval_s = least_interval_s
        self._closed = False
        self._waiting: _Command[Wish] | None = None
        self._sending: _Command[Wish] | None = None
        self._worker: asyncio.Task[None] | None = None
        self._newer = asyncio.Event()
        self._sent_a: float | None = None
        self._sent_at = 0.0

    async def async_submit(self, wish: Wish) -> Outcome:
        """Send `wish` as soon as may be and return what became of it; raise ControlError."""
        if self._closed:
            return Outcome.SUPERSEDED
        command = _Command(wish=wish, outcome=self._hass.loop.create_future())
        if self._waiting is not None:
            self._waiting.give_up()
        self._waiting = command
        self._newer.set()
        if self._sending is not None and self._allowed_a(wish) < self._allowed_a(self._sending.wish):
            # A higher limit that hangs must not hold up a lower one.
            self._sending.give_up()
        if self._worker is None:
            self._worker = self._hass.async_create_background_task(
                self._async_work(), f"commands to {self._name}", eager_start=False
            )
        # Who asked may be cancelled here; the command goes on.
        outcome = await command.outcome
        if isinstance(outcome, ControlError):
            raise outcome
        return outcome

    @callback
    def async_stop(self) -> None:
        """Send no more; what waits or is on its way is given up."""
        self._closed = True
        if self._worker is not None:
            self._worker.cancel()
            self._worker = None
        for command in (self._waiting, self._sending):
            if command is not None:
                command.give_up()
        self._waiting = self._sending = None

    async def _async_work(self) -> None:
        while (command := self._waiting) is not None:
            if (wait_s := self._wait_s(command.wish)) > 0:
                self._newer.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        await self._newer.wait()
                continue
            self._waiting = None
            await self._async_send(command)
        self._worker = None

    def _wait_s(self, wish: Wish) -> float:
        if self._sent_a is None or self._allowed_a(wish) <= self._sent_a:
            return 0.0
        return self._sent_at + self._least_interval_s - self._hass.loop.time()

    async def _async_send(self, command: _Command[Wish]) -> None:
        # Before it is known to have arrived: of a command that hangs the worst is assumed.
        self._sent_a, self._sent_at = self._allowed_a(command.wish), self._hass.loop.time()
        self._sending = command
        command.task = self._hass.async_create_background_task(self._send(command.wish), f"a command to {self._name}")
        # Waited for, not awaited: when it is broken off the worker goes on.
        await asyncio.wait({command.task})
        self._sending = None
        if command.task.cancelled():
            return
        if (bug := command.task.exception()) is not None:
            # The queue must live on: the next command may be the one that spares the fuse.
            _LOGGER.error("A command to %s failed unexpectedly", self._name, exc_info=bug)
            command.resolve(ControlError(ControlFailure.REFUSED, self._name, repr(bug)))
            return
        command.resolve(command.task.result() or Outcome.DONE)
