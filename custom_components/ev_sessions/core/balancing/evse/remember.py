"""What one more look at an EVSE adds to the balancer's memory of it."""

from collections.abc import Set as AbstractSet
from dataclasses import replace
from math import inf

from ..circuits.circuit import LineUse
from ..load import EvseLoad
from ..override import Override, Shown, Told
from .at_rest import rests_until_s
from .car_lines import CarLines, Drawn
from .draw import SAMPLE_TRUSTED_S
from .ignoring import KEEPS_TO_LIMITS, Ignoring
from .memory import FRESH_CAR, NO_CAR_LINES, NO_WAKE, EvseMemory, first_sight
from .obedience import Obedience
from .offered import due_s
from .sated import sated
from .taking import LESS_A
from .wake import Wake

#: Drawing this much more than the limit, or this part of it, is not obeying.
_EXCESS_A = 1.0
_EXCESS_PART = 0.08
#: A car that starts is on its way up for so long, and draws less than it will.
_STARTED_S = 30.0


def remember(
    memory: EvseMemory | None,
    evse: EvseLoad,
    now_s: float,
    *,
    over: AbstractSet[int] = frozenset(),
    hidden: AbstractSet[int] = frozenset(),
) -> EvseMemory:
    """Return the memory after one more look at the EVSE.

    `over` are lines that stay over their fuse, `hidden` those that show less than what is drawn there.
    """
    seen, before = evse, memory
    if memory is None:
        memory = first_sight(evse, now_s)
    if evse.connected is not memory.connected and evse.connected is not None:
        memory = _plugged(memory, evse, now_s)
    car_lines = _car_lines(memory, evse, now_s, over, hidden)
    evse = _on_its_lines(evse, car_lines)
    draw = memory.draw
    if evse.drawn_a is not None:
        told_s = now_s - evse.drawn_age_s if evse.drawn_s is None else evse.drawn_s
        # Who is looked at only when something was told was silent in between.
        silent_s = evse.drawn_age_s if evse.drawn_s is None else min(now_s, told_s) - draw.sampled_s
        draw = draw.sampled(evse.drawn_a, told_s, silent_s if draw.samples else 0.0)
    newest_a = draw.newest_a
    drawn_a = None if newest_a is None else max(newest_a) / evse.use.factor
    override = _override(memory, evse, now_s)
    begins = override.asked_a is not None and memory.override.asked_a is None and memory.standing_a <= 0
    if begins or (memory.override.limit_a == 0 and override.limit_a != 0):
        memory = _let_go_on(memory, override.shown_a or 0.0, evse)
    obedience, repeat = _obedience(memory, drawn_a, draw.sampled_s, evse, now_s, disputed=override.pending)
    ignoring = _ignoring(memory, obedience, drawn_a, draw.sampled_s, evse)
    if override is not memory.override and _raised_there(memory, override, evse):
        # Whoever did so does not have to be disobeyed first: it is told again at once.
        obedience, repeat = memory.obedience.commanded(now_s, lowered=False), True
    taking = memory.taking
    if evse.connected is False or not evse.wants:
        taking = taking if taking == FRESH_CAR else FRESH_CAR
    elif newest_a is not None and memory.standing_a > 0:
        # Until when it is known what it takes: who tells of changes only has had none for so long.
        told_s = max(draw.sampled_s, now_s - SAMPLE_TRUSTED_S)
        settled = told_s > memory.sent_s + memory.settle_s(evse)
        taking = taking.learn(newest_a, evse.use, memory.standing_a, evse.step_a, told_s, settled=settled)
    wake = _wake(memory, drawn_a, evse, now_s)
    is_sated = _sated(memory, drawn_a, evse, now_s)
    if memory.wake.nudging and not wake.nudging:
        # As if it were plugged in: it begins at once where there is room.
        memory = replace(memory, sent_a=None, paused_s=-inf)
    rests_s = -inf
    # What is only half done goes on with the next look.
    whole = (car_lines is memory.car_lines or car_lines.since_s < inf) and wake.calls == memory.wake.calls
    if memory is before and not repeat and whole:
        settled_s = _settled_s(memory, obedience, drawn_a, evse, now_s, is_sated=is_sated)
        parts = (obedience, taking, car_lines, wake, override)
        rests_s = rests_until_s(seen, (settled_s, due_s(evse, memory.sent_s)), parts, now_s)
    return EvseMemory(
        known=_with_its_car(evse, override, is_sated=is_sated),
        standing_a=memory.standing_a,
        previous_a=memory.previous_a,
        sent_a=memory.sent_a,
        sent_s=memory.sent_s,
        commands=memory.commands,
        connected=memory.connected,
        turn_since_s=memory.turn_since_s,
        paused_s=memory.paused_s,
        pauses=memory.pauses,
        repeat=repeat,
        draw=draw,
        obedience=obedience,
        ignoring=ignoring,
        taking=taking,
        car_lines=car_lines,
        wake=wake,
        override=override,
        offered=memory.offered.look(evse, memory.standing_a, memory.sent_s, now_s),
        online=evse.online,
        lifts=evse.lifts,
        sated=is_sated,
        seen=seen,
        rests_until_s=rests_s,
    )


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


