"""What was last heard of one EVSE, and the load that the balancer sees in it."""

from dataclasses import replace

from ...core.balancing.evse.draw import sampled_at_s
from ...core.balancing.load import EvseLimit, EvseLoad
from ...core.balancing.meter.grid import drawn_per_line, summed_a
from ...core.balancing.override import OtherController, SetBy
from ...core.balancing.reasons import Reason, ReasonKey, amperes
from ...core.moment import Now
from ...core.reading import Activity, EvseReading, State
from ...core.station.others_limits import Cap
from ...core.vehicles.departure import Times
from ..config.site import ChargerConfig, SiteConfig
from .commands import EvseCommands
from .wishes import EvseWishes

#: Activities in which a car asks for power, or would if it were let.
_WANTS = frozenset({Activity.AWAITING_AUTHORISATION, Activity.PREPARING, Activity.CHARGING, Activity.SUSPENDED_EVSE})
#: Who was heard of so lately has let time pass with that.
_FRESH_S = 3.0


class LastHeard:
    """The last reading of an EVSE, when its draw was sampled, and who set what it shows."""

    def __init__(self, now: Now) -> None:
        self.reading = EvseReading(at=now.utc)
        self.online = False
        self.set_by = SetBy.UNKNOWN
        self.drawn_mono_s = now.monotonic_s
        self._mono_s = now.monotonic_s

    def is_fresh(self, now: Now) -> bool:
        """Tell whether a reading was just taken."""
        return now.monotonic_s - self._mono_s < _FRESH_S

    def hear(self, reading: EvseReading, now: Now, *, online: bool, set_by: SetBy) -> None:
        """Take a reading; `set_by` is who set the limit that it shows."""
        self.drawn_mono_s = sampled_at_s(reading, self.reading, self.drawn_mono_s, self._mono_s, now.monotonic_s)
        self.reading, self._mono_s = reading, now.monotonic_s
        self.online, self.set_by = online, set_by


def load_of(
    heard: LastHeard,
    activity: Activity | None,
    now: Now,
    *,
    evse_id: str,
    site: SiteConfig,
    config: ChargerConfig,
    wishes: EvseWishes,
    commands: EvseCommands,
    leaves: Times | None,
    session_id: str | None,
    cap: Cap | None = None,
) -> EvseLoad:
    """Return an EVSE as the balancer sees it."""
    reading, use = heard.reading, wishes.line_use
    limit_a = 0.0 if reading.enabled is False else reading.limit_a
    offered_a = None
    if config.station is not None:
        # What a station offers comes of cable, heat and all profiles together: nobody has set that.
        limit_a, offered_a = None, reading.limit_a
    currents_a = reading.currents_a
    guarded = site.meter is not None or config.limited_by_circuits
    return EvseLoad(
        id=evse_id,
        use=use,
        min_a=min(max(config.min_a, commands.least_a), config.max_a),
        max_a=config.max_a,
        step_a=config.step_a,
        wish_a=wishes.current_a if cap is None else min(wishes.current_a, cap.limit_a),
        fallback_a=wishes.fallback_a if guarded else wishes.current_a,
        priority=config.priority,
        circuit_id=config.circuit_id,
        # Without a grid meter, nothing is asked of the charger but what the owner set, and what its circuits carry.
        controllable=commands.possible and (guarded or wishes.has_any),
        balancing_on=wishes.balancing,
        allowed=wishes.is_allowed,
        online=heard.online,
        connected=reading.connected,
        wants=activity in _WANTS or reading.state in {State.C, State.D},
        drawn_a=drawn_per_line(reading, use, site.wiring, site.voltage_v),
        drawn_s=min(now.monotonic_s, heard.drawn_mono_s),
        limit_read_a=limit_a,
        offered_a=offered_a,
        lines_measured=currents_a is not None and len(currents_a) >= len(use.lines),
        sum_a=summed_a(reading, site.wiring, site.voltage_v),
        each_a=None if currents_a is None else currents_a[0],
        enabled_read=reading.enabled,
        set_by=heard.set_by,
        overridden_a=wishes.overridden_a,
        asked_there_a=wishes.asked_there_a,
        lifts=wishes.lifts,
        left_s=None if leaves is None else leaves.left_s,
        needed_s=0.0 if leaves is None else leaves.needed_s,
        got_s=0.0 if leaves is None else leaves.got_s,
        session_id=session_id,
        other_use=wishes.other_use,
        can_call=config.wake_entity is not None,
        has_rival=config.other_controller is OtherController.LOWER,
        switches_ago_s=wishes.switches_ago_s(now.utc),
    )


def as_before(before: EvseLoad | None, now: EvseLoad) -> EvseLoad:
    """Return a load as the object that it was where nothing of it has changed: the balancer lets that rest."""
    return before if before is not None and before == now else now


def explained_by(cap: Cap | None, limit: EvseLimit, wish_a: float) -> EvseLimit:
    """Return a limit of the balancer with the reason that only the station knows: others allow no more."""
    if cap is None or cap.limit_a >= wish_a or limit.reason.key is not ReasonKey.OWNER_LIMIT:
        return limit
    placeholders = {"source": cap.source, "limit_a": amperes(cap.limit_a)}
    return replace(limit, reason=Reason(key=ReasonKey.LIMITED_BY_OTHERS, placeholders=placeholders))
