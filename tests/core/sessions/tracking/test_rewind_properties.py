"""Told late is told in time: the same sessions, periods and sums, whatever is missing and however it comes."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import given, strategies as st

from custom_components.ev_sessions.core.reading import Activity, EvseReading
from custom_components.ev_sessions.core.sessions.session import ChargingPeriod, Quality, Session
from tests.core.sessions.tracking.retelling_rig import LateRig, reading_at
from tests.core.sessions.tracking.rig import AVAILABLE, CHARGING, FULL, PREPARING, TEN

SEEDS = st.integers(0, 2**32)


def life(random: Random, length: int) -> list[EvseReading]:
    """Return what a charger has to tell of a day or two, second by second, with a register of 1 Wh."""
    told, at, used_uj, activity, power_w = [], TEN, 0, AVAILABLE, 0
    for _ in range(length):
        seconds = random.choice((5, 10, 10, 30, 60, 300, 900, 3_000))
        at += timedelta(seconds=seconds)
        used_uj += seconds * power_w * 1_000_000
        if random.random() < 0.3:
            following = (AVAILABLE, PREPARING, CHARGING, CHARGING, FULL, Activity.FINISHING)
            activity = random.choice(following)
            power_w = random.choice((1_400, 7_400, 11_000)) if activity is CHARGING else 0
        register_mwh = 100_000_000 + used_uj // 3_600 // 1_000 * 1_000
        told.append(reading_at(at, activity=activity, power_w=float(power_w), register_mwh=register_mwh))
    return told


def give(rig: LateRig, reading: EvseReading) -> None:
    """Give a reading at its own instant."""
    rig.wait((reading.at - rig.now.utc).total_seconds())
    rig.read(**{name: getattr(reading, name) for name in ("activity", "power_w", "register_mwh")})


def in_time(told: list[EvseReading]) -> LateRig:
    rig = LateRig()
    for reading in told:
        give(rig, reading)
    rig.tick(7_200)
    return rig


def sessions(rig: LateRig) -> list[Any]:
    """Return the sessions with their periods, but for their ids and for who told of them."""
    return [
        (replace(session, id=""), [plain(one) for _, one in sorted(rig.periods[session.id].items())])
        for session in sorted(rig.sessions.values(), key=start_of)
    ]


def start_of(session: Session) -> Any:
    return (session.start, session.end is None)


def plain(period: ChargingPeriod) -> ChargingPeriod:
    quality = Quality.MEASURED if period.quality is Quality.RECOVERED else period.quality
    return replace(period, quality=quality)


@given(seed=SEEDS, dark=st.booleans(), restart=st.booleans())
def test_told_late_is_told_in_time(seed: int, *, dark: bool, restart: bool) -> None:
    random = Random(seed)
    told = life(random, 60)
    first, last = sorted(random.sample(range(5, 50), 2))
    back = random.randrange(last, 55)
    rig = LateRig()
    for reading in told[:first]:
        give(rig, reading)
    if dark:
        rig.silence(1)
    if restart:
        rig.restart((told[last].at - rig.now.utc).total_seconds() / 2, rebooted=random.random() < 0.5)
    # From here on it is heard again; what it has to tell of before comes later.
    for reading in told[last : back + 1]:
        give(rig, reading)
    rig.tick(1)
    rig.late(*told[first : back + 1])
    rig.check(energy_mwh=None)
    for reading in told[back + 1 :]:
        give(rig, reading)
    rig.tick(7_200)
    truth = in_time(told)
    assert sessions(rig) == sessions(truth)
    assert len(rig.sessions) == len({one.id for one in rig.sessions.values()})
    # Each of its events was told at least once, and none more often than it was in time, or was believed to be.
    assert {one.type for one in truth.events} <= {one.type for one in rig.heard}


@given(seed=SEEDS)
def test_one_message_after_the_other_or_all_at_once_is_the_same(seed: int) -> None:
    random = Random(seed)
    told = life(random, 40)
    first, last = sorted(random.sample(range(5, 35), 2))
    once, piecewise = LateRig(), LateRig()
    for rig in (once, piecewise):
        for reading in told[:first]:
            give(rig, reading)
        rig.silence(1)
        give(rig, told[last])
    once.late(*told[first : last + 1])
    ids = set(once.sessions)
    for place in range(first, last):
        piecewise.late(*told[first : place + 1], told[last])
        piecewise.check(energy_mwh=None)
    for rig in (once, piecewise):
        rig.tick(7_200)
    assert sessions(once) == sessions(piecewise)
    assert len(ids) == len(once.sessions)


@given(seed=SEEDS)
def test_what_is_told_once_more_changes_nothing(seed: int) -> None:
    random = Random(seed)
    told = life(random, 30)
    rig = LateRig()
    for reading in told:
        give(rig, reading)
    rig.tick(1)
    before = dict(rig.sessions)
    first = random.randrange(5, 25)
    retold = rig.late(*told[first:])
    assert rig.sessions == before
    assert (retold.retracted, retold.news, retold.past) == ((), (), ())