def _on_its_lines(evse: EvseLoad, car_lines: CarLines) -> EvseLoad:
    """Return the EVSE with the lines that its car loads alone."""
    lines = car_lines.lines
    if car_lines.doubted and evse.drawn_a is not None:
        # One of its lines says too little: what the busiest carries is taken for each.
        most_a, count, use = max(evse.drawn_a) / evse.use.factor, len(evse.drawn_a), evse.use
        if len(use.lines) == 1:
            use = LineUse(lines=tuple(range(count)), factor=use.factor)  # nobody knows which one it is
        return replace(evse, use=use, drawn_a=use.per_line(most_a, count))
    if lines is None or len(lines) == len(evse.use.lines):
        return evse
    drawn_a = evse.drawn_a
    if drawn_a is not None and not evse.lines_measured and evse.sum_a is not None:
        drawn_a = tuple(evse.sum_a / len(lines) if line in lines else 0.0 for line in range(len(drawn_a)))
    return replace(evse, use=LineUse(lines=lines, factor=evse.use.factor), drawn_a=drawn_a)


def _settled_s(
    memory: EvseMemory, obedience: Obedience, drawn_a: float | None, evse: EvseLoad, now_s: float, *, is_sated: bool
) -> float:
    """Return when it is of interest that the EVSE has followed its last command; infinite where it never is."""
    if obedience.lag_s != memory.obedience.lag_s and evse.lag_s is None:
        return now_s  # what was just learned of it counts for the next look
    if evse.lines_measured and not is_sated and drawn_a is not None and memory.standing_a - drawn_a <= LESS_A:
        return inf
    return memory.sent_s + memory.settle_s(evse)


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
        taking=FRESH_CAR,
        car_lines=NO_CAR_LINES,
        ignoring=KEEPS_TO_LIMITS,
        wake=NO_WAKE,
        sated=False,
        override=memory.override.expecting_defaults(now_s),
    )


def _wake(memory: EvseMemory, drawn_a: float | None, evse: EvseLoad, now_s: float) -> Wake:
    """Return whether the car sleeps."""
    if evse.connected is False or not evse.controllable:
        return memory.wake if memory.wake == NO_WAKE else NO_WAKE
    if evse.drawn_a is None or drawn_a is None or not evse.online:
        return memory.wake
    offered = memory.standing_a >= evse.min_a
    return memory.wake.look(drawn_a, offered=offered, monotonic_s=now_s, can_call=evse.can_call)


def _sated(memory: EvseMemory, drawn_a: float | None, evse: EvseLoad, now_s: float) -> bool:
    """Return whether the car is full for all we know. Who is let go on by its owner is asked anew."""
    if evse.wants and not memory.sated:
        return False
    settled = now_s > memory.sent_s + memory.settle_s(evse)
    before = memory.sated and evse.lifts == memory.lifts
    return sated(evse, memory.standing_a, drawn_a, before=before, settled=settled)


