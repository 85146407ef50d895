"""What the balancer remembers of an EVSE from one look to the next."""

from collections.abc import Iterable, Mapping, Set as AbstractSet
from dataclasses import dataclass, replace
from math import inf

from .at_rest import rests_until_s
from .car_lines import CarLines, Drawn
from .circuit import LineUse
from .draw import FRESH_S, SAMPLE_TRUSTED_S, Draw, PerLine, greatest, least
from .load import EvseLimit, EvseLoad
from .obedience import Obedience
from .offered import NOT_OFFERED, Offered, due_s
from .override import Override, Shown, Told
from .pause_count import PauseCount
from .reasons import Reason, ReasonKey, amperes
from .sated import sated
from .taking import LESS_A, Taking
from .wake import Wake

#: Drawing this much more than the limit, or this part of it, is not obeying.
_EXCESS_A = 1.0
_EXCESS_PART = 0.08
#: A sample of the draw may be so much older than the instant at which it is reported.
_SAMPLE_DELAY_S = 1.0
#: A car's current rises and falls no faster than this.
_RISE_A_S = 4.0
_FALL_A_S = 10.0
#: A charger that is sampled seldom may tell so late what it drew.
_TOLD_LATE_S = 10.0
#: A car that nobody looks at has followed after so long: the command, 5 s (IEC 61851-1), and its way down.
_UNSEEN_FOLLOWS_S = 8.0
#: Nor has it begun to before this, but for cars that are as quick as few are.
_UNSEEN_BEGINS_S = 3.0
#: Whoever was told to stop has stopped after so long.
_SURELY_FOLLOWED_S = 30.0
#: This close to its limit it is at it.
_THERE_A = 0.5

_NO_DRAW = Draw()
_FRESH_CHARGER = Obedience()
_FRESH_CAR = Taking()
_NO_CAR_LINES = CarLines()
_NO_WAKE = Wake()
_NO_PAUSES = PauseCount()
_NO_OVERRIDE = Override()


