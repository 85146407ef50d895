"""How well the end of a charge is told.

Cars of the simulator charge until they are full, at a limit that moves; some charges are
learned from, others held out. Where the state of charge is known, it is known exactly.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random, SystemRandom
from statistics import mean, median, quantiles

from benchmarks.row import Measured, Row
from custom_components.ev_sessions.core.sessions.estimate import Charge, PastCharge, estimated_end, learned
from custom_components.ev_sessions.core.sessions.session_limit import SessionLimit
from custom_components.ev_sessions.core.sessions.trace import TraceSample, is_kept
from simulator.plant.appliances import VOLTAGE_V
from simulator.plant.car import Car, CarModel
from simulator.plant.habits import energy_kwh

_START = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)
_EVERY_S = 10
_CARS = (CarModel(name="Estate", battery_kwh=77.0), CarModel(name="Hatchback", battery_kwh=52.0, max_a=32.0, lines=1))
_LEARNED, _HELD_OUT = 20, 40
_LIMITS_A = (10.0, 13.0, 16.0, 32.0)
_PARTS = (25, 50, 75)
_FULL = SessionLimit(soc_percent=100.0)

type Told = Callable[["_Look"], datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What is known of a charge at one instant, and what came before it on that charger."""

    charge: Charge
    past: list[PastCharge]
    target: bool


def _charge(rng: Random, model: CarModel) -> tuple[list[TraceSample], list[float], float]:
    """Let a car charge until it is full; return its samples, the powers that it was offered, and what it needed."""
    need_kwh = min(model.battery_kwh * 0.9, max(3.0, energy_kwh(rng, rng.uniform(8, 14))))
    car = Car(model, rng, stored_kwh=model.battery_kwh - need_kwh * model.efficiency)
    samples: list[TraceSample] = []
    offered_w: list[float] = []
    seconds, drawn_wh, limit_a, change_s = 0, 0.0, 16.0, rng.uniform(600, 7200)
    while not car.full or car.current_a > 0:
        if seconds >= change_s:
            limit_a, change_s = rng.choice(_LIMITS_A), seconds + rng.uniform(1_200, 7_200)
        drawn_wh += car.step(min(limit_a, model.max_a), seconds, _EVERY_S)
        seconds += _EVERY_S
        at = _START + timedelta(seconds=seconds)
        samples.append(TraceSample(at=at, register_mwh=round(drawn_wh * 1000), power_w=car.power_w, limit_a=limit_a))
        offered_w.append(min(limit_a, 16.0 if model.lines > 1 else 32.0) * VOLTAGE_V * model.lines)
    return samples, offered_w, drawn_wh * 1000


def _kept(samples: list[TraceSample]) -> list[TraceSample]:
    """Return the samples that the ledger would have."""
    kept: list[TraceSample] = []
    for sample in samples:
        if is_kept(kept[-1] if kept else None, sample):
            kept.append(sample)
    return kept


def _naive(look: _Look) -> datetime | None:
    """Tell the end as plain division does: the mean energy of the past, or what is left, at the power of now."""
    charge = look.charge
    if charge.power_w is None or charge.power_w <= 0:
        return None
    left_mwh = charge.full_mwh if look.target else mean(one.energy_mwh for one in look.past) - charge.energy_mwh
    return charge.at + timedelta(seconds=max(0.0, left_mwh or 0.0) * 3.6 / charge.power_w)


def _ours(look: _Look) -> datetime | None:
    return estimated_end(look.charge, _FULL if look.target else SessionLimit(), look.past)


@lru_cache
def _looks(seed: int) -> list[tuple[int, datetime, _Look]]:
    """Return looks at held-out charges: at which part of it, when it ended, and what was known."""
    found = []
    for model in _CARS:
        rng = Random(f"{seed} {model.name}")
        past = [one for _ in range(_LEARNED) if (one := learned(_kept(_charge(rng, model)[0]))) is not None]
        for _ in range(_HELD_OUT):
            samples, offered_w, need_mwh = _charge(rng, model)
            for part in _PARTS:
                place = len(samples) * part // 100
                now = samples[place]
                left_mwh = need_mwh - (now.register_mwh or 0)
                for target in (False, True):
                    charge = Charge(
                        at=now.at,
                        power_w=now.power_w,
                        peak_w=max(one.power_w or 0.0 for one in samples[: place + 1]),
                        energy_mwh=now.register_mwh or 0,
                        offered_w=offered_w[place],
                        soc_mwh=left_mwh if target else None,
                        full_mwh=left_mwh if target else None,
                    )
                    found.append((part, samples[-1].at, _Look(charge=charge, past=past, target=target)))
    return found


@lru_cache
def _seed() -> int:
    return SystemRandom().randrange(10**6)


def errors_min(seed: int, told: Told, *, part: int, target: bool) -> list[float]:
    """Return by how many minutes an estimate misses the ends of held-out charges, at a part of them."""
    ends = [(end, told(look)) for at_part, end, look in _looks(seed) if at_part == part and look.target == target]
    return [abs((guess - end).total_seconds()) / 60 for end, guess in ends if guess is not None]


def _row(*, target: bool) -> Measured:
    seed = _seed()
    details: dict[str, float] = {"seed": seed, "cars": len(_CARS), "learned": _LEARNED, "held_out": _HELD_OUT}
    remarks = []
    for part in _PARTS:
        figures = []
        for told in (_ours, _naive):
            errors = errors_min(seed, told, part=part, target=target)
            figures.append((round(median(errors), 1), round(quantiles(errors, n=10)[8], 1), len(errors)))
        (ours, ours_90, count), (naive, naive_90, _) = figures
        details |= {f"median_at_{part}": ours, f"p90_at_{part}": ours_90}
        text = f"median {ours} min, p90 {ours_90} min; plain division {naive} and {naive_90}"
        remarks.append(f"at {part} %: {text} ({count} charges)")
    return Measured(value=details["median_at_50"], details=details, remarks=tuple(remarks))


ROWS = (
    Row(
        name="estimate: error of the end half way, need not known, median",
        unit="min",
        measure=lambda: _row(target=False),
    ),
    Row(
        name="estimate: error of the end half way, state of charge known, median",
        unit="min",
        measure=lambda: _row(target=True),
    ),
)