def _car_lines(
    memory: EvseMemory, evse: EvseLoad, now_s: float, over: AbstractSet[int], hidden: AbstractSet[int]
) -> CarLines:
    """Return what is known of the lines that the car loads."""
    if len(evse.use.lines) == 1 and _is_elsewhere(memory, evse, over, hidden):
        return memory.car_lines if memory.car_lines.doubted else memory.car_lines.doubt()
    if evse.connected is False or len(evse.use.lines) == 1:
        # What was learned on three phases says nothing of one.
        known = memory.car_lines.use is not None or memory.car_lines.doubted
        return NO_CAR_LINES if known else memory.car_lines
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
    memory: EvseMemory, drawn_a: float | None, sampled_s: float, evse: EvseLoad, now_s: float, *, disputed: bool
) -> tuple[Obedience, bool]:
    """Return how the EVSE follows its last command, and whether to repeat it.

    `drawn_a` is what it drew at its last sample. While it is `disputed` who set what it shows, nobody
    insists on more.
    """
    obedience = memory.obedience
    sent_a = memory.sent_a
    if sent_a is None or not evse.controllable or not evse.online:
        return obedience, False
    tolerance_a = _tolerance_a(sent_a)
    shown = evse.limit_read_a
    excess = False
    if drawn_a is not None:
        if sampled_s > memory.sent_s:
            excess = drawn_a > sent_a + tolerance_a
            if obedience.effect_awaited and not excess:
                obedience = obedience.effect_seen(sampled_s - memory.sent_s)
    elif shown is not None:
        excess = shown > sent_a + 0.6 * evse.step_a
    mistaken = shown is not None and abs(shown - sent_a) > 0.6 * evse.step_a
    if disputed and shown is not None and shown < sent_a:
        mistaken = False
    if not mistaken and drawn_a is not None and sampled_s <= memory.sent_s:
        # Nothing was seen of it since: that is no obedience yet.
        return obedience, False
    return obedience.judged(now_s, excess=excess, mistaken=mistaken)


def _tolerance_a(limit_a: float) -> float:
    """Return by how much more than its limit an EVSE may draw that obeys."""
    return max(_EXCESS_A, _EXCESS_PART * limit_a)


def _ignoring(
    memory: EvseMemory, obedience: Obedience, drawn_a: float | None, sampled_s: float, evse: EvseLoad
) -> Ignoring:
    """Return whether the EVSE keeps to the limits that it is told while it charges."""
    ignoring, sent_a = memory.ignoring, memory.sent_a
    if sent_a is None or sent_a < evse.min_a:
        return ignoring
    takes_a = evse.limit_read_a if drawn_a is None else drawn_a
    if takes_a is None or takes_a > evse.max_a + _tolerance_a(evse.max_a):
        return ignoring  # more than it can take is a measurement that is wrong
    if obedience.misses and takes_a > sent_a + _tolerance_a(sent_a):
        return ignoring.missed(takes_a, again=obedience.misses > memory.obedience.misses)
    if drawn_a is None or sampled_s <= memory.sent_s + memory.settle_s(evse) + _STARTED_S:
        return ignoring
    return ignoring.kept(drawn_a, sent_a, _tolerance_a(sent_a))


def _is_elsewhere(memory: EvseMemory, evse: EvseLoad, over: AbstractSet[int], hidden: AbstractSet[int]) -> bool:
    """Tell whether an EVSE on one line seems to be on another: what it draws is not on its own, and one is too full.

    That is so until its car leaves. Who is switched to one line for now was seen on more.
    """
    if evse.connected is False or evse.other_use is not None or evse.drawn_a is None:
        return False
    own, charges = set(evse.use.lines), memory.standing_a > 0 and max(evse.drawn_a) > 0
    return memory.car_lines.doubted or (charges and bool(over) and not over & own and own <= hidden)
