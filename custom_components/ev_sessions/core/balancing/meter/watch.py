"""Whether the grid meter can be believed: is it there, does it report, does it move.

Three ways to lose a meter. It never reported since the start. It is silent: no entity of
its device was reported for longer than the time-out. It is frozen: reported again and
again, but no value moves, although our own chargers' draw did, or for too long; or a single
line does not move, although our draw on it did: what is on that line is seen by nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from math import inf

from ...moment import Now
from ...reading import GridReading
from ..evse.draw import Draw
from .our_draws import OurDraws
from .round import MeterRound

#: The time-out: three learned periods and the delay, within these.
_LEAST_TIMEOUT_S = 30.0
_MOST_TIMEOUT_S = 180.0
_TIMEOUT_PERIODS = 3.0
#: A meter that reports changes only may be silent a little longer than it ever was.
_QUIET_FACTOR = 1.5
#: Frozen: values that stay over so many periods, or while our draw moves by more than so much, over all lines.
_FROZEN_PERIODS = 10.0
FROZEN_DRAW_A = 3.0
#: Of an own change the meter must show something after so many periods and the delay.
_ANSWER_PERIODS = 3.0
_ANSWER_LEAST_S = 5.0
#: A report is overdue after so many periods: a meter that reports changes only has none.
_OVERDUE_PERIODS = 1.5
#: An instant that was reckoned as a sum is met by a hair too early.
_HAIR_S = 0.001
#: Habits of standing still are forgotten by half in a day.
_HALF_FORGOTTEN_S = 86_400.0
#: Periods are learned from so many intervals.
_INTERVALS = 15
_INTERVALS_TO_JUDGE = 8

_NO_ROUND = MeterRound()


class MeterHealth(StrEnum):
    """Whether the meter can be believed, and if not, why."""

    GOOD = "good"
    MISSING = "missing"
    SILENT = "silent"
    FROZEN = "frozen"  # it does not answer a change of our own draw
    STILL = "still"  # its values have not moved for too long


@dataclass(frozen=True, slots=True)
class LineWatch:
    """What a line of the meter last showed, since when, what we may have drawn on it then at the least and the most.

    `unanswered_s` is since when it does not answer that we draw something else.
    """

    value_a: float
    moved_s: float
    least_a: float
    most_a: float
    unanswered_s: float = inf


@dataclass(frozen=True, slots=True)
class MeterWatch:
    """What is known of the meter's habit, and when it was last heard and last moved.

    All `_s` are monotonic seconds or durations; `since_s` is when it was first looked for.
    `fresh` tells that nothing newer is to be expected: it was just reported, or the next report is overdue
    as it was before in a meter that reports changes only; what is quiet for longer may be dead.
    `rewrites` tells that the meter has reported equal values again: one that never does reports
    changes only. `longest_still_s` is for how long its values stood still at most,
    `longest_quiet_s` for how long it said nothing; both are forgotten slowly. A meter that
    nobody knows may stand still for long; `seen_still_s` is what was really seen of that.
    `by_heartbeat` tells that `heard_s` and the quiet are those of a heartbeat, which beats as
    it likes; the period is that of the values all the same.
    `lines` are each for itself, where what we draw on each is measured. `outrun`: our chargers draw
    clearly more than they may have when it last moved. `round` are the reports that belong together;
    `partial` tells that lines are still as they were in the round before. `by_sign`: what was heard
    last were no values.
    """

    alive_at: datetime | None = None
    read_at: datetime | None = None
    since_s: float = inf
    called_s: float = -inf
    heard_s: float = -inf
    measured_s: float = -inf
    moved_s: float = -inf
    fresh: bool = False
    values: tuple[float, ...] = ()
    drawn_at_move_a: float = 0.0
    unanswered_s: float = inf  # since when our draw differs from that of the last move
    intervals_s: tuple[float, ...] = ()
    period_s: float = 0.0  # learned: the median of the intervals
    rewrites: bool = False
    by_heartbeat: bool = False
    longest_still_s: float = _MOST_TIMEOUT_S / _QUIET_FACTOR
    seen_still_s: float = 0.0
    longest_quiet_s: float = 0.0
    lines: tuple[LineWatch, ...] = ()
    outrun: bool = False
    round: MeterRound = _NO_ROUND
    partial: bool = False
    by_sign: bool = False
    health: MeterHealth = MeterHealth.MISSING

    def measured(self, least_s: float, most_s: float) -> tuple[float, float]:
        """Return the earliest and the latest instant that the values may tell of, in monotonic s.

        The meter is late by `least_s` to `most_s`. Lines that report one by one are not of one instant.
        """
        since_s = self.round.before_s if self.partial else self.round.since_s
        return min(since_s, self.measured_s) - most_s, self.measured_s - least_s

    def timeout_s(self, delay_s: float, owner_s: float | None) -> float:
        """Return for how long the meter may be silent."""
        if owner_s is not None:
            return owner_s
        learned = _TIMEOUT_PERIODS * self.period_s + delay_s
        own_pace = self.by_heartbeat or not self.rewrites
        if own_pace and len(self.intervals_s) >= _INTERVALS_TO_JUDGE:
            learned = max(learned, _QUIET_FACTOR * self.longest_quiet_s)
        return min(_MOST_TIMEOUT_S, max(_LEAST_TIMEOUT_S, learned))

    def still_for_s(self, timeout_s: float) -> float:
        """Return for how long the values may stay the same while the meter reports."""
        learned = max(_FROZEN_PERIODS * self.period_s, _QUIET_FACTOR * self.longest_still_s)
        return max(timeout_s, min(_MOST_TIMEOUT_S, learned))

    def ask_from_s(self, delay_s: float, owner_timeout_s: float | None, followed_s: float) -> float:
        """Return from when on a move of our own is wanted, which a meter that stands still would show if it lives.

        That takes `followed_s`. In monotonic s; inf where nothing is asked, or the answer might come too late.
        """
        if self.drawn_at_move_a <= FROZEN_DRAW_A:
            return inf
        still_s = self.still_for_s(self.timeout_s(delay_s, owner_timeout_s))
        late_s = delay_s + followed_s
        if _ANSWER_PERIODS * self.period_s + late_s >= still_s / 2:
            return inf
        # It is asked with one report, and answers with the first after the car has followed.
        return self.moved_s + still_s - 2 * self.period_s - late_s

    def ask_early_from_s(self, delay_s: float, owner_timeout_s: float | None, followed_s: float) -> float:
        """Return from when on so great a move of our own is wanted that a meter which does not show it is frozen.

        That is where its values have stood still for longer than was ever seen of it, though it would be given more
        time as long as little is known of it. In monotonic s; inf where nothing is asked.
        """
        if self.drawn_at_move_a <= FROZEN_DRAW_A or len(self.intervals_s) < _INTERVALS_TO_JUDGE:
            return inf
        after_s = max(_LEAST_TIMEOUT_S, _FROZEN_PERIODS * self.period_s, _QUIET_FACTOR * self.seen_still_s)
        if self.heard_s < self.moved_s + after_s - 2 * self.period_s:
            return inf  # who is silent does not answer either
        known_s = after_s + followed_s + self.answer_s(delay_s)
        late_s = self.ask_from_s(delay_s, owner_timeout_s, followed_s)
        return self.moved_s + after_s if self.moved_s + known_s < late_s < inf else inf

    def answer_s(self, delay_s: float) -> float:
        """Return how long the meter has to show what our chargers draw else than when it last moved."""
        return max(_ANSWER_LEAST_S, _ANSWER_PERIODS * self.period_s) + delay_s

    def doubts(self, delay_s: float, owner_timeout_s: float | None) -> tuple[tuple[MeterHealth, float], ...]:
        """Return since when the meter will not be believed, and why, in monotonic s, if nothing comes until then."""
        timeout_s = self.timeout_s(delay_s, owner_timeout_s)
        answer_s = self.answer_s(delay_s)
        # While nothing of ours draws, a quiet house is no suspicion: a start will be the proof.
        drawing = self.drawn_at_move_a > FROZEN_DRAW_A
        unanswered_s = min([self.unanswered_s, *(line.unanswered_s for line in self.lines)])
        return (
            (MeterHealth.SILENT, self.heard_s + timeout_s),
            (MeterHealth.FROZEN, unanswered_s + min(answer_s, timeout_s)),
            (MeterHealth.STILL, self.moved_s + self.still_for_s(timeout_s) if drawing else inf),
        )


def observe(
    watch: MeterWatch,
    reading: GridReading | None,
    alive_at: datetime | None,
    draws: Sequence[Draw],
    now: Now,
    *,
    delay_s: float,
    owner_timeout_s: float | None,
    by_heartbeat: bool = False,
    line_draws: Sequence[Draw] = (),
) -> MeterWatch:
    """Return the watch after one more look at the meter.

    `reading` is None where the meter has no (plausible) value now. `alive_at` is when any
    entity of its device was last reported; where the meter is watched `by_heartbeat`, when
    that was. `draws` are those of our own chargers, `line_draws` those of them that are measured
    line by line, where the meter shows each line.
    """
    if watch.by_heartbeat is not by_heartbeat:
        watch = MeterWatch(by_heartbeat=by_heartbeat)
    if reading is not None and not by_heartbeat:
        alive_at = reading.at if alive_at is None else max(alive_at, reading.at)
    # What else its device reports may have told of this instant before the values came.
    news = alive_at != watch.alive_at or (reading is not None and reading.at != watch.read_at)
    ours, moved_s = OurDraws(draws, delay_s), watch.moved_s
    on_lines = ours if line_draws == draws else OurDraws(line_draws, delay_s)
    if reading is not None and alive_at is not None and news:
        watch = _heard(watch, reading, alive_at, ours.total_a, now)
        watch = replace(watch, lines=_lines_heard(watch, reading, on_lines))
    watch = replace(
        watch,
        partial=watch.round.is_partial(watch.period_s, now.monotonic_s),
        since_s=min(watch.since_s, now.monotonic_s),
        called_s=now.monotonic_s,
        fresh=news or _OVERDUE_PERIODS * watch.period_s < now.monotonic_s - watch.heard_s <= watch.longest_quiet_s,
        unanswered_s=_unanswered_s(watch, ours, now.monotonic_s, moved=watch.moved_s > moved_s),
        lines=_lines_unanswered(watch, on_lines, now.monotonic_s),
    )
    outrun = _is_outrun(watch, ours, on_lines)
    return replace(watch, outrun=outrun, health=_judge(watch, now.monotonic_s, delay_s, owner_timeout_s))


def _heard(watch: MeterWatch, reading: GridReading, alive_at: datetime, drawn_a: float, now: Now) -> MeterWatch:
    """Take in a report that is new since the last look."""
    # It came after the last look, whatever the wall clock says.
    passed_s = now.monotonic_s - watch.called_s
    heard_s = watch.heard_s
    # Where the clock was set back, what was reported before stays the newest: the values are heard all the same.
    if alive_at != watch.alive_at or not watch.by_heartbeat:
        heard_s = now.monotonic_s - _age_s(alive_at, now, passed_s)
    quiet_s, interval_s, measured_s, this_round = 0.0, inf, watch.measured_s, watch.round
    if alive_at != watch.alive_at and heard_s - watch.heard_s < inf:
        quiet_s = heard_s - watch.heard_s
    is_new = reading.at != watch.read_at
    if is_new:
        measured_s = now.monotonic_s - _age_s(reading.at, now, passed_s)
        told_at = reading.told_at or (reading.at,) * len(reading.currents_a)
        this_round = watch.round.hear(told_at, measured_s, watch.period_s)
        interval_s = this_round.again_s if this_round.since_s > watch.round.since_s else inf
    elif watch.by_sign and not watch.by_heartbeat and quiet_s:
        # The first after values may be of the same round.
        interval_s = quiet_s
    intervals, period_s = watch.intervals_s, watch.period_s
    if interval_s < inf:
        intervals = (*intervals[1 - _INTERVALS :], interval_s)
        period_s = sorted(intervals)[len(intervals) // 2]
    values = reading.currents_a
    if reading.power_w is not None:
        values = (*values, reading.power_w)
    moved = values != watch.values
    longest_s, seen_s, still_s = watch.longest_still_s, watch.seen_still_s, measured_s - watch.moved_s
    if moved and still_s < inf:
        longest_s = max(_forgotten(longest_s, still_s), still_s)
        seen_s = max(_forgotten(seen_s, still_s), still_s)
    return replace(
        watch,
        alive_at=alive_at,
        read_at=reading.at,
        heard_s=heard_s,
        measured_s=measured_s,
        moved_s=measured_s if moved else watch.moved_s,
        values=values,
        drawn_at_move_a=drawn_a if moved else watch.drawn_at_move_a,
        intervals_s=intervals,
        period_s=period_s,
        rewrites=watch.rewrites or (is_new and not moved),
        longest_quiet_s=max(_forgotten(watch.longest_quiet_s, quiet_s), quiet_s),
        longest_still_s=longest_s,
        seen_still_s=seen_s,
        round=this_round,
        by_sign=not is_new,
    )


def _forgotten(longest_s: float, passed_s: float) -> float:
    """Return what is left of a habit: after a day it counts half."""
    left: float = 0.5 ** (passed_s / _HALF_FORGOTTEN_S)
    return longest_s * left


def _age_s(at: datetime, now: Now, most_s: float) -> float:
    """Return the age of a report by the wall clock, as far as that can be true."""
    return min(most_s, max(0.0, (now.utc - at).total_seconds()))


def _lines_heard(watch: MeterWatch, reading: GridReading, ours: OurDraws) -> tuple[LineWatch, ...]:
    """Return the lines after a report; none where nothing is measured line by line."""
    values, at_s = reading.currents_a, watch.measured_s
    before = watch.lines
    if len(before) == len(values) and all(line.value_a == value for line, value in zip(before, values, strict=True)):
        return before
    least_a, most_a = ours.then(at_s)
    if len(least_a) != len(values):
        return ()
    seen = tuple(LineWatch(value, at_s, *drawn) for value, *drawn in zip(values, least_a, most_a, strict=True))
    if len(before) != len(values):
        return seen
    return tuple(old if old.value_a == new.value_a else new for old, new in zip(before, seen, strict=True))


def _lines_unanswered(watch: MeterWatch, ours: OurDraws, monotonic_s: float) -> tuple[LineWatch, ...]:
    """Return the lines with since when our draw differs from what it was when they last moved."""
    if len(watch.lines) != len(ours.on_lines_a):
        return ()
    after: list[LineWatch] = []
    for place, (line, on_a) in enumerate(zip(watch.lines, ours.on_lines_a, strict=True)):
        if watch.health is MeterHealth.FROZEN and line.unanswered_s < inf:
            after.append(line)
            continue
        differs_a = max(0.0, on_a - line.most_a, line.least_a - on_a)
        if differs_a > FROZEN_DRAW_A and line.unanswered_s == inf:
            # By now more may be known of what was drawn then.
            least_a, most_a = ours.then(line.moved_s)
            least, most = min(line.least_a, least_a[place]), max(line.most_a, most_a[place])
            line = replace(line, least_a=least, most_a=most)  # noqa: PLW2901 - the same line, known better
            differs_a = max(0.0, on_a - most, least - on_a)
        since_s = _differs_since_s(differs_a, line.unanswered_s, line.moved_s, ours, monotonic_s)
        after.append(line if since_s == line.unanswered_s else replace(line, unanswered_s=since_s))
    return tuple(after)


def _unanswered_s(watch: MeterWatch, ours: OurDraws, monotonic_s: float, *, moved: bool) -> float:
    """Return since when our draw differs from what it was when the meter last moved.

    A frozen meter stays so until it moves: that we are back at what we drew then is our own doing.
    """
    if watch.health is MeterHealth.FROZEN and not moved:
        return watch.unanswered_s
    differs_a = abs(ours.total_a - watch.drawn_at_move_a)
    if differs_a > FROZEN_DRAW_A and watch.unanswered_s == inf:
        # By now more may be known of what was drawn then.
        least_a, most_a = map(sum, ours.then(watch.moved_s))
        differs_a = min(differs_a, max(0.0, ours.total_a - most_a, least_a - ours.total_a))
    return _differs_since_s(differs_a, watch.unanswered_s, watch.moved_s, ours, monotonic_s)


def _is_outrun(watch: MeterWatch, ours: OurDraws, on_lines: OurDraws) -> bool:
    """Tell whether we draw clearly more than we may have when the meter, or a line of it, last moved."""
    if len(watch.lines) == len(on_lines.on_lines_a) > 0:
        lines = zip(on_lines.on_lines_a, watch.lines, strict=True)
        return any(on_a - line.least_a > FROZEN_DRAW_A for on_a, line in lines)
    return ours.total_a - watch.drawn_at_move_a > FROZEN_DRAW_A


def _differs_since_s(differs_a: float, since_s: float, moved_s: float, ours: OurDraws, monotonic_s: float) -> float:
    """Return since when a draw differs so much from what it was at a move; inf while it does not."""
    if differs_a <= FROZEN_DRAW_A:
        return inf
    if since_s < inf:
        return since_s
    # A charger that is polled tells of a change late: the meter may have shown it before.
    return inf if ours.may_have_changed_before(moved_s) else monotonic_s


def _judge(watch: MeterWatch, monotonic_s: float, delay_s: float, owner_timeout_s: float | None) -> MeterHealth:
    """Tell whether the meter can be believed now."""
    if watch.heard_s == -inf:
        return MeterHealth.MISSING
    for health, doubted_s in watch.doubts(delay_s, owner_timeout_s):
        if monotonic_s >= doubted_s - _HAIR_S:
            return health
    return MeterHealth.GOOD
