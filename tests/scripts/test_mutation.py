"""What scripts/mutate changes, and whether it sees which change a test notices."""

import ast
from pathlib import Path
import subprocess
import sys

import pytest

from tests.mutation.steps import mutants, put

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


@pytest.mark.timeout(100)
def test_a_change_that_a_test_sees_is_killed_and_one_that_none_sees_is_listed(tmp_path: Path) -> None:
    command: list[str | Path] = [sys.executable, "-m", "tests.mutation", "--jobs", "1", "--results", tmp_path]
    command += ["running_sum", "--tests", "tests/core/test_running_sum.py"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=90, check=False)
    last = done.stdout.splitlines()[-1]
    counts = {what: int(count) for count, what in (part.split(" ", 1) for part in last.split(", "))}
    survivors = (tmp_path / "survivors.txt").read_text().splitlines()
    assert counts["killed"] > 2, done.stdout
    assert len(survivors) == counts["survived"] + counts["without a test"]
    assert all(line.startswith("running_sum.py:") and "  ->  " in line for line in survivors)
    assert done.returncode == int(counts["without a test"] > 0)