@dataclass(frozen=True, slots=True)
class EvseMemory:
    """The limit that an EVSE stands at, its draw, its turn, and how it obeys.

    `standing_a` is what it is held to be allowed: what was sent, else what it shows.
    `sent_a` is None where nothing was sent since the start or the plug-in: then whatever is
    decided is sent. `turn_since_s` is since when it has charged, or waited. `seen` is what was
    looked at last, `known` the same as it is with this car; until `rests_until_s` another look at
    that would tell nothing new.
    """

    known: EvseLoad
    standing_a: float
    previous_a: float
    sent_a: float | None = None
    sent_s: float = -inf
    connected: bool | None = None
    turn_since_s: float = -inf
    paused_s: float = -inf
    pauses: PauseCount = _NO_PAUSES
    repeat: bool = False
    draw: Draw = _NO_DRAW
    obedience: Obedience = _FRESH_CHARGER
    taking: Taking = _FRESH_CAR
    car_lines: CarLines = _NO_CAR_LINES
    wake: Wake = _NO_WAKE
    override: Override = _NO_OVERRIDE
    offered: Offered = NOT_OFFERED
    online: bool = False
    lifts: int = 0
    sated: bool = False
    limit: EvseLimit | None = None
    seen: EvseLoad | None = None
    rests_until_s: float = -inf

    def is_held(self, least_s: float, now_s: float) -> bool:
        """Tell whether it is paused, and for less than a pause lasts; any lasts `least_s`."""
        return self.standing_a <= 0 and now_s - self.paused_s < self.pauses.lasts_s(least_s)

    def settle_s(self, evse: EvseLoad) -> float:
        """Return how long an EVSE needs to follow a command."""
        return self.obedience.lag_s if evse.lag_s is None else evse.lag_s

    def is_unsure(self, evse: EvseLoad) -> bool:
        """Tell whether the draw of an EVSE that may charge is spread over lines that its car may not load.

        Some of it then looks like the house's.
        """
        if evse.drawn_a is None or self.standing_a <= 0 or evse.connected is False:
            return False
        return not evse.lines_measured and len(evse.use.lines) > 1 and self.car_lines.lines is None

    def drawn_when(
        self, evse: EvseLoad, measured: tuple[float, float], now_s: float, line_count: int
    ) -> tuple[PerLine, PerLine]:
        """Return the least and the greatest that the EVSE may have drawn when the meter measured.

        That was between two instants, in monotonic s.
        """
        settle_s = self.settle_s(evse)
        start_s, end_s = measured
        seen = self.draw.between(start_s, end_s + _SAMPLE_DELAY_S)
        if seen is None:
            return self._presumed(evse, end_s, settle_s, line_count)
        if not evse.controllable or evse.connected is False:
            # Who is not commanded is on his way to nothing that we know of, nor is there anybody to take what is
            # offered; who has left may have drawn until then.
            return (least(seen[0], (0.0,) * line_count), seen[1]) if evse.connected is False else seen
        age_s = end_s - self.draw.sampled_s
        is_quick = self._is_quick(end_s)
        told = self._has_told(evse, settle_s if is_quick else settle_s + _TOLD_LATE_S)
        if age_s <= FRESH_S and (told or is_quick):
            return self._moved_since(seen, evse, age_s, line_count)
        if now_s > max(self.sent_s, self.draw.sampled_s) + SAMPLE_TRUSTED_S:
            return seen
        low, high = seen
        target = evse.use.per_line(self.standing_a, line_count)
        # A car has not gone down yet, else a step of the house would count anew with each command that it brings.
        stays = not is_quick and end_s <= self.sent_s + _UNSEEN_BEGINS_S
        if told or stays or self.standing_a >= self.previous_a:
            # What it may take, it may have begun to take since.
            return low, greatest(high, target)
        # A command to take less is followed, as long as nothing else was told.
        followed_s = settle_s if is_quick else max(settle_s, _UNSEEN_FOLLOWS_S)
        return least(low, target), target if end_s > self.sent_s + followed_s else greatest(high, target)

    def _is_quick(self, at_s: float) -> bool:
        """Tell whether its samples come so often that each tells of its instant."""
        return max(self.draw.gap_s, at_s - self.draw.sampled_s) <= FRESH_S

    def _has_told(self, evse: EvseLoad, after_s: float) -> bool:
        """Tell whether there is a sample that tells what came of the last command, so long after it."""
        if self.draw.sampled_s >= self.sent_s + after_s:
            return True
        # Who is seen where he was sent has followed.
        newest_a = self.draw.newest_a
        there = newest_a is not None and abs(max(newest_a) / evse.use.factor - self.standing_a) <= _THERE_A
        return there and self.draw.sampled_s > self.sent_s

    def told_until_s(self, at_s: float) -> float:
        """Return until when the EVSE has told what it drew, in monotonic s: inf where it always tells at once."""
        draws_nothing = self.connected is False or (self.standing_a <= 0 and at_s > self.sent_s + _SURELY_FOLLOWED_S)
        if draws_nothing or self._is_quick(at_s):
            return inf
        # Who tells of changes only had none.
        return max(self.draw.sampled_s - _TOLD_LATE_S, at_s - max(SAMPLE_TRUSTED_S, 2 * self.draw.gap_s))

    def may_have_left(self, measured: tuple[float, float]) -> PerLine | None:
        """Return what the EVSE drew at its last sample, where it may have left that then without telling."""
        start_s, end_s = measured
        just_told = start_s >= self.draw.sampled_s and end_s <= self.draw.sampled_s + 2 * FRESH_S
        return None if just_told or self._is_quick(end_s) else self.draw.newest_a

    @property
    def seldom_s(self) -> float:
        """Return how far its samples are apart; 0 where each tells of its instant."""
        return self.draw.gap_s if self.draw.gap_s > FRESH_S and self.connected is not False else 0.0

    def _moved_since(
        self, seen: tuple[PerLine, PerLine], evse: EvseLoad, age_s: float, line_count: int
    ) -> tuple[PerLine, PerLine]:
        """Return what the EVSE may have drawn so long after its last sample, on its way to its limit.

        A meter that is quicker than the charger's own samples shows our car's ramp first: it is not the house's.
        """
        newest = self.draw.newest_a
        if age_s <= 0 or newest is None:
            return seen
        low, high = seen
        target = evse.use.per_line(min(self.standing_a, self.taking.took_a), line_count)
        rise_a, fall_a = _RISE_A_S * age_s, _FALL_A_S * age_s
        risen = tuple(now_a + min(rise_a, max(0.0, to_a - now_a)) for now_a, to_a in zip(newest, target, strict=True))
        fallen = tuple(now_a - min(fall_a, max(0.0, now_a - to_a)) for now_a, to_a in zip(newest, target, strict=True))
        return least(low, fallen), greatest(high, risen)

    def _presumed(self, evse: EvseLoad, end_s: float, settle_s: float, count: int) -> tuple[PerLine, PerLine]:
        """Return what an EVSE that nothing measures is held to draw: what it may."""
        if not evse.wants or not evse.online or evse.connected is False:
            nothing = evse.use.per_line(0.0, count)
            return nothing, nothing
        now_a = evse.use.per_line(self.standing_a, count)
        if end_s > self.sent_s + settle_s:
            return now_a, now_a
        before_a = evse.use.per_line(self.previous_a, count)
        return least(now_a, before_a), greatest(now_a, before_a)


