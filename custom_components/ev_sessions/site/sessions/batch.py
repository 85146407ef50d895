"""What the sessions of one EVSE have to tell the ledger: gathered, committed, and told once it is kept."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
import logging
from typing import Any

from homeassistant.core import HomeAssistant, callback

from ...core.moment import Now
from ...core.sessions.session import ChargingPeriod, Session, SessionEvent
from ...core.sessions.tracking.step import Step
from ...store import (
    Checkpoint,
    Costing,
    Ledger,
    LedgerBusyError,
    LedgerError,
    PricedPeriod,
    Retelling,
    SessionGift,
    SessionOwner,
    StepRecord,
)
from ..ledger.ledger import asked
from ..prices.repricing import cost_nano
from .shown import Happening
from .trace import Chunks

_LOGGER = logging.getLogger(__name__)

#: Figures of an open session are in the ledger after this time at the latest, in s.
BATCH_S = 30.0


@dataclass(slots=True, kw_only=True)
class Batch:
    """What was not committed yet."""

    since_s: float | None = None
    sessions: dict[str, Session] = field(default_factory=dict)
    periods: dict[tuple[str, int], ChargingPeriod] = field(default_factory=dict)
    events: list[SessionEvent] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)
    redated: list[Any] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    traces: Chunks = field(default_factory=dict)
    told_again: list[SessionEvent] = field(default_factory=list)  # everybody has heard of them
    retelling: Retelling | None = None
    owners: dict[str, SessionOwner] = field(default_factory=dict)
    gifts: dict[str, SessionGift] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to commit."""
        return self.since_s is None and not self.events

    @property
    def session_ids(self) -> set[str]:
        """The sessions of which something waits."""
        return {*self.sessions, *(session_id for session_id, _ in self.periods)}

    def add(self, step: Step, now: Now) -> None:
        """Take what a step tells, but for its periods, which have to be priced, and its events."""
        self.checkpoints.extend(
            Checkpoint(at=one.at, register_mwh=one.register_mwh, cleaned_mwh=one.cleaned_mwh)
            for one in step.checkpoints
        )
        self.redated.extend(step.redated)
        self.notes.extend(
            {"action": note.key.value, "session_id": note.session_id, **note.figures} for note in step.notes
        )
        if step.sessions or step.periods or step.notes:
            self.wait_from(now)

    def tell_again(self, retelling: Retelling, events: Iterable[SessionEvent], now: Now) -> None:
        """Take back what is not so: of what waits, and, with what follows, of what the ledger has."""
        for session_id in retelling.retracted:
            self.sessions.pop(session_id, None)
        self.periods = {
            key: period
            for key, period in self.periods.items()
            if key[0] not in retelling.retracted and key[1] < retelling.kept.get(key[0], key[1] + 1)
        }
        self.traces = {key: chunk for key, chunk in self.traces.items() if key[0] not in retelling.retracted}
        self.told_again = [
            *(one for one in self.told_again if retelling.since is None or one.at < retelling.since),
            *events,
        ]
        self.retelling = retelling.after(self.retelling)
        self.wait_from(now)

    def wait_from(self, now: Now) -> None:
        """Be committed in time after this, at the latest, where nothing waits already."""
        if self.since_s is None:
            self.since_s = now.monotonic_s

    def put_periods(self, periods: Iterable[tuple[str, ChargingPeriod]]) -> None:
        """Let periods be written as they are now, each with the id of its session."""
        for session_id, period in periods:
            self.periods[session_id, period.index] = period

    def is_due(self, now: Now) -> bool:
        """Return whether it waited for long enough.

        All EVSEs are due with the same stroke of the clock: what many have to tell is written together.
        """
        return self.since_s is not None and now.monotonic_s // BATCH_S != self.since_s // BATCH_S

    def record(
        self,
        evse_id: str,
        now: Now,
        *,
        currency: str,
        snapshot: str | None,
        before_gap: str | None,
        costings: tuple[Costing, ...],
    ) -> StepRecord:
        """Return it as the ledger takes it."""
        return StepRecord(
            evse_id=evse_id,
            at=now.utc,
            sessions=tuple(self.sessions.values()),
            periods=tuple(
                PricedPeriod(session_id=session_id, period=period, cost_nano=cost_nano(period, currency))
                for (session_id, _), period in self.periods.items()
            ),
            events=(*self.told_again, *self.events),
            checkpoints=tuple(self.checkpoints),
            redated=tuple(self.redated),
            snapshot=snapshot,
            before_gap=before_gap,
            retelling=self.retelling,
            owners=tuple(self.owners.values()),
            gifts=tuple(self.gifts.values()),
            costings=costings,
            notes=tuple(self.notes),
            traces=tuple((session_id, tuple(samples)) for (session_id, _), samples in self.traces.items()),
        )


class Commits:
    """The commits of one EVSE.

    `kept` is called when a commit that something hangs on is answered, before `happened` is
    told of each of its events.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        ledger: Ledger,
        *,
        evse_id: str,
        kept: Callable[[], None],
        happened: Callable[[Happening], None],
    ) -> None:
        self._hass = hass
        self._ledger = ledger
        self._evse_id = evse_id
        self._kept = kept
        self._happened = happened
        self._waiting = 0
        self._last: Future[Any] | None = None

    @property
    def is_awaited(self) -> bool:
        """Whether something that has to be kept before it is shown is not answered yet."""
        return self._waiting > 0

    @property
    def unanswered(self) -> Future[Any] | None:
        """The last commit of a batch, where it is not answered yet."""
        return None if self._last is None or self._last.done() else self._last

    @callback
    def async_commit(self, record: StepRecord) -> Future[Any] | None:
        """Give a batch to the ledger; return None where the ledger is too busy to take any of it."""
        future = self._last = self._ledger.commit_step(record)
        if future.done() and isinstance(future.exception(), LedgerBusyError):
            return None
        return future

    @callback
    def async_tell_once_kept(self, commit: Future[Any], happenings: list[Happening]) -> None:
        """Tell what happened once it is on the disk."""
        self._waiting += 1
        self._hass.async_create_task(
            self._async_committed(commit, happenings), f"EVSE {self._evse_id} commit", eager_start=True
        )

    async def _async_committed(self, commit: Future[Any], happenings: list[Happening]) -> None:
        try:
            refused = await asked(commit)
            # A session that the ledger does not take did not happen, for all that it knows.
            happenings = [one for one in happenings if one.event.session_id not in refused]
        except LedgerError as err:
            # The ledger has told the owner why.
            _LOGGER.error(  # noqa: TRY400 - the cause is in the text, a traceback helps no owner
                "A change of a session of EVSE %s was not kept: %s", self._evse_id, err
            )
        self._waiting -= 1
        self._kept()
        for happening in happenings:
            self._happened(happening)
