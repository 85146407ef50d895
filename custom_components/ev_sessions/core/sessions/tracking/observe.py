"""What a reading does to a tracker."""

from dataclasses import replace
from typing import Final

from ...moment import us_of
from ...reading import Activity, EvseReading
from ..session import SessionEventType
from .draft import Draft
from .draft_session import absorb, become, start_session
from .outage import begin_gap, look_again
from .piece import UJ_PER_MWH, Piece, divided
from .presence import Circumstances, Presence, judge, says_nothing
from .register import COARSE_MWH, Increment, RegisterState, away, clean, first_sample, restarted, returned
from .solar import read

#: The least power at which cars charge: a coarse register that stands still for longer than this takes a step.
_LEAST_CHARGE_W: Final = 1_000
#: What one poll of a charger shows is told within so long.
_TOGETHER_US: Final = 2_000_000
#: A sample that nothing contradicts for so long is believed, however slow the source.
_LONGEST_DOUBT_US: Final = 600_000_000


def observe(draft: Draft, reading: EvseReading) -> None:
    """Take a reading at the draft's instant."""
    if says_nothing(reading):
        _go_silent(draft)
        return
    draft.reading = reading
    increment = _sample(draft, reading)
    power_mw = _power_mw(draft, reading)
    presence = judge(
        reading,
        Circumstances(
            before=draft.presence,
            drawing=_drawing(draft, power_mw, increment),
            has_status=draft.has_status,
            charged=draft.charged,
            paused_by_us=draft.context.paused_by_us,
        ),
    )
    draft.has_status = draft.has_status or reading.connected is not None
    if draft.gap is None:
        _backdate(draft, presence, increment, power_mw)
        draft.spread(increment, final=reading.register_final)
    if look_again(draft, presence, None if draft.gap is None else increment):
        _apply(draft, presence, power_mw)
    elif presence.connected is not None:
        draft.presence = presence
    draft.power_mw = power_mw
    if power_mw is not None:
        draft.alignment = read(draft.alignment, draft.at_us)
    if reading.session_energy_mwh is not None and draft.gap is None:
        draft.counter_mwh = reading.session_energy_mwh


def _go_silent(draft: Draft) -> None:
    """Take note that the source is away: its power is not known, and nothing that it said before ends."""
    draft.power_mw = None
    draft.register = draft.register and away(draft.register, draft.at_us)
    draft.counter = draft.counter and away(draft.counter, draft.at_us)
    if draft.gap is None or draft.gap.observed:
        begin_gap(draft)


# Energy