def _with_its_car(evse: EvseLoad, override: Override, *, is_sated: bool) -> EvseLoad:
    """Return the EVSE as it is with this car: full or not, and with what somebody set at it as a wish."""
    if is_sated and evse.wants:
        evse = replace(evse, wants=False)
    limit_a = override.limit_a
    if override.asked_a is not None:
        # What was asked of us before counts no more.
        return replace(evse, wish_a=inf if limit_a is None else limit_a, allowed=True)
    if limit_a is None or limit_a > evse.wish_a:
        return evse
    return replace(evse, wish_a=limit_a)


def line_draws(evses: Iterable[EvseLoad], memories: Mapping[str, EvseMemory]) -> list[Draw]:
    """Return the draws that are measured line by line, and not known to be wrong."""
    found: list[Draw] = []
    for evse in evses:
        memory = memories[evse.id]
        if evse.lines_measured and evse.drawn_a is not None and not memory.car_lines.doubted:
            found.append(memory.draw)
    return found


def set_there(evse: EvseLoad, memory: EvseMemory) -> Reason | None:
    """Return who set the EVSE's wish at the charger itself; None where nobody did."""
    limit_a, asked_a = memory.override.limit_a, memory.override.asked_a
    if asked_a is not None and not memory.override.is_rivals:
        return Reason(key=ReasonKey.ASKED_THERE, placeholders={"limit_a": amperes(asked_a)})
    if limit_a is None or limit_a > evse.wish_a:
        return None
    key = ReasonKey.STOPPED_THERE if limit_a < evse.min_a else ReasonKey.LIMITED_THERE
    if memory.override.is_rivals:
        key = ReasonKey.OTHER_CONTROLLER
    return Reason(key=key, placeholders={"limit_a": amperes(limit_a)})


def _on_its_lines(evse: EvseLoad, car_lines: CarLines) -> EvseLoad:
    """Return the EVSE with the lines that its car loads alone."""
    lines = car_lines.lines
    if car_lines.doubted and evse.drawn_a is not None:
        # One of its lines says too little: what the busiest carries is taken for each.
        most_a = max(evse.drawn_a) / evse.use.factor
        return replace(evse, drawn_a=evse.use.per_line(most_a, len(evse.drawn_a)))
    if lines is None or len(lines) == len(evse.use.lines):
        return evse
    drawn_a = evse.drawn_a
    if drawn_a is not None and not evse.lines_measured and evse.sum_a is not None:
        drawn_a = tuple(evse.sum_a / len(lines) if line in lines else 0.0 for line in range(len(drawn_a)))
    return replace(evse, use=LineUse(lines=lines, factor=evse.use.factor), drawn_a=drawn_a)


