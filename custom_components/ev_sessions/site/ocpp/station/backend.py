"""What the messages of one station come to: answers to its tokens, numbers for its transactions, sessions."""

from asyncio import Lock, wrap_future
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
import logging
import secrets
from typing import override

from homeassistant.core import callback

from ....chargers.ocpp.asked import OUR_TOKEN
from ....chargers.ocpp.backend import Backend, Registration, Scan
from ....chargers.ocpp.rpc import CallError, ErrorCode
from ....chargers.ocpp.setup.unfinished import Transactions
from ....core.id_token import IdToken, KnownToken, TokenState
from ....core.sessions.transaction import TimedBy, least_trusted
from ....core.station import station_log
from ....core.station.authorisation import Authorisation, AuthorisationStatus, authorise
from ....core.station.events import Metered, StationEvent, StatusTold, TransactionEnded, TransactionStarted
from ....core.station.evse_state import EvseState
from ....core.station.log import Told
from ....core.station.transaction import ChangeKind, StationTransaction, TransactionChange as Change
from ....store import Ledger, LedgerError, SignedRecord, TransactionChange, TransactionStart
from ...clock import Clock
from ...ledger.ledger import asked
from ...whose.card_reader import CardReader
from .master_pass import MasterPass
from .owed import Owed
from .telling import EvseTelling

_LOGGER = logging.getLogger(__name__)

#: The key of an EVSE's settings under which the ledger has what its station was last known to be.
STATION_STATE = "station"
#: A card that was held to the station longer ago is no news.
_NEWS = timedelta(minutes=1)
#: OCPP 1.6 has a signed 32-bit integer.
_MOST_ID = 2**31 - 1


