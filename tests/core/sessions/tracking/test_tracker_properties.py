"""What must always hold, whatever a charger does and whenever the power goes out."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from hypothesis import given, strategies as st

from custom_components.ev_sessions.core.reading import Activity, State
from custom_components.ev_sessions.core.sessions.session import SessionEventType
from tests.core.sessions.tracking.pace import measure
from tests.core.sessions.tracking.rig import AVAILABLE, CHARGING, FULL, HELD_BACK, PREPARING, TEN, Rig

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


STEPS_MWH = st.sampled_from((1, 1_000, 10_000, 100_000, 1_000_000))
SEEDS = st.integers(0, 2**32)


@given(seed=SEEDS, step_mwh=STEPS_MWH)
def test_every_mwh_and_every_ms_is_in_one_place(seed: int, step_mwh: int) -> None:
    rig = Rig(start=TEN + timedelta(microseconds=Random(seed).randrange(10**10)))
    charger = Charger(step_mwh)
    rig.read(**charger.fields())
    live(rig, charger, seed, 60)


@given(seed=SEEDS, step_mwh=STEPS_MWH, every_s=st.integers(7, 2_000))
def test_the_price_never_changes_within_a_period(seed: int, step_mwh: int, every_s: int) -> None:
    """Neither while somebody looks, nor in a gap."""
    changes = [TEN + timedelta(seconds=every_s * number, milliseconds=number) for number in range(2_000)]

    def cuts(start: datetime, end: datetime) -> tuple[datetime, ...]:
        return tuple(changes[bisect_right(changes, start) : bisect_left(changes, end)])

    rig, charger = Rig(price_cuts=cuts), Charger(step_mwh)
    rig.read(**charger.fields())
    live(rig, charger, seed, 40)


@given(seed=SEEDS, step_mwh=STEPS_MWH)
def test_the_same_trace_gives_the_same_answer(seed: int, step_mwh: int) -> None:
    rigs = []
    for _ in range(2):
        rig, charger = Rig(), Charger(step_mwh)
        rig.read(**charger.fields())
        live(rig, charger, seed, 40)
        rigs.append(rig)
    assert rigs[0].steps == rigs[1].steps
    assert rigs[0].tracker == rigs[1].tracker


@given(seed=SEEDS, step_mwh=st.sampled_from((1, 1_000, 10_000)), quirk_s=st.floats(0.1, 9.5))
def test_drop_outs_neither_split_nor_double_a_session(seed: int, step_mwh: int, quirk_s: float) -> None:
    """Whatever is said for less than the debounce, a session is what it would have been."""
    random = Random(seed)
    rig, charger = Rig(), Charger(step_mwh)
    quirks: tuple[dict[str, Any], ...] = (
        {},
        {"activity": AVAILABLE},
        {"activity": Activity.UNAVAILABLE},
        {"state": State.F},
        {"state": State.A},
        {"power_w": 0.0},
    )
    for activity in (AVAILABLE, PREPARING, CHARGING, FULL):
        charger.activity, charger.power_w = activity, 7_400 if activity is CHARGING else 0
        for _ in range(20):
            rig.read(10, **charger.fields())
            charger.run(10)
            if activity is not AVAILABLE and random.random() < 0.4:
                rig.read(0, **random.choice(quirks))
                charger.run(quirk_s)
                rig.wait(quirk_s)
                if random.random() < 0.5:
                    rig.tick()
                rig.read(0, **charger.fields())
    assert rig.told.count(SessionEventType.CONNECTED) == 1
    assert SessionEventType.DISCONNECTED not in rig.told
    assert rig.told.count(SessionEventType.STARTED_CHARGING) == 1
    assert rig.session.energy_mwh == charger.register_mwh - 5_000_000_000
    rig.check(energy_mwh=rig.session.energy_mwh)


def minute_by_minute(seed: int, step_mwh: int, ticks: int) -> Rig:
    """Follow a charge with a reading each minute, and some looks at the clock in between."""
    rig, charger = Rig(), Charger(step_mwh)
    random, between = Random(seed), Random(seed + 1)
    for activity in (AVAILABLE, PREPARING, *random.choices(PLUGGED, k=5), CHARGING, FULL, AVAILABLE):
        charger.activity = activity
        charger.power_w = 7_400 if activity is CHARGING else 0
        for _ in range(random.randrange(2, 12)):
            charger.run(60)
            due_s = rig.now.monotonic_s + 60
            for _ in range(ticks):
                rig.tick(round(between.random() * 20, 3))
            rig.read(due_s - rig.now.monotonic_s, **charger.fields())
    return rig


@given(seed=SEEDS, step_mwh=st.sampled_from((1, 1_000, 10_000, 100_000)))
def test_looking_at_the_clock_more_often_changes_nothing(seed: int, step_mwh: int) -> None:
    rarely, often = minute_by_minute(seed, step_mwh, 0), minute_by_minute(seed, step_mwh, 3)
    assert rarely.periods == often.periods
    assert rarely.events == often.events
    assert rarely.sessions == often.sessions
    assert rarely.tracker.outside_mwh == often.tracker.outside_mwh


def one_charge(charger: Charger, random: Random) -> tuple[list[dict[str, Any]], int, int]:
    """Return the readings, ten seconds apart, of one car; and which of them sees it first, and which not any more."""
    readings: list[dict[str, Any]] = []
    came = left = 0
    for activity in (AVAILABLE, PREPARING, *random.choices(PLUGGED, k=6), CHARGING, FULL, AVAILABLE):
        charger.activity = activity
        charger.power_w = random.choice((1_400, 7_400, 11_000)) if activity is CHARGING else 0
        came = came or (len(readings) if activity is PREPARING else 0)
        left = len(readings)
        for _ in range(random.randrange(3, 20)):
            readings.append(charger.fields())
            charger.run(10)
    return readings, came, left


@given(seed=SEEDS, step_mwh=st.sampled_from((1, 1_000, 10_000)), when=st.floats(0, 1), lost=st.integers(0, 30))
def test_killed_at_any_instant_and_resumed_from_what_was_committed_nothing_is_lost(
    seed: int, step_mwh: int, when: float, lost: int
) -> None:
    """The process dies anywhere; up to `lost` readings before that had not been committed."""
    charger = Charger(step_mwh)
    readings, came, left = one_charge(charger, Random(seed))
    killed = 1 + round(when * (len(readings) - 2))
    back = min(killed + Random(seed).randrange(1, 30), len(readings) - 1)
    committed = max(1, killed - lost)
    rig = Rig()
    for number, fields in enumerate(readings):
        if number == committed:
            rig.restart(10 * (back - committed + 1), rebooted=bool(seed % 2))
        if number < committed or number >= back:
            rig.read(0 if number in {0, back} else 10, **fields)
    rig.tick(7_200)
    used_mwh = charger.register_mwh - 5_000_000_000
    rig.check(energy_mwh=used_mwh)
    if came < committed or back < left:
        session = rig.session
        assert session.energy_mwh == used_mwh
        assert session.settled
        assert session.end is not None
        seen_s = range(10 * (committed - 1), 10 * back + 1)
        start_s = (session.start - TEN).total_seconds()
        assert start_s == 10 * came or int(start_s) in seen_s
        end_s = (session.end - TEN).total_seconds()
        assert end_s == 10 * left or int(end_s) in seen_s


@given(seed=SEEDS, jumps=st.lists(st.sampled_from((3_600, -3_600, 7_200, -900)), max_size=4))
def test_a_life_in_which_the_clock_is_set_keeps_its_sums(seed: int, jumps: list[int]) -> None:
    rig, charger = Rig(), Charger(1_000)
    rig.read(**charger.fields())
    for place, jump in enumerate((0, *jumps)):
        rig.set_clock(jump)
        live(rig, charger, seed + place, 25, restarts=False)


def test_two_days_of_a_charger_take_less_than_a_ms_per_reading(record_property: Any) -> None:
    """One reading each ten seconds: the tracker is never what a house waits for."""
    readings, seconds = measure(days=2)
    record_property("us_per_reading", round(seconds / readings * 1e6, 1))
    assert readings == 2 * 8_640
    assert seconds / readings < 0.001