def remember(
    memory: EvseMemory | None, evse: EvseLoad, now_s: float, *, over: AbstractSet[int] = frozenset()
) -> EvseMemory:
    """Return the memory after one more look at the EVSE; `over` are lines that stay over their fuse."""
    seen, before = evse, memory
    if memory is None:
        memory = first_sight(evse, now_s)
    if evse.connected is not memory.connected and evse.connected is not None:
        memory = _plugged(memory, evse, now_s)
    car_lines = _car_lines(memory, evse, now_s, over)
    evse = _on_its_lines(evse, car_lines)
    draw = memory.draw
    if evse.drawn_a is not None:
        told_s = now_s - evse.drawn_age_s if evse.drawn_s is None else evse.drawn_s
        # Who is looked at only when something was told was silent in between.
        silent_s = evse.drawn_age_s if evse.drawn_s is None else min(now_s, told_s) - draw.sampled_s
        draw = draw.sampled(evse.drawn_a, told_s, silent_s if draw.samples else 0.0)
    override = _override(memory, evse, now_s)
    begins = override.asked_a is not None and memory.override.asked_a is None and memory.standing_a <= 0
    if begins or (memory.override.limit_a == 0 and override.limit_a != 0):
        memory = _let_go_on(memory, override.shown_a or 0.0, evse)
    obedience, repeat = _obedience(memory, draw, evse, now_s, disputed=override.pending)
    if override is not memory.override and _raised_there(memory, override, evse):
        # Whoever did so does not have to be disobeyed first: it is told again at once.
        obedience, repeat = memory.obedience.commanded(now_s, lowered=False), True
    taking = memory.taking
    if evse.connected is False or not evse.wants:
        taking = taking if taking == _FRESH_CAR else _FRESH_CAR
    elif draw.newest_a is not None and memory.standing_a > 0:
        # Until when it is known what it takes: who tells of changes only has had none for so long.
        told_s = max(draw.sampled_s, now_s - SAMPLE_TRUSTED_S)
        settled = told_s > memory.sent_s + memory.settle_s(evse)
        taking = taking.learn(draw.newest_a, evse.use, memory.standing_a, evse.step_a, told_s, settled=settled)
    wake = _wake(memory, draw, evse, now_s)
    is_sated = _sated(memory, draw, evse, now_s)
    if memory.wake.nudging and not wake.nudging:
        # As if it were plugged in: it begins at once where there is room.
        memory = replace(memory, sent_a=None, paused_s=-inf)
    rests_s = -inf
    # What is only half done goes on with the next look.
    whole = (car_lines is memory.car_lines or car_lines.since_s < inf) and wake.calls == memory.wake.calls
    if memory is before and not repeat and whole:
        settled_s = _settled_s(memory, obedience, draw, evse, now_s, is_sated=is_sated)
        parts = (obedience, taking, car_lines, wake, override)
        rests_s = rests_until_s(seen, (settled_s, due_s(evse, memory.sent_s)), parts, now_s)
    return EvseMemory(
        known=_with_its_car(evse, override, is_sated=is_sated),
        standing_a=memory.standing_a,
        previous_a=memory.previous_a,
        sent_a=memory.sent_a,
        sent_s=memory.sent_s,
        connected=memory.connected,
        turn_since_s=memory.turn_since_s,
        paused_s=memory.paused_s,
        pauses=memory.pauses,
        repeat=repeat,
        draw=draw,
        obedience=obedience,
        taking=taking,
        car_lines=car_lines,
        wake=wake,
        override=override,
        offered=memory.offered.look(evse, memory.standing_a, memory.sent_s, now_s),
        online=evse.online,
        lifts=evse.lifts,
        sated=is_sated,
        limit=memory.limit,
        seen=seen,
        rests_until_s=rests_s,
    )


