"""A charging station: it boots, tells what it sees, runs transactions, and obeys charging profiles."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ssl import SSLContext
from typing import Any

from simulator.plant.appliances import VOLTAGE_V

from .attendant import Attendant
from .behaviour import Behaviour, StationModel
from .connector import Connector, Reservation, Sample, State, Transaction
from .dialect import Dialect
from .line import Call, Line, OfflineError, Payload, RefusedError
from .measurands import energy, measure
from .outlet import HandOutlet, Outlet
from .profiles import Profiles, instant
from .routine import Routine

_BOOT_WAIT_S = 10.0


class Station:
    """One station with its connectors. `automatic`: it samples and tells changes by itself, as real ones do."""

    def __init__(
        self,
        url: str,
        identity: str,
        dialect: type[Dialect],
        *,
        model: StationModel | None = None,
        behaviour: Behaviour | None = None,
        outlets: Sequence[Outlet] | None = None,
        password: str | None = None,
        ssl: SSLContext | bool = True,
        automatic: bool = True,
    ) -> None:
        self.identity = identity
        self.model = model or StationModel()
        self.behaviour = behaviour or Behaviour()
        self.automatic = automatic
        self.connectors = {
            number: Connector(number=number, outlet=outlet, behaviour=self.behaviour)
            for number, outlet in enumerate(outlets or (HandOutlet(),), start=1)
        }
        self.profiles = Profiles()
        self.reservations: list[Reservation] = []
        self.local_list: dict[str, str] = {}
        self.local_list_version = 0
        self.registration: str | None = None
        self.heartbeat_s = 300.0
        self.phases = 3  # what is offered; phase switching makes it 1
        self.accepted = asyncio.Event()
        self.dialect = dialect(self)
        self.line = Line(
            url,
            identity,
            self.behaviour.subprotocols or (self.dialect.subprotocol,),
            opened=self._opened,
            handle=self._handle,
            user=self.behaviour.user,
            password=password,
            ssl=ssl,
            deflate=self.behaviour.deflate,
            reconnect_s=self.behaviour.reconnect_s,
            replays_after_s=self.behaviour.replays_after_s,
            resends_with_same_id=self.behaviour.resends_with_same_id,
        )
        self._attendant = Attendant(self)
        self._boot_reason: str | None = "PowerUp"
        self.clock_offset = timedelta(seconds=self.behaviour.clock_offset_s)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._routine = Routine(self)

    def now(self) -> datetime:
        """Return what its own clock shows."""
        return datetime.now(UTC) + self.clock_offset

    async def run(self) -> None:
        """Live until cancelled."""
        life = asyncio.get_running_loop().create_task(self._routine.live())
        try:
            await self.line.run()
        finally:
            life.cancel()
            for task in tuple(self._tasks):
                task.cancel()

    @asynccontextmanager
    async def running(self, *, accepted_s: float | None = None) -> AsyncGenerator[Station]:
        """Live for the time of a `with` block; wait until it is accepted, where `accepted_s` says how long."""
        task = asyncio.get_running_loop().create_task(self.run(), name=f"station {self.identity}")
        try:
            if accepted_s is not None:
                async with asyncio.timeout(accepted_s):
                    await self.accepted.wait()
            yield self
        finally:
            await self.line.go_offline()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    # What people and cars do.

    def plug_in(self, connector: int = 1, *, asks_a: float = 16.0) -> None:
        """Let a car come, where cars come by hand."""
        outlet = self._by_hand(connector)
        outlet.asks_a, outlet.here = asks_a, True
        self._attendant.look(self.connectors[connector])

    def unplug(self, connector: int = 1) -> None:
        """Let the car go."""
        self._by_hand(connector).here = False
        self._attendant.look(self.connectors[connector])

    async def present(self, token: str, connector: int = 1) -> bool:
        """Hold a token to it; tell whether it was accepted."""
        return await self._attendant.present(token, self.connectors[connector])

    async def authorised(self, token: str) -> bool:
        """Ask whether a token may; offline, whoever is on the local list may."""
        if not self.line.ready:
            return self.local_list.get(token) == "Accepted"
        try:
            answer = await self.line.post(lambda: self.dialect.authorise(token), durable=False)
        except OfflineError, RefusedError:
            return False
        if self.dialect.is_master(answer):
            for connector in self.connectors:
                self.end(connector, reason="MasterPass")
            return False
        return self.dialect.is_accepted(answer)

    def fail(self, connector: int, error: str = "GroundFailure", vendor_error: str | None = None) -> None:
        """Break a connector; `NoError` mends it."""
        place = self.connectors[connector]
        was, place.error, place.vendor_error = place.error, error, vendor_error
        self._attendant.look(place)
        for told in {was, error} - {"NoError"}:
            if (problem := self.dialect.problem(connector, told, vendor_error, is_there=told == error)) is not None:
                self._post(problem)

    def _post(self, call: Call, *, durable: bool = False) -> None:
        self.line.post(lambda: call, durable=durable)

    # Transactions.

    def begin(
        self,
        connector: int = 1,
        token: str = "TAG1",  # noqa: S107 - a card, and nobody's
        *,
        at: datetime | None = None,
        remote_start_id: int | None = None,
        transaction_id: str | None = None,
    ) -> Transaction:
        """Begin a transaction now, or as if it had begun at an instant."""
        place = self.connectors[connector]
        at = at or self.now()
        if self.behaviour.register_per_transaction:
            place.base_wh = place.outlet.register_wh
        reservation = next((one for one in self.reservations if one.connector in {0, connector}), None)
        if reservation is not None:
            self.reservations.remove(reservation)
        transaction = Transaction(
            connector=connector,
            id=transaction_id or self.dialect.new_id(),
            token=token,
            start=at,
            meter_start_wh=place.register_wh,
            remote_start_id=remote_start_id,
            reservation_id=None if reservation is None else reservation.id,
            offline=not self.line.ready,
        )
        place.transaction, place.finishing, place.token = transaction, False, None
        place.sample_due_s = self._loop_s() + self.dialect.sample_s
        sample = self._energy(place, at, "Transaction.Begin")
        transaction.samples.append(sample)
        self.line.post(
            lambda: self.dialect.started(transaction, sample), taken=lambda answer: self._answered(transaction, answer)
        )
        self.offer(place)
        self._attendant.look(place, at=at)
        return transaction

    def sample(self, connector: int = 1, *, at: datetime | None = None, context: str = "Sample.Periodic") -> Sample:
        """Measure now, and tell it."""
        place = self.connectors[connector]
        values = measure(place.outlet, place.register_wh, place.offered_a, self.dialect.measurands, self.behaviour)
        sample = Sample(at=at or self.now(), context=context, values=values, offline=not self.line.ready)
        transaction = place.transaction
        durable = not self.behaviour.loses_meter_values and transaction is not None
        self.line.post(lambda: self.dialect.metered(place, transaction, sample), durable=durable)
        return sample

    def end(self, connector: int = 1, *, reason: str = "Local", at: datetime | None = None) -> None:
        """End the transaction of a connector."""
        place = self.connectors[connector]
        if (transaction := place.transaction) is None:
            return
        sample = self._energy(place, at or self.now(), "Transaction.End")
        transaction.samples.append(sample)
        transaction.reason = reason
        place.transaction, place.finishing = None, place.outlet.plugged
        self.profiles.transaction_ended(connector)
        for _ in range(2 if self.behaviour.ends_twice else 1):
            self.line.post(
                lambda: self.dialect.ended(transaction, sample), taken=lambda answer: self._priced(place, answer)
            )
        if place.inoperative_after:
            place.operative = place.inoperative_after = False
        self.offer(place)
        self._attendant.look(place, again=self.behaviour.ends_twice)

    # Power and commands.

    async def reboot(self, reason: str = "PowerUp", *, away_s: float = 0.0, stop_reason: str | None = None) -> None:
        """Go down and come back; transactions that run end when it is back, for `stop_reason`, or go on."""
        self._boot_reason = reason
        self.line.cut(stay_away=True)
        await asyncio.sleep(away_s)
        for connector in self.connectors.values():
            connector.told = None
            if stop_reason is not None and connector.transaction is not None:
                self.end(connector.number, reason=stop_reason)
        self.line.go_online()

    def soon(self, work: Any) -> None:
        """Do something behind an answer."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def remote_start(
        self, connector: int, token: str, remote_start_id: int | None = None, transaction_id: str | None = None
    ) -> None:
        """Begin for the central system: at once, or when a car comes."""
        self.soon(self._attendant.remote_start(self.connectors[connector], token, remote_start_id, transaction_id))

    def by_transaction(self, transaction_id: str) -> Connector | None:
        """Return the connector on which a transaction runs."""
        running = (one for one in self.connectors.values() if one.transaction is not None)
        return next((one for one in running if one.transaction and one.transaction.id == transaction_id), None)

    def tell_status(self, connector: int) -> None:
        """Tell what a connector (0: the station) does, asked or not."""
        at = self.now()
        if connector == 0:
            operative = any(one.operative for one in self.connectors.values())
            state = State.AVAILABLE if operative else State.UNAVAILABLE
            self.line.post(lambda: self.dialect.status(0, state, "NoError", None, at), durable=False)
            return
        place = self.connectors[connector]
        place.told = state = self.state(place)
        error, vendor_error = place.error, place.vendor_error
        self.line.post(lambda: self.dialect.status(connector, state, error, vendor_error, at), durable=False)

    def offered_a(self, place: Connector) -> float:
        """Return what its profiles let a connector have, in A on each line."""
        transaction = place.transaction
        if transaction is None:
            return 0.0
        lines = len(place.outlet.currents_a)
        own, station = self.profiles.limits(
            place.number, self.now(), transaction_id=transaction.id, transaction_start=transaction.start
        )
        offered_a = place.outlet.max_a
        if own is not None:
            offered_a = min(offered_a, own.current_a(VOLTAGE_V, lines))
            if self.behaviour.phase_switching and own.phases is not None:
                self.phases = own.phases
        if station is not None:
            sharing = sum(1 for one in self.connectors.values() if one.transaction is not None)
            offered_a = min(offered_a, station.current_a(VOLTAGE_V, lines) / max(1, sharing))
        return max(0.0, offered_a)

    # Its own life.

    async def _opened(self) -> None:
        """Say hello on a new socket; what waits goes when the central system has taken us."""
        first = self.registration is None
        if self._boot_reason is not None or first or self.behaviour.boots_on_reconnect:
            if self.behaviour.status_before_boot_answer:
                self.soon(self._call_status())
            await self._boot(self._boot_reason or "PowerUp")
            if self._boot_reason is not None:
                self._resume()
            self._boot_reason = None
            tells = True
        else:
            tells = self.behaviour.tells_status_on_reconnect
        self.line.accept()
        self.accepted.set()
        if tells:
            self.tell_all()

    def _resume(self) -> None:
        """Tell of the transactions that go on, where the version has words for that."""
        for place in self.connectors.values():
            if place.transaction is not None:
                sample = self._energy(place, self.now(), "Other")
                if (call := self.dialect.resumed(place.transaction, sample)) is not None:
                    self._post(call, durable=True)

    def tell_all(self) -> None:
        """Tell the status of the station and of each connector."""
        if self.behaviour.status_of_station and self.dialect.version == "1.6":
            self.tell_status(0)
        for number in self.connectors:
            self.tell_status(number)

    async def _call_status(self) -> None:
        with suppress(OfflineError, RefusedError):
            await self.line.call(*self.dialect.status(1, self.state(self.connectors[1]), "NoError", None, self.now()))

    async def _boot(self, reason: str) -> None:
        """Boot until accepted."""
        while True:
            interval_s = _BOOT_WAIT_S
            with suppress(RefusedError):
                answer = await self.line.call(*self.dialect.boot(reason))
                self.registration = answer["status"]
                self._set_clock(answer)
                interval_s = float(answer["interval"])
                if self.registration == "Accepted":
                    self.heartbeat_s = interval_s or self.heartbeat_s
                    self._routine.accepted()
                    return
            self.line.hold()
            await asyncio.sleep((interval_s or _BOOT_WAIT_S) * self.behaviour.retry_factor)

    async def boot_again(self) -> None:
        """Send a BootNotification because we were asked to."""
        answer = await self.line.call(*self.dialect.boot("Triggered"))
        self.registration = answer["status"]
        if self.registration == "Accepted":
            self.line.accept()
            self.accepted.set()

    def _set_clock(self, answer: Payload) -> None:
        if self.behaviour.sets_clock and (told := instant(answer.get("currentTime"))) is not None:
            self.clock_offset = told - datetime.now(UTC)

    async def beat(self) -> None:
        """Send a Heartbeat."""
        with suppress(OfflineError, RefusedError):
            self._set_clock(await self.line.post(lambda: ("Heartbeat", {}), durable=False))

    async def _handle(self, action: str, payload: Payload) -> Payload:
        if action in self.behaviour.crashes_on:
            self.soon(self.reboot("Watchdog", away_s=0.2))
            await asyncio.sleep(1.0)
        if action in self.behaviour.silent_on:
            await asyncio.Event().wait()
        return await self.dialect.handle(action, payload)

    def look(self, place: Connector) -> None:
        """Notice what has changed at a connector, and tell it."""
        self._attendant.look(place)

    def offer(self, place: Connector) -> None:
        """Offer a car what it may have now."""
        place.offered_a = 0.0 if place.error != "NoError" else self.offered_a(place)
        place.outlet.offer(place.offered_a, self.phases)

    def state(self, place: Connector) -> State:
        """Return what a connector does now."""
        state = place.state
        reserved = any(one.connector == place.number for one in self.reservations)
        return State.RESERVED if reserved and state is State.AVAILABLE else state

    def _energy(self, place: Connector, at: datetime, context: str) -> Sample:
        return Sample(
            at=at, context=context, values=tuple(energy(place.register_wh, self.behaviour)), offline=not self.line.ready
        )

    def _answered(self, transaction: Transaction, answer: Payload) -> None:
        self.dialect.answered(transaction, answer)
        place = self.connectors[transaction.connector]
        if not self.dialect.is_accepted(answer) and place.transaction is transaction:
            self.end(transaction.connector, reason="DeAuthorized")

    def _priced(self, place: Connector, answer: Payload) -> None:
        place.cost_shown = answer.get("totalCost", place.cost_shown)

    def _by_hand(self, connector: int) -> HandOutlet:
        outlet = self.connectors[connector].outlet
        if not isinstance(outlet, HandOutlet):
            raise TypeError("here cars come and go in the plant")
        return outlet

    @staticmethod
    def _loop_s() -> float:
        return asyncio.get_running_loop().time()
