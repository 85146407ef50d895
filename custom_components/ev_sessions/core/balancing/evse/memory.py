"""What the balancer remembers of an EVSE from one look to the next."""

from dataclasses import dataclass
from math import inf

from ..load import EvseLoad
from ..override import Override
from ..reasons import Reason, ReasonKey, amperes
from .car_lines import CarLines
from .command_rate import CommandRate
from .draw import FRESH_S, Draw
from .ignoring import KEEPS_TO_LIMITS, Ignoring
from .obedience import Obedience
from .offered import NOT_OFFERED, Offered
from .pause_count import PauseCount
from .taking import Taking
from .wake import Wake

_NO_DRAW = Draw()
_FRESH_CHARGER = Obedience()
FRESH_CAR = Taking()
NO_CAR_LINES = CarLines()
NO_WAKE = Wake()
_NO_PAUSES = PauseCount()
_NO_COMMANDS = CommandRate()
_NO_OVERRIDE = Override()


@dataclass(slots=True)
class EvseMemory:
    """The limit that an EVSE stands at, its draw, its turn, and how it obeys.

    `standing_a` is what it is held to be allowed: what was sent, else what it shows.
    `sent_a` is None where nothing was sent since the start or the plug-in: then whatever is
    decided is sent. `turn_since_s` is since when it has charged, or waited. `seen` is what was
    looked at last, `known` the same as it is with this car; until `rests_until_s` another look at
    that would tell nothing new.

    Nobody changes one, but among very many EVSEs lots are made at each decision, and one that is
    frozen takes three times as long to make.
    """

    known: EvseLoad
    standing_a: float
    previous_a: float
    sent_a: float | None = None
    sent_s: float = -inf
    commands: CommandRate = _NO_COMMANDS
    connected: bool | None = None
    turn_since_s: float = -inf
    paused_s: float = -inf
    pauses: PauseCount = _NO_PAUSES
    repeat: bool = False
    draw: Draw = _NO_DRAW
    obedience: Obedience = _FRESH_CHARGER
    ignoring: Ignoring = KEEPS_TO_LIMITS
    taking: Taking = FRESH_CAR
    car_lines: CarLines = NO_CAR_LINES
    wake: Wake = NO_WAKE
    override: Override = _NO_OVERRIDE
    offered: Offered = NOT_OFFERED
    online: bool = False
    lifts: int = 0
    sated: bool = False
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

    @property
    def seldom_s(self) -> float:
        """Return how far its samples are apart; 0 where each tells of its instant."""
        return self.draw.gap_s if self.draw.gap_s > FRESH_S and self.connected is not False else 0.0


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


def first_sight(evse: EvseLoad, now_s: float) -> EvseMemory:
    """Return the memory of an EVSE that may already be charging at a limit of its own."""
    standing_a = evse.max_a if evse.limit_read_a is None else evse.limit_read_a
    override = Override(limit_a=evse.overridden_a, asked_a=evse.asked_there_a).expecting_defaults(now_s)
    return EvseMemory(
        evse, standing_a, standing_a, connected=evse.connected, turn_since_s=now_s, override=override, lifts=evse.lifts
    )