def _settled_s(
    memory: EvseMemory, obedience: Obedience, draw: Draw, evse: EvseLoad, now_s: float, *, is_sated: bool
) -> float:
    """Return when it is of interest that the EVSE has followed its last command; infinite where it never is."""
    if obedience.lag_s != memory.obedience.lag_s and evse.lag_s is None:
        return now_s  # what was just learned of it counts for the next look
    if evse.lines_measured and not is_sated and draw.newest_a is not None:
        took_a = max(draw.newest_a) / evse.use.factor
        if memory.standing_a - took_a <= LESS_A:
            return inf
    return memory.sent_s + memory.settle_s(evse)


def first_sight(evse: EvseLoad, now_s: float) -> EvseMemory:
    """Return the memory of an EVSE that may already be charging at a limit of its own."""
    standing_a = evse.max_a if evse.limit_read_a is None else evse.limit_read_a
    override = Override(limit_a=evse.overridden_a, asked_a=evse.asked_there_a).expecting_defaults(now_s)
    return EvseMemory(
        evse, standing_a, standing_a, connected=evse.connected, turn_since_s=now_s, override=override, lifts=evse.lifts
    )


def _plugged(memory: EvseMemory, evse: EvseLoad, now_s: float) -> EvseMemory:
    """Return the memory after a car came or went.

    At plug-in a charger starts at a current of its own, so the limit is sent again; until
    it is admitted the car counts as waiting.
    """
    if not evse.connected or memory.connected is None:
        return replace(memory, connected=evse.connected)
    return replace(
        memory,
        connected=True,
        standing_a=0.0,
        sent_a=None,
        turn_since_s=now_s,
        paused_s=-inf,
        taking=_FRESH_CAR,
        car_lines=_NO_CAR_LINES,
        wake=_NO_WAKE,
        sated=False,
        override=memory.override.expecting_defaults(now_s),
    )


def _wake(memory: EvseMemory, draw: Draw, evse: EvseLoad, now_s: float) -> Wake:
    """Return whether the car sleeps."""
    if evse.connected is False or not evse.controllable:
        return memory.wake if memory.wake == _NO_WAKE else _NO_WAKE
    if evse.drawn_a is None or draw.newest_a is None or not evse.online:
        return memory.wake
    offered = memory.standing_a >= evse.min_a
    drawn_a = max(draw.newest_a) / evse.use.factor
    return memory.wake.look(drawn_a, offered=offered, monotonic_s=now_s, can_call=evse.can_call)


def _sated(memory: EvseMemory, draw: Draw, evse: EvseLoad, now_s: float) -> bool:
    """Return whether the car is full for all we know. Who is let go on by its owner is asked anew."""
    if evse.wants and not memory.sated:
        return False
    drawn_a = None if draw.newest_a is None else max(draw.newest_a) / evse.use.factor
    settled = now_s > memory.sent_s + memory.settle_s(evse)
    before = memory.sated and evse.lifts == memory.lifts
    return sated(evse, memory.standing_a, drawn_a, before=before, settled=settled)


