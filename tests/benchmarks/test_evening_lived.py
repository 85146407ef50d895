"""Evenings are lived in slices that can be gone on with, and told as tables and points."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.evening import Evening
from benchmarks.evening_lived import live_all, of_case, rules
from benchmarks.evening_report import beyond, interval, panel, table

_PACE, _CAR = "10 s", "three-phase car"


def test_what_was_lived_is_kept_and_not_lived_again(tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    asked: dict[str, Any] = {"paces": [_PACE], "cars": [_CAR], "results": results, "workers": 1}
    first = live_all([5], names=["hold 60"], **asked)
    kept = results.read_text(encoding="utf-8")
    more = live_all([5], names=["hold 60", "no control"], **asked)
    assert results.read_text(encoding="utf-8").startswith(kept)
    assert len(results.read_text(encoding="utf-8").splitlines()) == 2
    key = _PACE, _CAR, 5, "hold 60"
    assert more[key].within_percent == first[key].within_percent > 50
    assert more[_PACE, _CAR, 5, "no control"].over_a_s > first[key].over_a_s > 0


def test_what_other_rules_made_of_an_evening_does_not_count(tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    line = {
        "meter": _PACE, "car": _CAR, "seed": 5, "controller": "ours", "over_a_s": 1.0, "long_over_a_s": 1.0,
        "charged_a_s": 1.0, "possible_a_s": 2.0, "commands": 4, "stops": 1,
    }  # fmt: skip
    held = line | {"controller": "hold 60", "rules": "others"}
    results.write_text("\n".join(json.dumps(one) for one in (line | {"rules": rules()}, held)), encoding="utf-8")
    asked: dict[str, Any] = {
        "paces": [_PACE],
        "cars": [_CAR],
        "names": ["ours", "hold 60"],
        "results": results,
        "workers": 1,
    }
    case = of_case(live_all([5], **asked), _PACE, _CAR)
    assert (case["ours"][0].within_percent, case["hold 60"][0].commands_per_hour) == (50.0, 1.0)
    results.write_text(json.dumps(line | {"rules": "others"}), encoding="utf-8")
    again = live_all([5], **(asked | {"names": ["hold 60"]}))
    assert list(again) == [(_PACE, _CAR, 5, "hold 60")]
    assert again[_PACE, _CAR, 5, "hold 60"].commands_per_hour > 1.0


def _evening(over_a_s: float, charged_a_s: float) -> Evening:
    return Evening(over_a_s=over_a_s, charged_a_s=charged_a_s, possible_a_s=100.0, commands=40, stops=2)


def test_tables_compare_evening_by_evening() -> None:
    ours, others = [_evening(5.0, 80.0), _evening(7.0, 70.0)], [_evening(4.0, 75.0), _evening(9.0, 71.5)]
    case = {"hold 60": others, "hold 90": others, "ours": ours}
    assert beyond(case, "over A·s", "hold 60") == [1.0, -2.0]
    lines = table(case)
    assert any(line.startswith("ours less hold 90, over A·s: -0.50") for line in lines)
    assert "over-current at most 1.1 times hold 60's on 1 of 2 evenings" in lines
    assert "energy within the fuse at least hold 60's less a point on 1 of 2 evenings" in lines


def test_point_of_a_controller_is_the_mean_of_its_evenings() -> None:
    names = ("follow", "hold 10", "hold 30", "hold 60", "hold 90", "hold 180", "hold 300", "foresight", "ours")
    case: dict[str, list[Evening]] = {name: [_evening(5.0, 80.0), _evening(7.0, 70.0)] for name in names}
    case["ours, new"] = []
    drawn = panel("a car", case)
    assert [(one.name, one.over_a_s, one.within_percent) for one in drawn.ours] == [("ours", 6.0, 75.0)]
    assert len(drawn.holds) == 7


@pytest.mark.parametrize(("count", "t_95"), [(6, 2.571), (14, 2.160), (20, 2.093)])
def test_interval_is_students(count: int, t_95: float) -> None:
    values = [float(number) for number in range(count)]
    spread = (count * (count + 1) / 12) ** 0.5
    mean, half = interval(values)
    assert mean == (count - 1) / 2
    assert half == pytest.approx(t_95 * spread / count**0.5, rel=0.002)
    assert interval([3.0]) == (3.0, 0.0)
