"""What somebody else set at the charger: the last word for this session, within the fuse.

A limit or a switch that shows what we did not send was set by a person, by the charger's app
or by another controller. It is told from our own commands, from their late or rounded echo,
and from the charger's own defaults after a plug-in, a boot or a reconnect. Who wishes less
gets less, and who wishes more goes before all others and before what was asked of us, until
the car is unplugged or something else is asked of us. The fuse gives nobody more by it, and
another controller only lowers.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf

#: Where nobody is known to have set it, a value has to stand for so long.
_SETTLED_S = 10.0
#: What is shown so soon after a command may be what the charger made of it.
_ECHO_S = 60.0
#: And so soon it is that, most likely.
_SOON_S = 30.0
#: The limit before the last command may still be shown, by a charger that is polled.
_LATE_S = 120.0
#: A charger shows its own defaults for so long after a plug-in, a boot or a reconnect.
_DEFAULTS_S = 60.0
#: So many changes by nobody that is known, within so long, are another controller's.
_RIVAL_CHANGES = 4
_RIVAL_WITHIN_S = 3600.0
#: Another controller that changed nothing for so long is gone.
_RIVAL_GONE_S = 6 * 3600.0
#: A charger has few defaults.
_MOST_DEFAULTS = 4
#: No controller sets more: a charger that shows it says that it holds no limit, or nonsense.
_MOST_SET_A = 1000.0
#: Floats that differ by less are the same current; limits, by this part of a step.
_SAME_A = 0.05
_PART_OF_STEP = 0.6


class OtherController(StrEnum):
    """What the owner says of a second controller of a charger: a balancer of its maker, an energy supplier."""

    NONE = "none"  # there is none for all he knows
    OBSERVE = "observe"  # it alone sets the charger
    LOWER = "lower"  # both set it, and the lower one holds


class SetBy(StrEnum):
    """Who set what a charger shows."""

    US = "us"
    PERSON = "person"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a charger shows as its limit now, 0 where it is switched off; and what it can take."""

    limit_a: float
    by: SetBy
    min_a: float
    max_a: float
    step_a: float
    wants: bool  # the car asks for power, or would if it were let
    has_rival: bool = False  # its owner says that another controller sets it as well
    switched: bool = False  # charging is let and stopped by a switch, apart from the limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Our last command, when it was sent, and the limit before it; None where nothing was sent."""

    limit_a: float | None = None
    at_s: float = -inf
    before_a: float = 0.0


@dataclass(frozen=True, slots=True)
class Override:
    """What stands against our limit, and who seems to be behind it. Instants are monotonic s.

    `limit_a` is the most that somebody else allows: 0 is a stop, None nothing. `asked_a` is what
    he wants at least, as far as the fuse has it; None is nothing. What is shown
    is `foreign` where it is not of our doing, and `pending` while that is not decided upon.
    `defaults_a` are the charger's own: what it showed by itself after a plug-in, a boot or a reconnect.
    """

    limit_a: float | None = None
    shown_a: float | None = None
    shown_s: float = -inf
    by: SetBy = SetBy.UNKNOWN
    foreign: bool = False
    pending: bool = False
    defaults_until_s: float = -inf
    changes_s: tuple[float, ...] = ()
    rival_until_s: float = -inf
    defaults_a: tuple[float, ...] = ()
    asked_a: float | None = None

    @property
    def is_rivals(self) -> bool:
        """Tell whether it was another controller that set what stands."""
        return self.by is SetBy.UNKNOWN and self.shown_s < self.rival_until_s

    def has_rival(self, now_s: float) -> bool:
        """Tell whether another controller sets the charger as well."""
        return now_s < self.rival_until_s

    @property
    def due_s(self) -> float:
        """When a look at the same may tell something else, in monotonic s."""
        return self.shown_s + _SETTLED_S if self.pending else inf

    def expecting_defaults(self, now_s: float) -> Override:
        """Return the state after a plug-in, a boot or a reconnect."""
        return replace(self, defaults_until_s=now_s + _DEFAULTS_S)

    def lifted(self) -> Override:
        """Return the state after the car was unplugged, or the owner took it back."""
        if self.limit_a is None and self.asked_a is None and not self.pending:
            return self
        return replace(self, limit_a=None, asked_a=None, pending=False)

    def look(self, shown: Shown, told: Told, now_s: float) -> Override:
        """Return the state after one more look at what the charger shows."""
        known = self
        if self.shown_a is None or abs(shown.limit_a - self.shown_a) > _SAME_A:
            known = self._changed(shown, told, now_s)
        return _decided(known, shown, told, now_s) if known.pending else known

    def _changed(self, shown: Shown, told: Told, now_s: float) -> Override:
        """Take in a value that was not shown before."""
        ours = self._is_ours(shown, told, now_s)
        foreign = self.shown_a is not None and not ours
        changes_s, rival_s, defaults_a = self.changes_s, self.rival_until_s, self.defaults_a
        if ours and self._shows_default(shown, told, now_s) and shown.limit_a not in defaults_a:
            defaults_a = (*defaults_a, shown.limit_a)[-_MOST_DEFAULTS:]
        can_be_set = shown.by is SetBy.UNKNOWN and shown.limit_a <= _MOST_SET_A
        if can_be_set and (foreign or self._is_suspect(shown, told, now_s)):
            changes_s = (*(at_s for at_s in changes_s if at_s > now_s - _RIVAL_WITHIN_S), now_s)[-_RIVAL_CHANGES:]
            if len(changes_s) >= _RIVAL_CHANGES or self.has_rival(now_s) or shown.has_rival:
                rival_s = now_s + _RIVAL_GONE_S
        return replace(
            self,
            shown_a=shown.limit_a,
            shown_s=now_s,
            by=shown.by,
            foreign=foreign,
            pending=foreign,
            changes_s=changes_s,
            rival_until_s=rival_s,
            defaults_a=defaults_a,
        )

    def _is_ours(self, shown: Shown, told: Told, now_s: float) -> bool:
        """Tell whether a new value comes of our command, or of the charger itself."""
        if shown.by is SetBy.US or told.limit_a is None or _same(shown.limit_a, told.limit_a, shown):
            return True
        if shown.by is SetBy.PERSON:
            return False
        since_s = now_s - told.at_s
        rival = shown.has_rival or self.has_rival(now_s)
        if since_s < (_SOON_S if rival else _LATE_S) and _same(shown.limit_a, told.before_a, shown):
            return True
        if rival:
            # Another one is known to set it, at any time.
            return False
        known = any(abs(shown.limit_a - default_a) <= _SAME_A for default_a in self.defaults_a)
        return known or since_s < _ECHO_S or now_s < self.defaults_until_s

    def _is_suspect(self, shown: Shown, told: Told, now_s: float) -> bool:
        """Tell whether a value that is no wish yet is one more sign of another controller."""
        if self.shown_a is None or now_s < self.defaults_until_s or told.limit_a is None:
            return False
        near = _same(shown.limit_a, told.limit_a, shown) or _same(shown.limit_a, told.before_a, shown)
        return not near and now_s - told.at_s >= _SOON_S

    def _shows_default(self, shown: Shown, told: Told, now_s: float) -> bool:
        """Tell whether a value that nobody set is the charger's own."""
        if shown.by is not SetBy.UNKNOWN or now_s >= self.defaults_until_s or shown.limit_a < shown.min_a:
            return False
        told_a = (told.before_a,) if told.limit_a is None else (told.before_a, told.limit_a)
        return not any(_same(shown.limit_a, one_a, shown) for one_a in told_a)


