"""What a station does for a central system, whatever the version calls it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING

from .connector import Connector, Reservation
from .line import Payload, RefusedError
from .smart_charging import reservable

if TYPE_CHECKING:
    from .station import Station

type Handler = Callable[[Payload], Awaitable[Payload]]


class Commands:
    """The commands that all versions have; a version's own class reads and words them."""

    #: What has to be answered truly even by a station that says Accepted to everything.
    truthful: frozenset[str] = frozenset()
    #: What is answered with nothing.
    silent: frozenset[str] = frozenset()

    def __init__(self, station: Station) -> None:
        self.station = station
        self.handlers: dict[str, Handler] = {}

    async def handle(self, action: str, payload: Payload) -> Payload:
        """Answer a call."""
        if (handler := self.handlers.get(action)) is None:
            raise RefusedError("NotImplemented", f"{action} is not known here")
        if self.station.behaviour.accepts_all and action not in self.truthful:
            return {} if action in self.silent else {"status": "Accepted"}
        return await handler(payload)

    def places(self, number: int) -> list[Connector]:
        """Return the connectors that a number means; 0 is all."""
        connectors = self.station.connectors
        return list(connectors.values()) if number == 0 else [connectors[number]] if number in connectors else []

    def free_connector(self) -> int:
        """Return the connector that a start without a number means."""
        free = [one for one in self.station.connectors.values() if one.transaction is None]
        plugged = [one for one in free if one.outlet.plugged]
        return next((one.number for one in (*plugged, *free)), 0)

    def may_start(self, number: int) -> bool:
        """Tell whether a remote start is taken."""
        place = self.station.connectors.get(number)
        refused = self.station.behaviour.remote_start == "Rejected"
        return not refused and place is not None and place.transaction is None and place.operative

    def change_availability(self, number: int, *, operative: bool) -> str:
        """Take connectors out of service or back, after their transaction where there is one."""
        places = self.places(number)
        status = "Accepted" if places else "Rejected"
        for place in places:
            if place.transaction is not None and not operative:
                place.inoperative_after = True
                status = "Scheduled"
            else:
                place.operative, place.inoperative_after = operative, False
        self.station.soon(self.tell_soon(number))
        return status

    def reserve(self, reservation_id: int, number: int, token: str, expiry: datetime) -> str:
        """Keep a connector for a token."""
        status = reservable(self.places(number))
        if status == "Accepted":
            self.cancel(reservation_id)
            self.station.reservations.append(
                Reservation(id=reservation_id, connector=number, token=token, expiry=expiry)
            )
            self.station.soon(self.tell_soon(number))
        return status

    def cancel(self, reservation_id: int) -> bool:
        """Forget a reservation; tell whether there was one."""
        left = [one for one in self.station.reservations if one.id != reservation_id]
        some = len(left) < len(self.station.reservations)
        self.station.reservations = left
        if some:
            self.station.soon(self.tell_soon(0))
        return some

    def update_local_list(self, version: int, *, full: bool, entries: list[tuple[str, str | None]]) -> str:
        """Take a local list or changes to it; an entry without a status goes."""
        station = self.station
        strict = not full or station.behaviour.version_mismatch_on_same
        if strict and version <= station.local_list_version:
            return "VersionMismatch"
        if full:
            station.local_list.clear()
        for token, status in entries:
            if status is None:
                station.local_list.pop(token, None)
            else:
                station.local_list[token] = status
        station.local_list_version = version
        return "Accepted"

    def say(self, action: str, payload: Payload) -> None:
        """Say something that is no loss when nobody hears it."""
        self.station.line.post(lambda: (action, payload), durable=False)

    async def tell_soon(self, number: int) -> None:
        """Tell the status behind an answer."""
        if number == 0:
            self.station.tell_all()
        else:
            self.station.tell_status(number)

    async def end_soon(self, number: int, reason: str) -> None:
        """End a transaction behind an answer."""
        self.station.end(number, reason=reason)

    async def each(self, numbers: list[int], tell: Callable[[int], object]) -> None:
        """Tell something of each of some connectors behind an answer."""
        for number in numbers:
            tell(number)

    async def new_password(self, password: str) -> None:
        """Connect again with a new password."""
        self.station.line.password = password
        await self.station.line.reconnect()

    async def reset(self, reason: str, *, ends_first: bool) -> None:
        """Boot again; transactions end before, or after when nobody had the time."""
        if ends_first:
            for number in self.station.connectors:
                self.station.end(number, reason=reason)
            await self.station.line.flush()
        await self.station.reboot(reason, away_s=0.2, stop_reason=reason)
