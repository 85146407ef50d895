"""What one decision hands to the next."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf

from ..reading import GridReading
from .appliances.learned_loads import LearnedLoads
from .circuits.circuit import Protection
from .evse.draw import PerLine
from .evse.kept_evse import KeptEvse
from .evse.memory import EvseMemory
from .headroom.headroom import LeastRoom
from .last_word import LastWord
from .load import EvseLimit, SiteLimits
from .meter.branch_meters import BranchMeter
from .meter.delay import MeterDelay
from .meter.watch import MeterWatch
from .meter_gain import MeterGain
from .sharing.contenders import NO_ENTRIES, Entries
from .sharing.one_phase import NO_ONE_PHASE, OnePhase
from .sharing.pacing import NO_PACING, Pacing
from .sharing.pause_delay import PauseDelay

_UNSEEN = MeterWatch()
_DELAY_UNKNOWN = MeterDelay()
_SILENT = LastWord()
_NO_LOADS = LearnedLoads()
_NO_GAIN = MeterGain()
_NO_PAUSE = PauseDelay()

#: Where the house's loads are learned, room has to last for this: as long as a car takes to follow.
PATIENCE_S = 6.0
#: Where a charger tells seldom what it draws, for so many of its gaps more.
_UNTOLD_GAPS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancerState:
    """What is known between two decisions. A new one knows nothing and trusts nothing."""

    watch: MeterWatch = _UNSEEN
    delay: MeterDelay = _DELAY_UNKNOWN
    reading: GridReading | None = None
    house_a: PerLine | None = None
    loads: LearnedLoads = _NO_LOADS
    lasting: tuple[LeastRoom, ...] = ()
    last_word: LastWord = _SILENT
    memories: Mapping[str, EvseMemory] = field(default_factory=dict)
    said: Mapping[str, EvseLimit] = field(default_factory=dict)  # the limits that hold, by EVSE
    kept: Mapping[str, KeptEvse] = field(default_factory=dict)  # from before the start, by EVSE
    branches: Mapping[str, BranchMeter] = field(default_factory=dict)  # by circuit
    branch_rooms: Mapping[int, LeastRoom] = field(default_factory=dict)  # by bound
    pacing: Pacing = NO_PACING
    one_phase: OnePhase = NO_ONE_PHASE
    entries: Entries = NO_ENTRIES
    gain: MeterGain = _NO_GAIN
    pause_delay: PauseDelay = _NO_PAUSE

    unsure_s: float = -inf  # when it was last not known which lines our cars load
    foresees: bool = True
    seldom_s: float = 0.0  # how far samples of our chargers are apart where one does not tell of each instant

    def delay_s(self, limits: SiteLimits) -> float:
        """Return how late the meter may be, in s."""
        return self.delay.span_s(limits.meter_delay_s)[1]

    def patience_s(self, limits: SiteLimits) -> float:
        """Return how long room on the root's lines has to have been there before it is used."""
        if not self.foresees:
            return limits.hold_s
        # A raise that a late meter does not show yet must not be given twice.
        learned = limits.has_meter and limits.protection is Protection.PER_LINE
        late_s = self.delay.late_s(limits.meter_delay_s) if learned else 0.0
        return min(limits.hold_s, PATIENCE_S + late_s + _UNTOLD_GAPS * self.seldom_s)

    def looked(self, limits: SiteLimits, now_s: float, *, unsure: bool) -> BalancerState:
        """Return the state after a look at our cars; where their lines are not known, patience stands for foresight."""
        unsure_s = now_s if unsure else self.unsure_s
        foresees = now_s - unsure_s >= limits.hold_s
        loads = self.loads if foresees else self.loads.blinded()
        # What the meter shows first may be a charger's own fall: until it has told, nobody counts on it.
        seldom_s = max([memory.seldom_s for memory in self.memories.values()], default=0.0)
        return replace(self, unsure_s=unsure_s, foresees=foresees, loads=loads, seldom_s=seldom_s)