def shown_limit_a(limit_a: float | None) -> float | None:
    """Return a limit in A as a charger shows it; one below nothing says nothing."""
    return None if limit_a is None or limit_a < 0 else limit_a


def _decided(override: Override, shown: Shown, told: Told, now_s: float) -> Override:
    """Decide upon a value that is somebody else's."""
    limit_a = shown.limit_a if shown.limit_a >= shown.min_a - _SAME_A else 0.0
    if override.limit_a is not None and limit_a > override.limit_a + _SAME_A:
        # He wants more again: as much as that, or all where he lets it go on.
        all_of_it = override.limit_a <= 0 or _is_most(limit_a, shown)
        return replace(override, limit_a=None if all_of_it else limit_a, pending=False)
    if told.limit_a is None or _same(limit_a, told.limit_a, shown):
        return replace(override, pending=False)
    if limit_a > told.limit_a:
        return _raised(override, shown, told, limit_a, now_s)
    if _is_meant(override, shown, limit_a, now_s):
        asked_a = None if override.asked_a is None or limit_a <= 0 else min(override.asked_a, limit_a)
        return replace(override, limit_a=limit_a, asked_a=asked_a, pending=False)
    return override


def _raised(override: Override, shown: Shown, told: Told, limit_a: float, now_s: float) -> Override:
    """Decide upon a limit above ours: a person's is a wish, and from the charger's side one that is no reset."""
    override = replace(override, pending=False)
    most = _is_most(limit_a, shown)
    unknown = override.by is SetBy.UNKNOWN
    if unknown and (most or shown.has_rival or override.has_rival(now_s)):
        return override
    # A switch alone says nothing of how much; what was set before may be any old limit.
    lets_go_on = shown.switched and told.limit_a is not None and told.limit_a < shown.min_a
    return replace(override, limit_a=None if most or lets_go_on else limit_a, asked_a=min(limit_a, shown.max_a))


def _is_most(limit_a: float, shown: Shown) -> bool:
    return _same(limit_a, shown.max_a, shown) or limit_a > shown.max_a


def _is_meant(override: Override, shown: Shown, limit_a: float, now_s: float) -> bool:
    """Tell whether a lower value is a wish: a charger switches itself off when the car is full."""
    if override.by is SetBy.PERSON:
        return True
    return now_s - override.shown_s >= _SETTLED_S and (limit_a > 0 or shown.wants)


def _same(one_a: float, other_a: float, shown: Shown) -> bool:
    return abs(one_a - other_a) <= max(_SAME_A, _PART_OF_STEP * shown.step_a)
