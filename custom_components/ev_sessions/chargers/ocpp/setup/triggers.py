"""Have a station tell what it did not tell by itself, and see whether it really does."""

import asyncio
from typing import Any, Final

from ..version import Version
from .calls import Calls

#: So long after an Accepted the message itself has to be here.
_MESSAGE_S: Final = 10.0

BOOT: Final = "BootNotification"
STATUS: Final = "StatusNotification"
METER_VALUES: Final = "MeterValues"


class Ear:
    """Hears which actions come in. Whoever serves the station's calls tells it of every one."""

    def __init__(self) -> None:
        self._awaited: dict[tuple[str, int | None], asyncio.Event] = {}

    def heard(self, action: str, evse: int | None = None) -> None:
        """Hear of a call of the station; `evse` is the EVSE that it is about."""
        for awaited in ((action, evse), (action, None)):
            if (event := self._awaited.get(awaited)) is not None:
                event.set()

    def expect(self, action: str, evse: int | None) -> asyncio.Event:
        """Begin to listen for an action: it may come before the answer to what asked for it."""
        return self._awaited.setdefault((action, evse), asyncio.Event())

    def forget(self, action: str, evse: int | None) -> None:
        """Listen no more."""
        self._awaited.pop((action, evse), None)


class Triggers:
    """Asks one station for messages."""

    def __init__(self, calls: Calls, version: Version, ear: Ear, *, message_s: float = _MESSAGE_S) -> None:
        self._calls = calls
        self._version = version
        self._ear = ear
        self._message_s = message_s

    async def async_trigger(self, action: str, evse: int | None = None) -> bool:
        """Return whether the message came; asked for again where it was promised and did not come."""
        event = self._ear.expect(action, evse)
        try:
            for _ in range(2):
                answer = await self._calls.async_ask("TriggerMessage", self._payload(action, evse))
                if str((answer or {}).get("status")).lower() != "accepted":
                    return event.is_set()
                try:
                    async with asyncio.timeout(self._message_s):
                        await event.wait()
                except TimeoutError:
                    continue
                return True
            return False
        finally:
            self._ear.forget(action, evse)

    def _payload(self, action: str, evse: int | None) -> dict[str, Any]:
        payload: dict[str, Any] = {"requestedMessage": action}
        if evse is None:
            return payload
        if self._version is Version.V16:
            return payload | {"connectorId": evse}
        # 2.x: a status is asked of a connector (F06.FR.12), values of an EVSE.
        connector = {"connectorId": 1} if action == STATUS else {}
        return payload | {"evse": {"id": evse, **connector}}


async def async_catch_up(triggers: Triggers, evses: range) -> tuple[str, ...]:
    """Have a station that came back without a start tell its state; return what it did not tell."""
    asked = [(action, evse) for action in (STATUS, METER_VALUES) for evse in evses]
    told = [await triggers.async_trigger(action, evse) for action, evse in asked]
    return tuple(f"{action} {evse}" for (action, evse), came in zip(asked, told, strict=True) if not came)