class StationBackend(Backend, Transactions):
    """Takes what one station tells into the ledger before it is answered."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        site_id: str,
        name: str,
        cards: CardReader,
        master: MasterPass,
        clock: Clock,
        is_online: Callable[[], bool],
        follow_clock: Callable[[], None],
        unknown_evse: Callable[[int], None],
        status_told: Callable[[StatusTold], None],
        total_cost: Callable[[str], float | None],
    ) -> None:
        self._ledger = ledger
        self._site_id = site_id
        self._name = name
        self._cards = cards
        self.master = master
        self._clock = clock
        self._is_online = is_online
        self._follow_clock = follow_clock
        self._unknown_evse = unknown_evse
        self._status_told = status_told
        self._total_cost = total_cost
        self._tellings: dict[int, EvseTelling] = {}
        self._log = station_log.begin({})
        self._kept_at: dict[int, datetime] = {}
        self._in_order = Lock()  # what is told late is taken step by step
        self._committing = Lock()
        self._owed = Owed()
        self._authorised: dict[int, str] = {}  # the transactions of which that is told, by EVSE
        self._named: dict[int, tuple[str, str]] = {}  # the transaction and card that were told last, by EVSE

    @callback
    def async_begin(
        self, tellings: Mapping[int, EvseTelling], states: Mapping[int, str | None], *, in_sight: bool
    ) -> None:
        """Go on where the ledger stops; what cannot be read is begun anew. `in_sight`: nothing was missed since."""
        self._tellings = dict(tellings)
        begun: dict[int, EvseState] = {}
        for evse in tellings:
            begun[evse] = EvseState()
            if (text := states.get(evse)) is None:
                continue
            try:
                begun[evse] = EvseState.from_json(text)
            except ValueError as err:
                _LOGGER.error(  # noqa: TRY400 - the cause is in the text, a traceback helps no owner
                    "What was known of %s cannot be read, it begins anew: %s", self._name, err
                )
        self._log = station_log.begin(begun, in_sight=in_sight)

    @property
    def runs(self) -> Mapping[int, StationTransaction]:
        """The transactions that go on, by EVSE."""
        running = {evse: log.state.running for evse, log in self._log.evses.items()}
        return {evse: transaction for evse, transaction in running.items() if transaction is not None}

    @override
    def running(self) -> Iterable[str]:
        return [transaction.id for transaction in self.runs.values()]

    @override
    async def async_lost(self, transaction_id: str) -> None:
        now = self._clock().utc
        _LOGGER.info("%s has lost the end of transaction %s, which is over by now", self._name, transaction_id)
        over = TransactionEnded(
            at=now, arrived_at=now, timed_by=TimedBy.ARRIVAL, transaction_id=transaction_id, reason="Other"
        )
        await self._async_tell((over,))

    def diagnosis(self) -> dict[int, dict[str, object]]:
        """Return how each EVSE stands, without who charges."""
        return {
            evse: {
                "activity": log.state.activity,
                "in_sight": log.state.in_sight,
                "running": log.state.running is not None,
                "entries": len(log.entries),
                "past": len(log.past),
            }
            for evse, log in self._log.evses.items()
        }

    # What the messages ask

    @override
    def registration(self) -> Registration:
        return Registration()

    @override
    async def async_authorise(self, evse: int | None, token: IdToken, scan: Scan = Scan.ASKED) -> Authorisation:
        return await self._async_authorise(evse, token, scan)

    @property
    @override
    def takes_master_pass(self) -> bool:
        return self.master.is_known

    @override
    def end_all(self) -> None:
        self.master.async_end_all()

    async def _async_authorise(self, evse: int | None, token: IdToken | None, scan: Scan) -> Authorisation:
        if token is not None and token.is_same(OUR_TOKEN):
            # A person begins the charge in Home Assistant.
            return Authorisation(status=AuthorisationStatus.ACCEPTED)
        scanned = token is not None and self._cards.async_is_scan(token, scan)
        try:
            known = await self._async_known(token)
            answer = await self._async_answer(evse, token, known, scanned=scanned)
            if token is not None and scanned:
                is_known = known is not None and known.state is TokenState.ACCEPTED
                await self._cards.async_shown(token, answer, known=is_known)
        except LedgerError as err:
            raise _not_kept(err) from err
        return answer

    async def _async_known(self, token: IdToken | None) -> KnownToken | None:
        stored = None if token is None else await asked(self._ledger.find_token(self._site_id, token))
        return None if stored is None else stored.known

    async def _async_answer(
        self, evse: int | None, token: IdToken | None, known: KnownToken | None, *, scanned: bool = False
    ) -> Authorisation:
        running = await asked(self._ledger.running_tokens(self._site_id, but_evse_id=self._evse_id(evse) or ""))
        admission = self._cards.admission(scanned=scanned)
        return authorise(token, known, running, self._clock().utc, admission=admission)

    async def _async_tell_authorised(self, evse: int, transaction: StationTransaction) -> None:
        """Tell whose card it was that let a car charge just now; what is told late is no news."""
        now, token = self._clock(), transaction.token
        if token is None or not transaction.is_open or self._authorised.get(evse) == transaction.id:
            return
        self._authorised[evse] = transaction.id
        begun = transaction.started_at
        if begun is None or abs(now.utc - begun) > _NEWS or token.is_same(OUR_TOKEN):
            return
        if (await self._async_answer(evse, token, await self._async_known(token))).accepted:
            self._tellings[evse].evse.recorder.async_authorised(now)

    async def _async_name(self, evse: int, transaction: StationTransaction) -> None:
        """Let a card that charges name the session, or begin another, before its transaction is kept."""
        token = transaction.token
        if token is None or token.names_nobody or token.is_same(OUR_TOKEN) or not transaction.is_open:
            return
        whose, charge = self._tellings[evse].evse.whose, (transaction.id, token.normalised)
        if whose is None or self._named.get(evse) == charge:
            return
        self._named[evse] = charge
        if (await self._async_answer(evse, token, await self._async_known(token))).accepted:
            # What a transaction begins with is the meter's last word on the one before.
            await whose.async_token(token, self._clock(), final=True)

    @override
    async def async_start_transaction(self, start: TransactionStarted) -> tuple[int, Authorisation]:
        evse_id = self._evse_id(start.evse)
        if evse_id is None:
            return await self._async_start_elsewhere(start), Authorisation(status=AuthorisationStatus.INVALID)
        news = abs(start.arrived_at - start.at) <= _NEWS
        answer = await self._async_authorise(start.evse, start.token, Scan.TOLD if news else Scan.NONE)
        wanted = TransactionStart(
            evse_id=evse_id,
            start=start.at,
            told_at=start.told_at,
            meter_start_mwh=start.meter_start_mwh,
            token=start.token,
            timed_by=start.timed_by,
        )
        try:
            number = await asked(self._ledger.start_transaction(wanted))
        except LedgerError as err:
            raise _not_kept(err) from err
        await self._async_tell((replace(start, transaction_id=str(number)),))
        return number, answer

    async def _async_start_elsewhere(self, start: TransactionStarted) -> int:
        """Give a transaction at an EVSE that nobody configured a number of its own, so that its end ends no other."""
        log = self._log.evses.get(start.evse or 0)
        running = None if log is None else log.state.running
        again = running is not None and (running.token, running.meter_start_mwh, running.started_at) == (
            start.token,
            start.meter_start_mwh,
            start.at,
        )
        number = int(running.id) if running is not None and again else secrets.randbelow(_MOST_ID) + 1
        await self._async_tell((replace(start, transaction_id=str(number)),))
        return number

    @override
    def total_cost(self, transaction_id: str) -> float | None:
        return self._total_cost(transaction_id)

    @override
    async def async_tell(self, events: tuple[StationEvent, ...]) -> None:
        await self._async_tell(events)

    async def _async_tell(self, events: tuple[StationEvent, ...]) -> None:
        """Take the events of one message; return once what opens or closes something is committed."""
        async with self._in_order:
            self._log, told = station_log.tell(self._log, events)
            self._follow_clock()
            for event in events:
                if isinstance(event, StatusTold):
                    self._status_told(event)
            for evse, one in told.items():
                if evse in self._tellings:
                    self._owed.add(evse, one.changes)
            matter = {evse for evse, one in told.items() if await self._async_take(evse, one)}
        if any(not isinstance(event, Metered) for event in events):
            # What is told once more waits until what was told first is on the disk.
            matter.update(evse for evse in told if evse in self._owed)
        elif not matter:
            return
        if not matter and not self._committing.locked():
            return
        try:
            async with self._committing:
                for evse in sorted(matter):
                    await self._async_commit(evse)
        except LedgerError as err:
            raise _not_kept(err) from err

    async def _async_take(self, evse: int, told: Told) -> bool:
        """Take what was told of an EVSE; return whether it has to be on the disk before it is answered."""
        telling = self._tellings.get(evse)
        if telling is None:
            self._unknown_evse(evse)
            return False
        matters = await telling.async_told(told, online=self._is_online())
        now = self._clock().utc
        kept_at = self._kept_at.get(evse)
        # By the stroke of the clock, so that many EVSEs are kept together; a clock that was set strikes as well.
        if matters or kept_at is None or _minute_of(now) != _minute_of(kept_at):
            self._keep(evse, now)
        return matters

    def _keep(self, evse: int, now: datetime) -> None:
        self._kept_at[evse] = now
        state = self._log.evses[evse].state.to_json()
        self._ledger.put_setting(self._tellings[evse].evse.evse_id, STATION_STATE, state, now)

    @callback
    def async_keep_all(self) -> None:
        """Keep what is known of all EVSEs."""
        now = self._clock().utc
        for evse in self._tellings:
            if evse in self._log.evses:
                self._keep(evse, now)

    async def _async_commit(self, evse: int) -> None:
        recorder = self._tellings[evse].evse.recorder
        recorder.async_flush(self._clock())
        await self._owed.async_pay(evse, partial(self._async_pay, evse))
        # The last that is not answered, which a card may have caused.
        if (commit := recorder.async_flush(self._clock())) is not None:
            await wrap_future(commit)

    async def _async_pay(self, evse: int, change: Change) -> None:
        evse_id = self._tellings[evse].evse.evse_id
        if change.kind is ChangeKind.RETRACTED:
            await asked(self._ledger.retract_transaction(evse_id, change.transaction.id))
            return
        await self._async_name(evse, change.transaction)
        await self._async_put(evse_id, change)
        await self._async_tell_authorised(evse, change.transaction)

    async def _async_put(self, evse_id: str, change: Change) -> None:
        transaction = change.transaction
        stored = await asked(
            self._ledger.put_transaction(
                TransactionChange(
                    evse_id=evse_id,
                    station_transaction_id=transaction.id,
                    start=transaction.started_at,
                    end=transaction.ended_at,
                    heard_at=self._clock().utc,
                    meter_start_mwh=transaction.meter_start_mwh,
                    meter_end_mwh=transaction.meter_stop_mwh,
                    timed_by=TimedBy.GUESSED
                    if transaction.started_at is None
                    else least_trusted(transaction.started_timed_by, transaction.ended_timed_by),
                    stop_reason=transaction.reason,
                    token=transaction.token,
                )
            )
        )
        for signed in transaction.signed:
            await asked(
                self._ledger.put_signed_record(
                    stored.id,
                    SignedRecord(
                        at=signed.at,
                        format=signed.encoding or signed.format,
                        data=signed.data.encode(),
                        public_key=signed.public_key,
                    ),
                )
            )

    def _evse_id(self, evse: int | None) -> str | None:
        """Return the ledger's id of an EVSE; where none is named, of the only one."""
        if not evse and len(self._tellings) == 1:
            evse = next(iter(self._tellings))
        telling = None if evse is None else self._tellings.get(evse)
        return None if telling is None else telling.evse.evse_id


def _minute_of(at: datetime) -> datetime:
    """Return the minute in which an EVSE is kept while nothing opens or closes."""
    return at.replace(second=0, microsecond=0)


def _not_kept(err: LedgerError) -> CallError:
    _LOGGER.debug("A message is not answered, so that it is sent again: %s", err)
    return CallError(ErrorCode.INTERNAL_ERROR, "it could not be kept")
