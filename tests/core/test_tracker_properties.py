"""What must always hold, whatever a charger does and whenever the power goes out."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import given, strategies as st

from custom_components.ev_sessions.core.reading import Activity, State
from tests.core.rig import AVAILABLE, CHARGING, FULL, HELD_BACK, PREPARING, Rig

PLUGGED = (PREPARING, CHARGING, CHARGING, CHARGING, FULL, HELD_BACK, Activity.FINISHING)
ACTIONS = (
    ["read"] * 12
    + ["tick"] * 3
    + ["silence", "cut", "plug", "plug", "unplug", "activity", "activity", "activity", "flap", "fault", "restart"]
    + ["half", "stale"]
)


@dataclass
class Charger:
    """A charger that is what it says, with a register of so many mWh a step."""

    step_mwh: int
    energy_uj: int = 0
    plugged: bool = False
    activity: Activity = AVAILABLE
    power_w: int = 0

    def run(self, seconds: float) -> None:
        """Draw for a while."""
        self.energy_uj += round(self.power_w * seconds * 1_000_000)

    @property
    def register_mwh(self) -> int:
        """What the register shows."""
        used_mwh = self.energy_uj // 3_600
        return 5_000_000_000 + used_mwh // 1_000 // self.step_mwh * self.step_mwh

    def fields(self) -> dict[str, Any]:
        """Return a reading's fields."""
        return {"activity": self.activity, "power_w": float(self.power_w), "register_mwh": self.register_mwh}


def live(rig: Rig, charger: Charger, seed: int, steps: int, *, restarts: bool = True) -> None:
    """Let a charger live through `steps` things that happen."""
    random = Random(seed)
    for _ in range(steps):
        seconds = random.choice((0, 0.25, 1, 5, 10, 10, 10, 61, 300, 1_700))
        charger.run(seconds)
        rig.wait(seconds)
        act(rig, charger, random, restarts=restarts)
        rig.check(energy_mwh=told_mwh(rig))


def act(rig: Rig, charger: Charger, random: Random, *, restarts: bool) -> None:
    """Let one thing happen."""
    match random.choice(ACTIONS):
        case "tick":
            rig.tick()
        case "cut":
            rig.cut()
        case "silence":
            rig.silence()
        case "plug":
            charger.plugged, charger.activity = True, PREPARING
            rig.read(**charger.fields())
        case "unplug":
            charger.plugged, charger.activity, charger.power_w = False, AVAILABLE, 0
            rig.read(**charger.fields())
        case "activity" if charger.plugged:
            charger.activity = random.choice(PLUGGED)
            charger.power_w = random.choice((1_400, 7_400, 11_000)) if charger.activity is CHARGING else 0
            rig.read(**charger.fields())
        case "flap":
            rig.read(**{**charger.fields(), "activity": AVAILABLE})
        case "fault":
            rig.read(state=State.F)
        case "half":
            rig.read(activity=charger.activity)
        case "stale":
            rig.read(**{**charger.fields(), "at": rig.now.utc - timedelta(seconds=400)})
        case "restart" if restarts:
            seconds = random.choice((3, 40, 1_000, 30_000))
            charger.run(seconds)
            rig.restart(seconds, rebooted=random.random() < 0.5)
        case _:
            rig.read(**charger.fields())


def told_mwh(rig: Rig) -> int | None:
    """Return the energy that the register has told of and that no gap withholds."""
    register = rig.tracker.register
    if register is None:
        return None
    gap = rig.tracker.gap
    held = gap.increment.energy_mwh if gap and gap.increment else 0
    return register.total_mwh - 5_000_000_000 - held


@given(seed=st.integers(0, 2**32), step_mwh=st.sampled_from((1, 1_000, 10_000, 100_000, 1_000_000)))
def test_every_mwh_and_every_ms_is_in_one_place(seed: int, step_mwh: int) -> None:
    rig = Rig(start=Rig().now.utc + timedelta(microseconds=Random(seed).randrange(10**10)))
    charger = Charger(step_mwh)
    rig.read(**charger.fields())
    live(rig, charger, seed, 60)