def _car_lines(memory: EvseMemory, evse: EvseLoad, now_s: float, over: AbstractSet[int]) -> CarLines:
    """Return what is known of the lines that the car loads."""
    if evse.connected is False or len(evse.use.lines) == 1:
        # What was learned on three phases says nothing of one.
        return _NO_CAR_LINES if memory.car_lines.use is not None else memory.car_lines
    if evse.drawn_a is None:
        return memory.car_lines
    lines = memory.car_lines.lines
    if lines is not None and memory.standing_a > 0 and over and over & (set(evse.use.lines) - set(lines)):
        # It charges, and a line that it says to leave alone is too full: it may load that all the same.
        return memory.car_lines.doubt()
    if evse.lines_measured:
        drawn_a, factor = evse.drawn_a, evse.use.factor
        drawn = Drawn(per_line_a=tuple([drawn_a[line] / factor for line in evse.use.lines]), sum_a=evse.sum_a)
    else:
        settled = memory.standing_a > 0 and now_s > memory.sent_s + memory.settle_s(evse)
        drawn = Drawn(sum_a=evse.sum_a, each_a=evse.each_a, limit_a=memory.standing_a if settled else None)
    return memory.car_lines.learn(drawn, evse.use, now_s)


def _override(memory: EvseMemory, evse: EvseLoad, now_s: float) -> Override:
    """Return what somebody else set at the EVSE."""
    override = memory.override
    if evse.connected is False or evse.lifts != memory.lifts:
        override = override.lifted()
    if not evse.controllable or not evse.online:
        return override
    if not memory.online:
        override = override.expecting_defaults(now_s)
    shown_a = evse.limit_read_a
    if shown_a is None and evse.enabled_read:
        shown_a = evse.max_a  # a switch alone holds no limit
    if shown_a is None or evse.connected is False:
        return override
    shown = Shown(
        limit_a=shown_a,
        by=evse.set_by,
        min_a=evse.min_a,
        max_a=evse.max_a,
        step_a=evse.step_a,
        wants=evse.wants,
        has_rival=evse.has_rival,
        switched=evse.enabled_read is not None,
    )
    told = Told(limit_a=memory.sent_a, at_s=memory.sent_s, before_a=memory.previous_a)
    return override.look(shown, told, now_s)


def _raised_there(memory: EvseMemory, override: Override, evse: EvseLoad) -> bool:
    """Tell whether somebody has just set the EVSE to more than it was told."""
    shown_a, sent_a = override.shown_a, memory.sent_a
    just_now = override.foreign and override.shown_s > memory.override.shown_s
    return just_now and shown_a is not None and sent_a is not None and shown_a > sent_a + 0.6 * evse.step_a


def _let_go_on(memory: EvseMemory, shown_a: float, evse: EvseLoad) -> EvseMemory:
    """Return the memory after somebody's stop was lifted: it stands at what it shows, and is told anew."""
    standing_a = min(shown_a, evse.max_a) if shown_a >= evse.min_a else 0.0
    return replace(memory, standing_a=standing_a, previous_a=standing_a, sent_a=None, paused_s=-inf)


def _obedience(
    memory: EvseMemory, draw: Draw, evse: EvseLoad, now_s: float, *, disputed: bool
) -> tuple[Obedience, bool]:
    """Return how the EVSE follows its last command, and whether to repeat it.

    While it is `disputed` who set what it shows, nobody insists on more.
    """
    obedience = memory.obedience
    sent_a = memory.sent_a
    if sent_a is None or not evse.controllable or not evse.online:
        return obedience, False
    tolerance_a = max(_EXCESS_A, _EXCESS_PART * sent_a)
    shown = evse.limit_read_a
    excess = False
    if draw.newest_a is not None:
        if draw.sampled_s > memory.sent_s:
            excess = max(draw.newest_a) / evse.use.factor > sent_a + tolerance_a
            if obedience.effect_awaited and not excess:
                obedience = obedience.effect_seen(draw.sampled_s - memory.sent_s)
    elif shown is not None:
        excess = shown > sent_a + 0.6 * evse.step_a
    mistaken = shown is not None and abs(shown - sent_a) > 0.6 * evse.step_a
    if disputed and shown is not None and shown < sent_a:
        mistaken = False
    if not mistaken and draw.newest_a is not None and draw.sampled_s <= memory.sent_s:
        # Nothing was seen of it since: that is no obedience yet.
        return obedience, False
    return obedience.judged(now_s, excess=excess, mistaken=mistaken)
