"""The cleaning of a meter's total energy counter: from what it shows to what was used.

A counter in the field blinks to zero and comes back, starts again with each plug-in or
firmware, rolls over at its last digit, dips by a few Wh after a reboot, or is replaced.
`clean` takes one sample after the other and tells by how much the energy rose, and over
which span of time. A sample that cannot be believed is held until the next one tells
what it was; one of its kind is enough, and nothing that was true is lost by waiting.

Instants are UTC microseconds, energies whole mWh.
"""

from dataclasses import dataclass, replace
from math import gcd
from typing import Final

from ...energy import MWH_PER_KWH, MWH_PER_WH
from .step import NoteKey

#: A register whose steps are this large is coarse: a step says little of when it was used.
COARSE_MWH: Final = 100_000
#: A register that was away for longer has a gap: what it counted meanwhile is estimated.
AWAY_US: Final = 60_000_000
_SLACK_MWH: Final = 200_000
_LONGEST_PACE_US: Final = 3_600_000_000
#: A register that shows something else for longer shows the truth.
_LONGEST_GLITCH_US: Final = 86_400_000_000
#: Of a machine that was off nobody knows for how long: so much it may have been.
_LONGEST_OFF_US: Final = 86_400_000_000
_MOST_FORMERS: Final = 3

#: Where counters are known to start again: decimal digits of kWh, and binary words of Wh and of kWh.
MODULI_MWH: Final = tuple(
    sorted(
        {
            *(10**digits * MWH_PER_KWH for digits in range(4, 8)),
            *(2**bits * MWH_PER_WH for bits in (24, 31, 32)),
            2**16 * MWH_PER_KWH // 10,
            2**16 * MWH_PER_KWH,
        }
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A value of the register at an instant."""

    value_mwh: int
    at_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Increment:
    """Energy that was used in (start, end]; zero where the register was seen and stood still."""

    start_us: int
    end_us: int
    energy_mwh: int
    coarse: bool = False
    estimated: bool = False  # the register was away in between


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterNote:
    """Something odd that the register did."""

    key: NoteKey
    from_mwh: int
    to_mwh: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """What a register showed before it fell or leapt, in case that was a long glitch.

    `net_mwh` is what it had counted by then, `slack_mwh` by how much more it may have risen
    than its power allows.
    """

    value_mwh: int
    at_us: int
    net_mwh: int
    slack_mwh: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterState:
    """What is known of a register: its last believed value, and its cleaned, ever rising total."""

    value_mwh: int
    at_us: int  # when it was last seen and believed
    changed_us: int  # when its value last moved
    total_mwh: int
    step_mwh: int = 0  # the greatest common divisor of its increments; 0: none yet
    pace_us: int = 0  # the usual time between two increments
    suspect: Sample | None = None
    formers: tuple[Former, ...] = ()  # the newest first
    ahead_mwh: int = 0  # counted on a glitch that was believed; what is used next is in the total already
    dipped: bool = False
    away_us: int | None = None
    estimated: bool = False  # a gap lies before the next increment
    unsure: bool = False  # and how long that was is not known
    other: bool = False  # the next sample is another meter's
    before: Sample | None = None  # what it showed before a gap in which it moved, nobody knows when

    @property
    def coarse(self) -> bool:
        """Whether its steps are too large to tell when the energy was used, for all that is known."""
        return self.step_mwh == 0 or self.step_mwh >= COARSE_MWH

    @property
    def span_start_us(self) -> int:
        """From when on the next increment was used: the last change, or where steps are fine, the last sample."""
        return self.changed_us if self.coarse else self.at_us

    def cap_mwh(self, at_us: int, max_power_w: int) -> int:
        """Return by how much it can have risen until an instant."""
        return _cap_mwh(at_us - self.span_start_us, max_power_w) + self.step_slack_mwh

    @property
    def net_mwh(self) -> int:
        """What it has counted, but for what was counted on a glitch and is still to be used."""
        return self.total_mwh - self.ahead_mwh

    @property
    def step_slack_mwh(self) -> int:
        """A whole step may come at any time; before the first, whole kWh speak for steps of that size."""
        if self.step_mwh >= COARSE_MWH:
            return min(self.step_mwh, MWH_PER_KWH)
        whole = self.value_mwh > 0 and self.value_mwh % MWH_PER_KWH == 0
        return MWH_PER_KWH if self.step_mwh == 0 and whole else 0


type Cleaned = tuple[RegisterState, Increment | None, RegisterNote | None]


def first_sample(value_mwh: int, at_us: int) -> RegisterState:
    """Return the state of a register that is seen for the first time: the zero of all that follows."""
    return RegisterState(value_mwh=value_mwh, at_us=at_us, changed_us=at_us, total_mwh=value_mwh)


def away(state: RegisterState, at_us: int) -> RegisterState:
    """Return the state after a reading in which the register was not to be had."""
    return state if state.away_us is not None else replace(state, away_us=at_us)


def returned(state: RegisterState, at_us: int) -> RegisterState:
    """Return the state once the register is to be had again; what it counted in a longer absence is estimated."""
    if state.away_us is None:
        return state
    return replace(state, away_us=None, estimated=state.estimated or at_us - state.away_us >= AWAY_US)


def other_meter(state: RegisterState) -> RegisterState:
    """Return the state where another meter takes over: its first sample is a new zero, the total goes on."""
    return replace(state, other=True, suspect=None, formers=(), ahead_mwh=0, dipped=False, before=None)


def across_gap(state: RegisterState, *, unsure: bool = False) -> RegisterState:
    """Return the state where nobody looked for a while: the next increment is estimated.

    `unsure`: the clock may not tell for how long, so that a rise of a day is no leap.
    """
    return replace(state, estimated=True, unsure=unsure)


def restarted(state: RegisterState, at_us: int) -> RegisterState:
    """Return the state of a counter that is known to have begun again at zero."""
    began = replace(state, value_mwh=0, at_us=at_us, changed_us=at_us, formers=(), ahead_mwh=0, dipped=False)
    return replace(began, suspect=None, before=None)


def shifted(state: RegisterState, by_us: int) -> RegisterState:
    """Return the state after the clock was set by so much."""
    suspect, before = state.suspect, state.before
    return replace(
        state,
        at_us=state.at_us + by_us,
        changed_us=state.changed_us + by_us,
        suspect=suspect and replace(suspect, at_us=suspect.at_us + by_us),
        before=before and replace(before, at_us=before.at_us + by_us),
        formers=tuple(replace(former, at_us=former.at_us + by_us) for former in state.formers),
        away_us=None if state.away_us is None else state.away_us + by_us,
    )


def clean(state: RegisterState, value_mwh: int, at_us: int, max_power_w: int) -> Cleaned:
    """Take a sample; return the new state, the increment that it tells of, and what was odd.

    No increment: the sample is held, or says nothing (negative, or older than the last).
    """
    if value_mwh < 0 or at_us < state.at_us:
        return state, None, None
    if state.other:
        return *_believe(replace(state, other=False), value_mwh, at_us, 0, regular=False), None
    state = _without_old(returned(state, at_us), at_us)
    if state.suspect is None:
        return _first_look(state, value_mwh, at_us, max_power_w)
    return _second_look(state, state.suspect, Sample(value_mwh=value_mwh, at_us=at_us), max_power_w)


def _without_old(state: RegisterState, at_us: int) -> RegisterState:
    """Return the state without what it was so long ago that it can be no glitch any more."""
    kept = tuple(former for former in state.formers if at_us - former.at_us <= _LONGEST_GLITCH_US)
    return state if kept == state.formers else replace(state, formers=kept)


def _first_look(state: RegisterState, value_mwh: int, at_us: int, max_power_w: int) -> Cleaned:
    rise_mwh = value_mwh - state.value_mwh
    if 0 <= rise_mwh <= state.cap_mwh(at_us, max_power_w):
        return *_believe(state, value_mwh, at_us, rise_mwh), None
    sample = Sample(value_mwh=value_mwh, at_us=at_us)
    if (back := _come_back(state, sample, max_power_w)) is not None:
        return back
    if _is_dip(state, value_mwh):
        if state.dipped:
            return state, None, None
        note = RegisterNote(key=NoteKey.REGISTER_DIP, from_mwh=state.value_mwh, to_mwh=value_mwh)
        return replace(state, dipped=True), None, note
    return replace(state, suspect=sample), None, None


def _second_look(state: RegisterState, suspect: Sample, sample: Sample, max_power_w: int) -> Cleaned:
    """Judge a held sample by the one that follows it."""
    cleared = replace(state, suspect=None)
    stays = _follows(suspect, sample, max_power_w, slack_mwh=state.step_slack_mwh)
    back = 0 <= sample.value_mwh - state.value_mwh <= state.cap_mwh(sample.at_us, max_power_w)
    if back or (_is_dip(state, sample.value_mwh) and not stays):
        cleared, increment, _ = _first_look(cleared, sample.value_mwh, sample.at_us, max_power_w)
        fell = suspect.value_mwh < state.value_mwh
        if stays and not fell:
            return cleared, increment, None
        key = NoteKey.REGISTER_GLITCH if fell else NoteKey.REGISTER_SPIKE
        return cleared, increment, RegisterNote(key=key, from_mwh=suspect.value_mwh, to_mwh=sample.value_mwh)
    if not stays:
        return _come_back(cleared, sample, max_power_w) or (replace(state, suspect=sample), None, None)
    energy_mwh, odd = _explain(state, suspect, max_power_w)
    energy_mwh += sample.value_mwh - suspect.value_mwh
    if odd is None:
        return *_believe(cleared, sample.value_mwh, sample.at_us, energy_mwh), None
    note = RegisterNote(key=odd, from_mwh=state.value_mwh, to_mwh=suspect.value_mwh)
    former = Former(
        value_mwh=state.value_mwh, at_us=state.changed_us, net_mwh=state.net_mwh, slack_mwh=state.step_slack_mwh
    )
    cleared = replace(cleared, formers=(former, *state.formers)[:_MOST_FORMERS])
    return *_believe(cleared, sample.value_mwh, sample.at_us, energy_mwh, regular=False), note


def _come_back(state: RegisterState, sample: Sample, max_power_w: int) -> Cleaned | None:
    """Return to what a register showed before a long glitch; None where a sample tells of none.

    What was counted in the glitch was part of what was used; if it was more, it is used up first.
    """
    for place, former in enumerate(state.formers):
        if not _follows(former, sample, max_power_w, slack_mwh=former.slack_mwh):
            continue
        used_mwh = sample.value_mwh - former.value_mwh
        net_mwh = former.net_mwh + used_mwh
        ahead_mwh = max(0, state.net_mwh - net_mwh)
        note = RegisterNote(key=NoteKey.REGISTER_GLITCH, from_mwh=state.value_mwh, to_mwh=sample.value_mwh)
        there = replace(
            state,
            at_us=former.at_us,
            changed_us=former.at_us,
            formers=state.formers[place + 1 :],
            ahead_mwh=state.ahead_mwh + ahead_mwh,
        )
        due_mwh = max(0, net_mwh - state.net_mwh)
        return *_believe(there, sample.value_mwh, sample.at_us, due_mwh, regular=False), note
    return None


def _explain(state: RegisterState, suspect: Sample, max_power_w: int) -> tuple[int, NoteKey | None]:
    """Return the energy that an odd value stands for, now that it has proved to stay, and what it was.

    Nothing odd (None) is a rise that fits the time since the last one: some sources say
    the same value every few seconds, and a new one once an hour; and a machine that was off
    may believe that no time went by. What it showed first after a gap may have been of an
    instant long before.
    """
    rise_mwh = suspect.value_mwh - state.value_mwh
    if rise_mwh >= 0:
        span_us = _LONGEST_OFF_US if state.unsure else suspect.at_us - state.changed_us
        late = rise_mwh <= _cap_mwh(span_us, max_power_w)
        if not late and (before := state.before) is not None:
            late = _follows(before, suspect, max_power_w, slack_mwh=0)
        return (rise_mwh, None) if late else (0, NoteKey.REGISTER_JUMP)
    cap_mwh = state.cap_mwh(suspect.at_us, max_power_w)
    for modulus_mwh in MODULI_MWH:
        if state.value_mwh < modulus_mwh and modulus_mwh + rise_mwh <= cap_mwh:
            return modulus_mwh + rise_mwh, NoteKey.REGISTER_ROLLOVER
    if suspect.value_mwh <= cap_mwh:
        return suspect.value_mwh, NoteKey.REGISTER_RESET
    return 0, NoteKey.REGISTER_JUMP


def _believe(
    state: RegisterState, value_mwh: int, at_us: int, energy_mwh: int, *, regular: bool = True
) -> tuple[RegisterState, Increment]:
    """Take a value as true; only a regular rise teaches the size and the pace of steps."""
    step_mwh, pace_us, changed_us = state.step_mwh, state.pace_us, state.changed_us
    estimated, before = state.estimated, state.before
    if energy_mwh or value_mwh != state.value_mwh:
        known = estimated and regular and not state.unsure
        before = Sample(value_mwh=state.value_mwh, at_us=changed_us) if known else None
        if regular:
            step_mwh = gcd(step_mwh, energy_mwh)
            took_us = at_us - changed_us
            if took_us <= _LONGEST_PACE_US:
                pace_us = max(took_us, pace_us // 2)
        changed_us = at_us
        estimated = False
    elif not state.coarse:
        estimated = False
    paid_mwh = min(energy_mwh, state.ahead_mwh)
    increment = Increment(
        start_us=state.span_start_us,
        end_us=at_us,
        energy_mwh=energy_mwh - paid_mwh,
        coarse=step_mwh >= COARSE_MWH and value_mwh % COARSE_MWH == 0,
        estimated=state.estimated,
    )
    after = RegisterState(
        value_mwh=value_mwh,
        at_us=at_us,
        changed_us=changed_us,
        total_mwh=state.total_mwh + increment.energy_mwh,
        step_mwh=step_mwh,
        pace_us=pace_us,
        formers=state.formers,
        ahead_mwh=state.ahead_mwh - paid_mwh,
        estimated=estimated,
        before=before,
    )
    return after, increment


def _cap_mwh(span_us: int, max_power_w: int) -> int:
    """Return the most that can be used in a span: a fifth more than the power allows, and 0.2 kWh."""
    return span_us * max_power_w // 3_000_000 + _SLACK_MWH


def _is_dip(state: RegisterState, value_mwh: int) -> bool:
    return state.value_mwh * 9 <= value_mwh * 10 < state.value_mwh * 10


def _follows(before: Sample | Former, sample: Sample, max_power_w: int, *, slack_mwh: int) -> bool:
    """Tell whether a sample can be of the same counter a while later."""
    rise_mwh = sample.value_mwh - before.value_mwh
    return 0 <= rise_mwh <= _cap_mwh(sample.at_us - before.at_us, max_power_w) + slack_mwh
