"""What the balancer is told and what it answers. Currents in A, over the site's lines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf

from .circuits.circuit import Circuit, LineUse, Protection, Wiring
from .override import SetBy
from .reasons import Reason


class BalancingState(StrEnum):
    """How a site's balancing is doing."""

    OK = "ok"
    LIMITING = "limiting"  # a car gets less than it could take
    PAUSED = "paused"  # a car waits
    METER_LOST = "meter_lost"
    OVERLOAD = "overload"  # a line carries more than its fuse
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitNow:
    """What a circuit may carry at this moment, where that is less than it always may.

    `limit_a` is per line, `limit_w` for all lines together. Where only the chargers' power
    `from_grid` is limited, what the house has to spare of its own comes on top. `cars_w` is what the
    chargers may take together, whatever else hangs there.
    """

    limit_a: tuple[float, ...] | None = None
    limit_w: float | None = None
    from_grid: bool = False
    cars_w: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLimits:
    """What guards a site: its circuits, what its meter can tell, and how patient it is.

    `circuits` is the tree; the one without a parent is the root, on which the meter sits.
    Others carry chargers only, unless they have a meter of their own. `now` are the limits of
    this moment by circuit, apart from the tree, which stays the same. `power_factor` is 1
    where the meter tells currents, below where they are derived from power. `reserve_a` is
    the current that the owner knows no line exceeds without the chargers (used with
    `TOTAL_ONLY` only).
    """

    circuits: tuple[Circuit, ...]
    wiring: Wiring
    protection: Protection = Protection.PER_LINE
    power_factor: float = 1.0
    margin_a: float = 0.0  # the owner's own; a slow meter adds to it
    reserve_a: float | None = None
    has_meter: bool = True
    guards_circuits: bool = False  # without a meter: the chargers' sum is kept under the limits of their circuits
    unmetered_house_a: float = 0.0  # what the house takes then on a line at the worst, as its owner says
    meter_timeout_s: float | None = None  # None: learned
    has_heartbeat: bool = False  # the owner chose what alone shows that the meter lives
    meter_delay_s: float = 2.0  # how old a value may be when the meter reports it, until more is learned
    balancing_on: bool = True
    hold_s: float = 75.0  # room must have been there for so long before it is used, where no loads are learned
    resume_delay_s: float = 30.0  # a pause lasts at least so long
    turn_s: float = 900.0  # where not all fit, they take turns of this length
    voltage_v: float = 230.0  # line to neutral, line to line where there is none; until a meter tells better
    now: Mapping[str, LimitNow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseLoad:
    """An EVSE as the balancer sees it now.

    `drawn_a` is over the *site's* lines and was measured at `drawn_s` (monotonic), where that is
    None at `drawn_age_s` before now; None where nothing measures it. With `drawn_s`, an EVSE of
    which nothing was heard may be told of by the same object, and is not looked at anew. Where not
    `lines_measured`, it is a sum that was spread evenly: `sum_a`, the power over the voltage, and
    `each_a` the one current that is measured for all.
    `wish_a` is the owner's own maximum. `wants` is whether the car asks for power, or would if
    it were let. `limit_read_a` is what the charger shows as its limit, 0 where it shows itself
    as switched off, `enabled_read` whether it shows itself as switched on, and `set_by` who set
    these. `overridden_a` is the most that somebody had set there before this start, `asked_there_a`
    the least that he asked for, and `lifts` counts how often something else was asked of us
    since. `lag_s` is the time from a command to its
    effect, None where it is to be learned. `left_s` is the time until the car leaves, None where
    nobody said; `needed_s` and `got_s` are how long it has to charge until then, and has charged,
    each at its greatest current. `session_id` tells one car from the next. `other_use` is how it
    would load the lines with the phases switched, None where it cannot or may not be;
    `switches_ago_s` is how long ago it was.
    `has_rival`: its owner says that another controller sets it as well. `can_call`: something
    wakes its car beside current. `offered_a` is what a station offers its car, whoever and
    whatever holds that down.
    """

    id: str
    use: LineUse
    min_a: float = 6.0
    max_a: float = 16.0
    step_a: float = 1.0
    wish_a: float = inf
    fallback_a: float = 6.0
    priority: int = 5  # the greater goes first
    weight: float = 1.0
    circuit_id: str | None = None  # None: the root
    controllable: bool = True
    balancing_on: bool = True
    allowed: bool = True
    online: bool = True
    connected: bool | None = None
    wants: bool = True
    drawn_a: tuple[float, ...] | None = None
    drawn_age_s: float = 0.0
    drawn_s: float | None = None
    lines_measured: bool = True
    sum_a: float | None = None
    each_a: float | None = None
    limit_read_a: float | None = None
    enabled_read: bool | None = None
    offered_a: float | None = None
    set_by: SetBy = SetBy.UNKNOWN
    overridden_a: float | None = None
    asked_there_a: float | None = None
    lifts: int = 0
    lag_s: float | None = None
    left_s: float | None = None
    needed_s: float = 0.0
    got_s: float = 0.0
    session_id: str | None = None
    other_use: LineUse | None = None
    switches_ago_s: tuple[float, ...] = ()
    has_rival: bool = False
    can_call: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseLimit:
    """The limit of an EVSE and why: 0 is a pause, None where it is not controlled."""

    evse_id: str
    limit_a: float | None
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitNow:
    """What a circuit carries and may carry now, in A per line and in W.

    The load is what its meter shows, else what the chargers on it draw. `limit_w` is None
    without a limit of the power. `lost` tells that its own meter cannot be believed.
    """

    load_a: tuple[float, ...]
    limit_a: tuple[float, ...]
    load_w: float
    limit_w: float | None = None
    lost: bool = False

    @property
    def headroom_a(self) -> tuple[float, ...]:
        """What is left on each line."""
        return tuple(limit - load for limit, load in zip(self.limit_a, self.load_a, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterPace:
    """How often the meter reports and how late it is, in s, and what a quick one would gain.

    `gain_a` is the mean of what all cars together would draw more while they want power, `gain_kwh` the energy of
    that in an evening; None until a car has wanted power for half an hour.
    """

    period_s: float
    delay_s: float
    gain_a: float | None = None
    gain_kwh: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What holds now. `commands` are those of `limits` that have to be sent, now.

    `headroom_a` is what the fuse leaves on each line (None while the meter is lost, and
    where only the total is known). `not_obeying` are the EVSEs that ignored repeated commands.
    `overrides` are the limits in A that somebody else set at EVSEs (0: a stop), `asked_there` what
    somebody wants there at least, as far as the fuse has it, and `rivals`
    the EVSEs that another controller sets as well. `car_lines` are the site's lines that the
    cars load, where that is known. `circuits` is how it stands with each of them, by id, while
    the grid meter can be believed. `phases` are the EVSEs that are to charge on 1 or on 3 from now.
    `asleep` are the EVSEs whose car takes nothing since it was paused, however often it was woken;
    `calls` those whose car is to be called now, by other means than current.
    """

    limits: tuple[EvseLimit, ...]
    commands: tuple[EvseLimit, ...]
    state: BalancingState
    headroom_a: tuple[float, ...] | None
    check_again_s: float
    not_obeying: tuple[str, ...] = ()
    overrides: Mapping[str, float] = field(default_factory=dict)
    asked_there: Mapping[str, float] = field(default_factory=dict)
    rivals: tuple[str, ...] = ()
    car_lines: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    asleep: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    pauses: Mapping[str, int] = field(default_factory=dict)  # how often EVSEs were paused in the last day
    phases: Mapping[str, int] = field(default_factory=dict)
    circuits: Mapping[str, CircuitNow] = field(default_factory=dict)
    meter: MeterPace | None = None  # while it can be believed