def _sample(draft: Draft, reading: EvseReading) -> Increment | None:
    """Take the reading's register sample, or its session counter's where no total was ever seen."""
    if reading.register_mwh is not None:
        at_us = draft.at_us
        if reading.register_at is not None:
            raw_us = us_of(reading.register_at)
            if raw_us == draft.sampled_us:
                draft.register = draft.register and returned(draft.register, draft.at_us)
                return None
            draft.sampled_us = raw_us
            at_us = min(at_us, (raw_us - draft.skew_us) // 1000 * 1000)
        draft.register, increment = _cleaned(draft, draft.register, reading.register_mwh, at_us)
        return increment
    if draft.register is not None:
        draft.register = away(draft.register, draft.at_us)
        return None
    if reading.session_energy_mwh is not None:
        counter = _begun_again(draft, draft.counter, reading.session_energy_mwh)
        draft.counter, increment = _cleaned(draft, counter, reading.session_energy_mwh, draft.at_us)
        return increment
    if draft.counter is not None:
        draft.counter = away(draft.counter, draft.at_us)
    return None


def _begun_again(draft: Draft, counter: RegisterState | None, value_mwh: int) -> RegisterState | None:
    """Return the session counter at zero where a session has begun since it was seen, and it is lower: no dip."""
    if counter is None or draft.current is None or value_mwh >= counter.value_mwh:
        return counter
    return restarted(counter, counter.at_us) if us_of(draft.current.start) >= counter.at_us else counter


def _cleaned(
    draft: Draft, state: RegisterState | None, value_mwh: int, at_us: int
) -> tuple[RegisterState | None, Increment | None]:
    if state is None:
        return (first_sample(value_mwh, at_us) if value_mwh >= 0 else None), None
    max_power_w = round(draft.context.max_power_kw * 1000)
    state, increment, odd = clean(state, value_mwh, at_us, max_power_w)
    if odd is not None:
        draft.note(odd.key, from_mwh=odd.from_mwh, to_mwh=odd.to_mwh)
    return state, increment


def settle_suspect(draft: Draft) -> None:
    """Believe a held sample after a while in which nothing contradicted it."""
    source = draft.source
    if source is None or source.suspect is None or draft.gap is not None or source.away_us is not None:
        return
    # A source that speaks once a minute has to have had the time to contradict itself.
    wait_us = max(round(draft.context.settle_s * 1_000_000), min(2 * source.pace_us, _LONGEST_DOUBT_US))
    if draft.at_us - source.suspect.at_us < wait_us:
        return
    state, increment = _cleaned(draft, source, source.suspect.value_mwh, draft.at_us)
    if draft.register is not None:
        draft.register = state
    else:
        draft.counter = state
    draft.spread(increment)


# The car


def _power_mw(draft: Draft, reading: EvseReading) -> int | None:
    """Return the power of a reading, where it can be believed: finite, and in reach of the EVSE."""
    power_w = reading.power_w
    if power_w is None or not power_w <= draft.context.max_power_kw * 1200:
        return None
    return max(0, round(power_w * 1000)) if power_w > float("-inf") else None


def _drawing(draft: Draft, power_mw: int | None, increment: Increment | None) -> bool | None:
    """Return whether a car draws: by power, or where there is none, by whether the register just rose."""
    if power_mw is not None:
        return power_mw >= draft.context.start_above_w * 1000
    if draft.source is None or increment is None:
        return None
    return increment.energy_mwh > 0


def _backdate(draft: Draft, presence: Presence, increment: Increment | None, power_mw: int | None) -> None:
    """Where only the register tells of a session, begin it when that energy can have begun to flow."""
    if draft.has_status or draft.current is not None or power_mw is not None or increment is None:
        return
    if presence.connected:
        took_us = increment.energy_mwh * UJ_PER_MWH // round(draft.context.max_power_kw * 1_000_000) * 1000
        start_us = max(increment.start_us, draft.at_us - took_us)
        if draft.open.start_us <= start_us < draft.open.end_us:
            draft.open, lately = divided(draft.open, start_us)
            start_session(draft, start_us, Activity.CHARGING, None, owed_mwh=increment.energy_mwh)
            absorb(draft, lately, Activity.CHARGING, None)


def _apply(draft: Draft, presence: Presence, power_mw: int | None) -> None:
    """Let what a reading says of the car become true."""
    _apply_fault(draft, presence)
    rising = not draft.has_status and draft.source is not None and power_mw is None
    if presence.connected is False and draft.current is not None and draft.doubt is None:
        _doubt(draft)
    elif presence.connected and draft.current is None:
        _begin(draft, presence)
    elif presence.connected and draft.doubt is not None:
        rejoin(draft, draft.doubt, charging=rising)
    if draft.current is not None and draft.doubt is None and presence.activity is not None:
        become(draft, draft.at_us, presence.activity, presence.suspended_by)
    if presence.connected and rising:
        _doubt(draft)
    connected = draft.presence.connected if presence.connected is None else presence.connected
    draft.presence = replace(presence, connected=connected)


def _begin(draft: Draft, presence: Presence) -> None:
    """Open a session. What a charger shows together comes one after the other: the register may have come first."""
    # More than a car can draw in a minute did not flow between two polls: most chargers are polled oftener.
    most_mwh = round(draft.context.max_power_kw * 1_000_000 / 60)
    early_mwh = draft.claim_unclaimed(within_us=_TOGETHER_US, most_mwh=most_mwh)
    start_session(
        draft, draft.at_us, presence.activity or Activity.PREPARING, presence.suspended_by, owed_mwh=early_mwh
    )
    draft.earn(early_mwh)


def _apply_fault(draft: Draft, presence: Presence) -> None:
    fault = presence.activity is Activity.FAULT
    if fault != draft.fault:
        draft.fault = fault
        draft.tell(SessionEventType.FAULT if fault else SessionEventType.FAULT_CLEARED, draft.at_us)


def _doubt(draft: Draft) -> None:
    """From here on the car may be gone: the time belongs to nobody until that is known."""
    draft.doubt = Piece(start_us=draft.at_us, end_us=draft.at_us)


def rejoin(draft: Draft, piece: Piece, *, charging: bool) -> None:
    """Give the session the time that was in doubt: the car was never gone."""
    draft.doubt = None
    activity, suspended_by = draft.open.activity, draft.open.suspended_by
    if not draft.has_status and not charging:
        activity, suspended_by = Activity.SUSPENDED_EV, None
    absorb(draft, piece, activity, suspended_by)


def doubt_until_us(draft: Draft) -> int | None:
    """Return when a car that seems to be gone is gone."""
    if draft.doubt is None or draft.gap is not None or draft.current is None:
        return None
    wait_s = draft.context.debounce_s
    if not draft.has_status:
        wait_s = draft.context.quiet_s
        source = draft.source
        if source is not None and draft.power_mw is None and source.step_mwh >= COARSE_MWH:
            wait_s = max(wait_s, 1.5 * source.step_mwh * 3.6 / _LEAST_CHARGE_W)
    return draft.doubt.start_us + round(wait_s * 1000) * 1000
