"""What scripts/mutate changes, and whether it sees which change a test notices."""

import ast
from pathlib import Path
import subprocess
import sys

import pytest

from tests.mutation.drawing import drawn, in_any_order
from tests.mutation.modules import part_of, path_of
from tests.mutation.outcome import Outcome, table
from tests.mutation.steps import mutants, put
from tests.mutation.watch import Seen, digest_of

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("return a < b", {"return a <= b", "return None"}),
        ("return a == 2", {"return a != 2", "return a == 3", "return None"}),
        ("return a and b", {"return a", "return b", "return None"}),
        ("return a if b else c", {"return a", "return c", "return a if not b else c", "return None"}),
        (
            "return min(a, b) * 2",
            {"return max(a, b) * 2", "return min(a, b) // 2", "return min(a, b) * 3", "return None"},
        ),
        ("a.b = not c", {"pass", "a.b = c"}),
        ("a.note(b, c=d)", {"pass", "a.note(b)"}),
        ("return [one for one in a if one]", {"return [one for one in a if not one]", "return None"}),
        ("return True", {"return False"}),
        ("a: int | None = b", set()),
    ],
)
def test_each_place_is_changed_in_each_way(before: str, after: set[str]) -> None:
    tree = ast.parse(f"def rule(a, b, c):\n    {before}\n")
    found = set()
    for mutant in mutants(tree):
        was = put(mutant)
        found.add(ast.unparse(tree).splitlines()[1].strip())
        put(mutant, was)
        assert mutant.function == "rule"
    assert found == after
    assert ast.unparse(tree).splitlines()[1].strip() == before


def test_docstrings_types_and_imports_are_left_alone() -> None:
    assert not [
        *mutants(ast.parse('"""A."""\nimport a\ntype B = int | None\ndef c(d: int | str) -> None:\n    "E."\n'))
    ]


@pytest.mark.lengthy
@pytest.mark.timeout(2100)
def test_a_change_that_a_test_sees_is_killed_and_one_that_none_sees_is_listed(tmp_path: Path) -> None:
    command: list[str | Path] = [sys.executable, "-m", "tests.mutation", "--jobs", "1", "--results", tmp_path]
    command += ["statistics/running_sum", "--tests", "tests/core/statistics/test_running_sum.py"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=1000, check=False)
    last = done.stdout.splitlines()[-1]
    counts = {what: int(count) for count, what in (part.split(" ", 1) for part in last.split(", "))}
    survivors = (tmp_path / "survivors.txt").read_text().splitlines()
    assert counts["killed"] > 2, done.stdout
    assert len(survivors) == counts["survived"] + counts["without a test"]
    assert all(line.startswith("statistics/running_sum.py:") and "  ->  " in line for line in survivors)
    assert done.returncode == int(counts["without a test"] > 0)
    table = (tmp_path / "mutation.md").read_text().splitlines()
    assert [line.split("|")[1].strip() for line in table] == ["module", "---", "statistics/running_sum", "all"]
    assert f"| statistics/running_sum | {counts['killed']} |" in table[2]
    assert counts["not reached"] == 0
    # The second time the tests are not watched again, and what there is no time for is said.
    seen_at = (tmp_path / "mutation-map.pickle").stat().st_mtime_ns
    done = subprocess.run(
        [*command, "--minutes", "0"], cwd=REPOSITORY, capture_output=True, text=True, timeout=1000, check=False
    )
    assert f"{sum(counts.values())} not reached" in done.stdout.splitlines()[-1], done.stdout
    assert (tmp_path / "mutation-map.pickle").stat().st_mtime_ns == seen_at


def test_parts_have_all_modules_once_and_about_the_same_work() -> None:
    tracking = [f"sessions/tracking/{name}" for name in ("tracker", "draft", "register", "observe")]
    names = [*tracking, "statistics/running_sum", "quarter", "prices/unit"]
    parts = [part_of(names, number, 3) for number in (1, 2, 3)]
    assert sorted(name for part in parts for name in part) == sorted(names)
    sizes = [sum(_mutants_of(name) for name in part) for part in parts]
    assert max(sizes) - min(sizes) <= max(map(_mutants_of, names))


def _mutants_of(name: str) -> int:
    return len([*mutants(ast.parse(path_of(name).read_text(encoding="utf-8")))])


def test_a_sample_is_drawn_from_all_modules_and_drawn_again_by_its_seed(capsys: pytest.CaptureFixture[str]) -> None:
    names = ["statistics/running_sum", "balancing/sharing/turns"]
    some = drawn(names, 40, seed=7)
    assert capsys.readouterr().out.startswith("40 of ")
    assert some == drawn(in_any_order(names, 3), 40, seed=7) != drawn(names, 40, seed=8)
    assert {line.partition(".")[0] for line in some} == set(names)
    assert len(drawn(names, 10_000, seed=7)) > len(some) == 40


def test_what_was_seen_of_a_test_holds_until_a_file_that_it_runs_is_changed(tmp_path: Path) -> None:
    rule = tmp_path / "rule.py"
    rule.write_text("1")
    seen = Seen(lines=frozenset(), took_s=1.0, failed=False, digests={str(rule): digest_of(str(rule))})
    assert seen.holds()
    rule.write_text("2")
    digest_of.cache_clear()
    assert not seen.holds()
    rule.unlink()
    digest_of.cache_clear()
    assert not seen.holds()


def test_table_has_a_line_for_each_module_and_says_how_much_was_noticed() -> None:
    none = dict.fromkeys(Outcome, 0)
    counts = {
        "a": {**none, Outcome.KILLED: 2, Outcome.HANGS: 1, Outcome.SURVIVED: 1, Outcome.NOT_REACHED: 5},
        "b": {**none, Outcome.UNTESTED: 1, Outcome.NOT_TRIED: 3},
        "c": {**none, Outcome.NOT_REACHED: 1},
    }
    assert table(counts).splitlines()[2:] == [
        "| a | 2 | 1 | 1 | 0 | 0 | 5 | 75% |",
        "| b | 0 | 0 | 0 | 1 | 3 | 0 | 0% |",
        "| c | 0 | 0 | 0 | 0 | 0 | 1 | – |",
        "| all | 2 | 1 | 1 | 1 | 3 | 6 | 60% |",
    ]
