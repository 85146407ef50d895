"""The tracker of one EVSE with what it remembers, so that it can be told again."""

from collections.abc import Callable
from dataclasses import replace
import logging

from ...core.moment import Now
from ...core.reading import EvseReading
from ...core.sessions.session import EndReason
from ...core.sessions.tracking import rewind, tracker as rules
from ...core.sessions.tracking.rewind import Memory, Told, ToldKind
from ...core.sessions.tracking.step import Step, TrackerContext
from ..ledger.settings import EvseSource

_LOGGER = logging.getLogger(__name__)


#: How late readings are put among the others: one of `rewind`.
type Lateness = Callable[[Memory, rules.Tracker, tuple[EvseReading, ...], Now, TrackerContext], rewind.Steps]


class Tracking:
    """Follows an EVSE; what each call returns has to be taken."""

    def __init__(self, evse_id: str, context: Callable[[], TrackerContext], now: Now) -> None:
        self._evse_id = evse_id
        self._context = context
        self.tracker = rules.begin(now)
        self.memory = Memory()

    def begin(
        self, snapshot: str | None, before_gap: str | None, now: Now, *, source: EvseSource, before: EvseSource | None
    ) -> Step:
        """Go on where a snapshot stops; an unreadable one is told and begun anew.

        An EVSE that is read from something else than before goes on with its session.
        """
        known = self._read(snapshot)
        of_gap = self._read(before_gap)
        if known is not None:
            self.tracker = known
        if before is not None and before != source:
            # What the other source recorded is not in the words of this one.
            of_gap = None
            self.tracker = rules.rewired(
                self.tracker,
                status=source.status,
                register=source.register is not None,
                same_register=source.register == before.register,
                counter=source.counter is not None and source.counter == before.counter,
            )
        context = self._context()
        if known is not None:
            start = self._told(ToldKind.START, now, context)
            self.memory = rewind.after_start(self.tracker, of_gap, start)
        self.tracker, step = rules.resume(self.tracker, now, context)
        return step

    def _read(self, text: str | None) -> rules.Tracker | None:
        if text is None:
            return None
        try:
            return rules.Tracker.from_json(text)
        except ValueError as err:
            _LOGGER.error(  # noqa: TRY400 - the cause is in the text, a traceback helps no owner
                "What was known of EVSE %s cannot be read, it begins anew: %s", self._evse_id, err
            )
            return None

    def reading(self, reading: EvseReading, now: Now) -> Step:
        """Take a reading."""
        context = self._context()
        told = self._told(ToldKind.READING, now, context, reading)
        return self._remembered(told, rules.advance(self.tracker, reading, now, context))

    def tick(self, now: Now) -> Step:
        """Let time pass without a reading."""
        context = self._context()
        return self._remembered(self._told(ToldKind.TICK, now, context), rules.tick(self.tracker, now, context))

    def cut(self, now: Now) -> Step:
        """Close the open period."""
        context = self._context()
        return self._remembered(self._told(ToldKind.CUT, now, context), rules.cut(self.tracker, now, context))

    def split(self, reason: EndReason, now: Now, *, final: bool) -> Step:
        """End the session of now, and begin another with the car that stays plugged in."""
        context = self._context()
        told = replace(self._told(ToldKind.SPLIT, now, context), reason=reason, final=final)
        return self._remembered(told, rules.split(self.tracker, now, context, reason, final=final))

    def tell_late(self, way: Lateness, readings: tuple[EvseReading, ...], now: Now) -> rewind.Steps:
        """Take readings that come late; nothing else may be told before the last step."""
        retold = yield from way(self.memory, self.tracker, readings, now, self._context())
        self.tracker, self.memory = retold.tracker, retold.memory
        return retold

    def is_late(self, reading: EvseReading) -> bool:
        """Tell whether a reading is older than what is known, and has to be put where it belongs."""
        return rewind.is_late(self.memory, self.tracker, reading)

    @staticmethod
    def _told(kind: ToldKind, now: Now, context: TrackerContext, reading: EvseReading | None = None) -> Told:
        return Told(
            kind=kind,
            now=now,
            reading=reading,
            grid_power_w=context.grid_power_w,
            paused_by_us=context.paused_by_us,
        )

    def _remembered(self, told: Told, answer: tuple[rules.Tracker, Step]) -> Step:
        before = self.tracker
        self.tracker, step = answer
        self.memory = rewind.remember(self.memory, before, told, self.tracker, step)
        return step

    @property
    def before_gap(self) -> str | None:
        """The tracker before its source went away, as text, while it is away."""
        before = self.memory.before_gap
        return None if before is None else before.to_json()

    @property
    def waiting(self) -> set[str]:
        """The sessions that a later register sample may still add to."""
        return {session.id for session in self.tracker.ended}
