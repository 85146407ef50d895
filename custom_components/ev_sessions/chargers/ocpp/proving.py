"""Prove once that a station falls back by itself: let one profile run out, and look."""

import logging
from math import inf

from ...core.station.dead_mans_switch import (
    PROOF_GRACE_S,
    PROOF_HOLD_S,
    Proof,
    judge_draw,
    judge_schedule,
    worth_trying,
)
from ...core.station.limiting import LimitWish
from .limiter import Limiter
from .remembered import Remembered

_LOGGER = logging.getLogger(__name__)

#: What told nothing is tried again so much later.
_AGAIN_S = 3600.0
#: So long before a proof, nothing was changed.
_STEADY_S = 60.0
_COMPOSITE_TIMEOUT_S = 30.0
#: What a car has shown is not asked again.
_SETTLED = frozenset({Proof.MEASURED, Proof.FAILED})


class Proving:
    """The proof of one EVSE. While one is running, its profile is not renewed; whatever is sent meanwhile ends it."""

    #: When the profile has run out, and the car has had time to follow.
    DUE_S = PROOF_HOLD_S + PROOF_GRACE_S

    def __init__(self, remembered: Remembered, limiter: Limiter, *, name: str) -> None:
        self._remembered = remembered
        self._limiter = limiter
        self._name = name
        self._running = False
        self._is_sent = False
        self._before_a: float | None = None
        self._not_before_s = -inf

    @property
    def running(self) -> bool:
        """Whether a profile is left to run out."""
        return self._running

    def wanted(self, wish: LimitWish, *, drawn_a: float | None, connected: bool | None, steady_s: float) -> bool:
        """Tell whether a proof would tell something now. `steady_s`: for how long nothing was changed."""
        if self._running or steady_s < _STEADY_S or not self._limiter.falls_back_alone(wish):
            return False
        if worth_trying(limit_a=wish.limit_a, fallback_a=wish.fallback_a, drawn_a=drawn_a):
            return True
        # Without a car all that can be had is the station's word.
        empty = connected is False and worth_trying(
            limit_a=wish.limit_a, fallback_a=wish.fallback_a, drawn_a=wish.limit_a
        )
        return empty and self._remembered.memory.proof is Proof.NONE

    def may_begin(self, now_s: float) -> bool:
        """Tell whether there is anything left to prove, and the last try is long enough ago."""
        return now_s >= self._not_before_s and self._remembered.memory.proof not in _SETTLED

    def begin(self, drawn_a: float | None, *, connected: bool | None, now_s: float) -> None:
        """Leave the next profile that is sent to run out."""
        self._running, self._is_sent = True, False
        self._before_a = drawn_a if connected is not False else None
        self._not_before_s = now_s + _AGAIN_S

    def sending(self) -> None:
        """Take note that a profile is sent: the first is the proof's own, another one ends it."""
        if self._running and self._is_sent:
            self.abandon()
        self._is_sent = True

    def abandon(self) -> None:
        """End the proof without a verdict."""
        self._running = False

    async def async_judge(self, wish: LimitWish, *, drawn_a: float | None) -> None:
        """Judge what the EVSE does now, and remember that."""
        proof = Proof.NONE
        if self._before_a is not None:
            proof = judge_draw(before_a=self._before_a, after_a=drawn_a, fallback_a=wish.fallback_a)
        if proof is Proof.NONE:
            in_force_a = await self._limiter.async_in_force_a(wish, timeout_s=_COMPOSITE_TIMEOUT_S)
            said = judge_schedule(in_force_a, fallback_a=wish.fallback_a)
            # Some say of a place without a car what its cable can carry: that proves nothing.
            proof = Proof.NONE if said is Proof.FAILED and self._before_a is None else said
        if not self._running:
            return
        self._running = False
        if proof is Proof.FAILED:
            _LOGGER.warning(
                "%s went on with its limit when nobody renewed it: it does not fall back by itself", self._name
            )
        if proof is not Proof.NONE:
            self._remembered.update(proof=proof)
