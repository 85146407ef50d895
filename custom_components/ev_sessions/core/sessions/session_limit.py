"""Session limits: stop a session at so much energy, cost, time or state of charge.

A standing wish holds for every session; what was asked for one session comes before it, kind
by kind. A limit that was reached stays reached, whatever the figures do afterwards, until the
session is over, the limits are changed, or a person lets the car go on. But a state of charge
that turns out to be far lower was told wrongly: that of the car before, or of yesterday. The
kinds are those of OCPP 2.1, TransactionLimitType; time is from plug-in, as there.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Final

from .session import EndReason, SessionEvent, SessionEventType


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimit:
    """What a session may reach; None is without a limit of that kind. `cost` is in the site's currency."""

    energy_mwh: int | None = None
    cost: Decimal | None = None
    connected_ms: int | None = None
    soc_percent: float | None = None

    def over(self, other: SessionLimit) -> SessionLimit:
        """Return this limit, with that of `other` for each kind of which this has none."""
        return SessionLimit(**{name: _first(getattr(self, name), getattr(other, name)) for name in _KINDS})

    @property
    def is_none(self) -> bool:
        """Whether it limits nothing."""
        return self == NO_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the session has come that goes on; None is not known."""

    session_id: str
    energy_mwh: int = 0
    cost: Decimal | None = None
    connected_ms: int = 0
    soc_percent: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """The limit that a session has reached, as the reason why it ends.

    `below_ms` is how long the session had lasted when its battery, which was as full as it may
    get, was first told to be far from that.
    """

    session_id: str
    reason: EndReason
    below_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitState:
    """All that has to be remembered of the limits of one EVSE.

    `asked` is for the session `asked_for`, or for the next one where that is None.
    `lifted_for` is the session that a person let go on.
    """

    standing: SessionLimit = SessionLimit()
    asked: SessionLimit = SessionLimit()
    asked_for: str | None = None
    reached: Reached | None = None
    lifted_for: str | None = None

    @property
    def limit(self) -> SessionLimit:
        """The limit that holds."""
        return self.asked.over(self.standing)


NO_LIMIT: Final = SessionLimit()
NO_LIMITS: Final = LimitState()
_KINDS: Final = tuple(field.name for field in fields(SessionLimit))
_REASONS: Final = {
    "energy_mwh": EndReason.LIMIT_ENERGY,
    "cost": EndReason.LIMIT_COST,
    "connected_ms": EndReason.LIMIT_TIME,
    "soc_percent": EndReason.LIMIT_SOC,
}
LIMIT_REASONS: Final = frozenset(_REASONS.values())
#: No battery loses so many percent while its car is stopped, and a glitch does not last so long.
_FAR_PERCENT: Final = 5.0
_BELIEVED_MS: Final = 120_000
#: What a tracker tells of a car that was stopped by its limit, and that the limit has told already.
_TOLD: Final = frozenset({SessionEventType.PAUSED, SessionEventType.COMPLETED})


def reached_by(limit: SessionLimit, progress: Progress) -> EndReason | None:
    """Return which limit a session has reached; None where it has room in all of them."""
    for kind, reason in _REASONS.items():
        most, value = getattr(limit, kind), getattr(progress, kind)
        if most is not None and value is not None and value >= most:
            return reason
    return None


def follow(state: LimitState, progress: Progress | None, *, sees_car: bool) -> tuple[LimitState, EndReason | None]:
    """Return the limits after a look at the session, and which of them it has just reached.

    Without a session `progress` is None. Where nothing tells of a car (`sees_car` false), a
    session that is stopped ends by itself while the car is still there: the limit stays reached.
    """
    state = _with_session(state, progress, sees_car=sees_car)
    if progress is not None and state.reached is not None:
        state = _told_lower(state, state.reached, progress)
    if progress is None or state.reached is not None or state.lifted_for == progress.session_id:
        return state, None
    reason = reached_by(state.limit, progress)
    if reason is None:
        return state, None
    return replace(state, reached=Reached(session_id=progress.session_id, reason=reason)), reason


def _told_lower(state: LimitState, reached: Reached, progress: Progress) -> LimitState:
    """Return a state in which a battery that is not as full as was told has not reached its limit."""
    most, percent = state.limit.soc_percent, progress.soc_percent
    if reached.reason is not EndReason.LIMIT_SOC or percent is None or most is None:
        return state
    since_ms = reached.below_ms
    if percent >= most - _FAR_PERCENT:
        return replace(state, reached=replace(reached, below_ms=None))
    if since_ms is None:
        return replace(state, reached=replace(reached, below_ms=progress.connected_ms))
    return replace(state, reached=None) if progress.connected_ms - since_ms >= _BELIEVED_MS else state


def asked(state: LimitState, limit: SessionLimit, progress: Progress | None) -> LimitState:
    """Return the limits after a person asked for some, for the session of now or the next one."""
    session_id = None if progress is None else progress.session_id
    return _looked_at_anew(replace(state, asked=limit, asked_for=session_id), progress)


def wished(state: LimitState, standing: SessionLimit, progress: Progress | None) -> LimitState:
    """Return the limits after a person wished for others, for all sessions."""
    return _looked_at_anew(replace(state, standing=standing), progress)


def lifted(state: LimitState, progress: Progress | None) -> LimitState:
    """Return the limits after a person let the car go on that had reached one."""
    if state.reached is None:
        return state
    return replace(state, reached=None, lifted_for=None if progress is None else progress.session_id)


def end_reason(state: LimitState, session_id: str) -> EndReason | None:
    """Return the limit that ended a session; None where it had reached none, or was let go on."""
    return state.reached.reason if state.reached is not None and state.reached.session_id == session_id else None


def untold(state: LimitState, events: Iterable[SessionEvent]) -> tuple[SessionEvent, ...]:
    """Return the events that the limit has not told already: its session is complete, not paused."""
    return tuple(
        event
        for event in events
        if event.type not in _TOLD or event.session_id is None or end_reason(state, event.session_id) is None
    )


def _looked_at_anew(state: LimitState, progress: Progress | None) -> LimitState:
    """Return a state whose limits have changed: what they do not stop goes on."""
    state = replace(state, lifted_for=None)
    if state.reached is None or progress is None or progress.session_id != state.reached.session_id:
        return replace(state, reached=None)
    return state if reached_by(state.limit, progress) is not None else replace(state, reached=None)


def _with_session(state: LimitState, progress: Progress | None, *, sees_car: bool) -> LimitState:
    """Return a state without what belonged to a session that is over."""
    session_id = None if progress is None else progress.session_id
    if not state.asked.is_none and state.asked_for != session_id:
        if state.asked_for is None:
            state = replace(state, asked_for=session_id)
        else:
            state = replace(state, asked=NO_LIMIT, asked_for=None)
    reached = state.reached
    if reached is not None and reached.session_id != session_id and (sees_car or session_id is not None):
        state = replace(state, reached=None)
    return state


def _first[T](value: T | None, other: T | None) -> T | None:
    return other if value is None else value
