"""A car's battery whose state of charge is told wrongly now and then, and what is made of what is shown of it."""

from decimal import Decimal
from random import Random

from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.sessions.session import EndReason, Session
from custom_components.ev_sessions.core.sessions.session_limit import (
    NO_LIMIT,
    NO_LIMITS,
    LimitState,
    Progress,
    SessionLimit,
    follow,
    lifted,
    wished,
)
from custom_components.ev_sessions.core.vehicles.battery import Battery, believable_percent, seen
from custom_components.ev_sessions.core.vehicles.departure import Departure, lacking_mwh
from custom_components.ev_sessions.sources.value import Quantity, measure

from .stream import GLITCHES, SPELLS, Stream

#: What of the energy that a car takes ends in its battery.
_ARRIVES = 0.85
_SIZES_KWH = (40, 58, 77)
_LIMITS = (None, None, 50.0, 80.0, 100.0)
_LIFTED_EVERY_S = 24 * 3600.0
#: A level may be a fraction, or the greatest number of a byte where it is not known.
_OF_LEVELS = ("fraction", "byte")
#: So much below its limit a car is certainly not at it, in percent.
_BELOW = 10.0
#: From so many percent on that the session has seen to pass, what a percent takes is known.
_MANY_PERCENT = 15.0


class CarBattery:
    """A battery, its entity and its session's limit; drawn from a seed of its own."""

    def __init__(self, seed: int, name: str) -> None:
        self.rng = Random(f"battery {seed} {name}")
        self.stream = Stream(f"{name}_soc", "%", self.rng, glitches=GLITCHES + _OF_LEVELS, spells=SPELLS + _OF_LEVELS)
        self.size_mwh = 0
        self.held_mwh = 0.0
        self.shown: float | None = None
        self.limits: LimitState = NO_LIMITS
        self.known: Battery | None = None
        self.session_id: str | None = None
        #: What a level may be shown as that is right, old, or a fraction.
        self.made: set[float] = set()
        self.reached = 0
        self.learned = 0
        self.right_since_s: float | None = None
        self.come()

    @property
    def percent(self) -> int:
        """How full it is, in whole percents."""
        return int(self.held_mwh * 100 / self.size_mwh)

    @property
    def is_full(self) -> bool:
        return self.held_mwh >= self.size_mwh

    @property
    def holds_back(self) -> bool:
        """Whether its session has reached a limit."""
        return self.limits.reached is not None

    def come(self, *, empty: bool = False) -> None:
        """Let another car come; an `empty` one charges without a limit."""
        self.size_mwh = self.rng.choice(_SIZES_KWH) * 1_000_000
        self.held_mwh = self.size_mwh * (0.05 if empty else self.rng.uniform(0.05, 0.9))
        limit = None if empty else self.rng.choice(_LIMITS)
        standing = NO_LIMIT if limit is None else SessionLimit(soc_percent=limit)
        self.limits = wished(self.limits, standing, None)

    def take(self, energy_mj: int) -> None:
        """Take what was drawn, in mJ."""
        self.held_mwh = min(self.size_mwh, self.held_mwh + energy_mj / 3600 * _ARRIVES)

    def wished_by(self, departure: Departure | None) -> Departure | None:
        """Let some owners name a level in place of an energy."""
        return (
            departure
            if departure is None or self.rng.random() < 0.5
            else Departure(at=departure.at, energy_mwh=departure.energy_mwh, soc_percent=self.rng.choice((60.0, 90.0)))
        )

    def tell(self, now: Now, *, clean: bool) -> None:
        """Let the entity tell the level, or what becomes of it, and read it."""
        self.stream.pass_a_step(now.monotonic_s, clean=clean)
        self.made |= {float(self.percent), self.percent / 100}
        self.stream.tell(str(self.percent), now.utc, now.monotonic_s, clean=clean)
        report = self.stream.newest
        read = None if report is None else measure(report.state, Quantity.SOC_PERCENT)
        self.shown = believable_percent(float(read) if isinstance(read, Decimal) else None)
        assert self.shown is None or self.shown in self.made, now
        if self.stream.right:
            assert self.shown == self.percent, now

    def follow(self, session: Session | None, now: Now, *, right: bool) -> None:
        """Follow the session that goes on; `right`: what else is told of it is the truth."""
        progress = None
        if session is not None:
            progress = Progress(
                session_id=session.id,
                energy_mwh=session.energy_mwh,
                connected_ms=session.connected_ms,
                soc_percent=self.shown,
            )
        session_id = None if progress is None else progress.session_id
        if session_id != self.session_id:
            self.session_id, self.known = session_id, None
        if progress is not None and self.shown is not None:
            self.known = seen(self.known, self.shown, progress.energy_mwh)
        if self.holds_back and self.rng.random() < 10.0 / _LIFTED_EVERY_S:
            self.limits = lifted(self.limits, progress)
        self.limits, reason = follow(self.limits, progress, sees_car=True)
        self.reached += reason is EndReason.LIMIT_SOC
        if not right or not self.stream.right:
            self.right_since_s = None
        elif self.right_since_s is None:
            self.right_since_s = now.monotonic_s
        self._judge(progress, now, reason)

    def to_level_mwh(self, departure: Departure | None, energy_mwh: int) -> float | None:
        """Return what it lacks to the level that was asked for, as far as that is known."""
        if departure is None or departure.soc_percent is None:
            return None
        learned_mwh = None if self.known is None else self.known.left_mwh(departure.soc_percent, energy_mwh)
        return lacking_mwh(departure.soc_percent, self.shown, None) if learned_mwh is None else learned_mwh

    def _judge(self, progress: Progress | None, now: Now, reason: EndReason | None) -> None:
        """A limit stops nobody but for a level that is there, whoever is far below goes on, and none is passed."""
        limit = self.limits.limit.soc_percent
        where = (now.utc, self.percent, self.shown, self.limits, self.known)
        assert reason is None or (self.shown is not None and limit is not None and self.shown >= limit), where
        if progress is None or not self.stream.right:
            return
        if limit is not None and self.percent >= limit and self.limits.lifted_for != progress.session_id:
            assert self.holds_back, where
        if limit is not None and self.percent < limit - _BELOW:
            assert not self.holds_back, where
        if self.known is None or (a_percent := self.known.mwh_per_percent) is None:
            return
        self.learned += 1
        assert a_percent > 0, where
        if (rise := self.known.rise) is None or self.right_since_s is None:
            return
        many = rise.changed.soc_percent - rise.begun.soc_percent >= _MANY_PERCENT
        if many and now.monotonic_s - self.right_since_s > 1800.0:
            assert 0.4 < a_percent / (self.size_mwh / 100 / _ARRIVES) < 2.5, where
