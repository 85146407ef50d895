"""What came of many evenings: lived by slices on all cores, and kept in a file, so that a run can be gone on with.

Each line of the file is what one controller made of one evening. What ours made counts as long as
the rules that it was lived with are the ones of now; the usual controllers stay as they are.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import lru_cache
from hashlib import sha256
import json
from pathlib import Path

from benchmarks.evening import Controller, Evening, Meter, foresight, hold, lines_of, live, no_control, ours
from benchmarks.recorded import Recorded, record

METERS = {"1 s": Meter(period_s=1.0, delay_s=1.0), "10 s": Meter(period_s=10.0, delay_s=2.0)}
CARS = {"three-phase car": 3, "one-phase car": 1}
HOLDS_S = (0, 10, 30, 60, 90, 180, 300)
HOLDS = tuple(f"hold {seconds}" if seconds else "follow" for seconds in HOLDS_S)
OURS, OURS_NEW, CEILING = "ours", "ours, new", "foresight"
#: In the order of the table. "ours, new" has not lived in the house before.
NAMES = ("no control", *HOLDS, CEILING, "few commands", OURS_NEW, OURS)
_RULES = Path(__file__).parents[1] / "custom_components" / "ev_sessions" / "core"

#: One controller's evening: the meter's pace, the car, the seed, the controller.
type Key = tuple[str, str, int, str]


def controller(name: str, recorded: Recorded, meter: Meter, car_lines: int) -> Controller:
    """Return a controller by its name in the table."""
    if name in HOLDS:
        return hold(HOLDS_S[HOLDS.index(name)])
    lines = lines_of(recorded, car_lines)
    match name:
        case "no control":
            return no_control()
        case "foresight":
            return foresight(recorded, car_lines, 0.0)
        case "few commands":
            return foresight(recorded, car_lines, 60.0)
        case "ours, new":
            return ours(meter, lines)
    return ours(meter, lines, recorded.learned(meter.period_s))


@lru_cache
def rules() -> str:
    """Return a fingerprint of the rules that ours decides by."""
    found = sha256()
    for path in sorted(_RULES.rglob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()[:12]


def live_all(
    seeds: Iterable[int],
    *,
    paces: Sequence[str] = tuple(METERS),
    cars: Sequence[str] = tuple(CARS),
    names: Sequence[str] = NAMES,
    results: Path | None = None,
    workers: int | None = None,
) -> dict[Key, Evening]:
    """Return what came of each evening; what a file of results has got already is not lived again."""
    seeds = tuple(seeds)
    wanted = {(pace, car, seed, name) for pace in paces for car in cars for seed in seeds for name in names}
    found = {key: one for key, one in _read(results).items() if key in wanted} if results else {}
    slices = [
        (pace, car, seed, missing)
        for seed in seeds
        for pace in paces
        for car in cars
        if (missing := tuple(name for name in names if (pace, car, seed, name) not in found))
    ]
    with ExitStack() as stack:
        # One at a time needs no other process.
        pool = None if workers == 1 else stack.enter_context(ProcessPoolExecutor(workers))
        for lived in map(_slice, slices) if pool is None else pool.map(_slice, slices):
            found |= lived
            if results:
                with results.open("a", encoding="utf-8") as file:
                    file.writelines(_line(key, one) + "\n" for key, one in lived.items())
    return found


def of_case(lived: Mapping[Key, Evening], pace: str, car: str) -> dict[str, list[Evening]]:
    """Return what came of the evenings with one meter and car, by controller, in the order of the seeds."""
    chosen = sorted((key for key in lived if key[:2] == (pace, car)), key=lambda key: key[2])
    return {name: [lived[key] for key in chosen if key[3] == name] for name in NAMES}


@lru_cache(maxsize=1)
def _recorded(seed: int) -> Recorded:
    return record(seed)


def _slice(asked: tuple[str, str, int, Sequence[str]]) -> dict[Key, Evening]:
    """Let some controllers live through the evening of a seed."""
    pace, car, seed, names = asked
    recorded, meter, car_lines = _recorded(seed), METERS[pace], CARS[car]
    return {
        (pace, car, seed, name): live(recorded, meter, controller(name, recorded, meter, car_lines), car_lines)
        for name in names
    }


def _line(key: Key, one: Evening) -> str:
    pace, car, seed, name = key
    data = {"meter": pace, "car": car, "seed": seed, "controller": name, "rules": rules()}
    figures = {name: getattr(one, name) for name in _FIGURES}
    return json.dumps(data | figures, ensure_ascii=False)


_FIGURES = ("over_a_s", "long_over_a_s", "charged_a_s", "possible_a_s", "commands", "stops")


def _read(results: Path) -> dict[Key, Evening]:
    """Return what lies in a file of results and still counts."""
    found: dict[Key, Evening] = {}
    if not results.exists():
        return found
    for line in results.read_text(encoding="utf-8").splitlines():
        data = json.loads(line)
        if data["controller"].startswith(OURS) and data["rules"] != rules():
            continue
        key = data["meter"], data["car"], data["seed"], data["controller"]
        found[key] = Evening(**{name: data[name] for name in _FIGURES})
    return found
