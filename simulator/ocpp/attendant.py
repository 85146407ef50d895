"""What notices people and cars: who comes, who goes, who holds a token to the station."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from .connector import Connector, Sample, State, Transaction

if TYPE_CHECKING:
    from .station import Station


class Attendant:
    """Stands at the connectors of a station."""

    def __init__(self, station: Station) -> None:
        self._station = station

    def look(self, place: Connector, *, again: bool = False, at: datetime | None = None) -> None:
        """Notice that a car has come or gone and what else has changed, and tell it, as of an instant."""
        plugged = place.outlet.plugged
        if plugged != place.was_plugged:
            place.was_plugged = plugged
            if plugged:
                self._arrived(place)
            else:
                self._left(place)
        state = self._station.state(place)
        if state == place.told and not again:
            return
        was, dialect = place.told, self._station.dialect
        place.told = state
        if again or was is None or dialect.word(state) != dialect.word(was):
            for _ in range(2 if again else 1):
                self._station.tell_status(place.number)
        if was is not None and (transaction := place.transaction) is not None:
            self._changed(transaction, state, at or self._station.now())

    def _changed(self, transaction: Transaction, state: State, at: datetime) -> None:
        station, dialect = self._station, self._station.dialect
        if dialect.tells_changes and not station.behaviour.charging_state_in_meter_values:
            nothing = Sample(at=at, context="Other", values=(), offline=not station.line.ready)
            station.line.post(lambda: dialect.changed(transaction, state, nothing))

    def _arrived(self, place: Connector) -> None:
        if place.token is not None:
            self._station.begin(place.number, place.token, remote_start_id=place.remote_start_id)
            place.remote_start_id = None
        elif (free := self._station.behaviour.free_token) is not None and place.operative:
            self._station.begin(place.number, free)
        elif (tap := self._station.behaviour.tap_token) is not None and self._station.automatic:
            self._station.soon(self._tap(place, tap))

    async def _tap(self, place: Connector, token: str) -> None:
        """Be the driver: try until it is taken, as long as the car is here."""
        while place.wants_token:
            await asyncio.sleep(self._station.behaviour.tap_after_s)
            if self._station.line.ready and place.wants_token:
                await self.present(token, place)

    def _left(self, place: Connector) -> None:
        place.finishing = False
        if place.transaction is not None and self._station.behaviour.stops_on_unplug:
            self._station.end(place.number, reason="EVDisconnected")

    async def present(self, token: str, place: Connector) -> bool:
        """Hold a token to it: it starts or stops, or waits for a car. Tell whether it was accepted."""
        if (running := place.transaction) is not None:
            if running.token != token and not await self._station.authorised(token):
                return False
            self._station.end(place.number, reason="Local")
            return True
        if not await self._station.authorised(token):
            return False
        if place.outlet.plugged:
            self._station.begin(place.number, token)
        else:
            self._await_car(place, token)
        return True

    def _await_car(self, place: Connector, token: str) -> None:
        place.token = token
        place.token_until_s = asyncio.get_running_loop().time() + self._station.dialect.connection_timeout_s
        self.look(place)

    async def remote_start(
        self, place: Connector, token: str, remote_start_id: int | None, transaction_id: str | None
    ) -> None:
        """Begin, or wait for a car, for the central system."""
        if self._station.dialect.authorises_remote and not await self._station.authorised(token):
            return
        if place.outlet.plugged and place.transaction is None:
            self._station.begin(place.number, token, remote_start_id=remote_start_id, transaction_id=transaction_id)
        elif place.transaction is None:
            place.remote_start_id = remote_start_id
            self._await_car(place, token)
