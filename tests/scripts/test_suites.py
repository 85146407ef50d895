"""What scripts/test does with its suites, on a checkout whose tools are stand-ins."""

import os
from pathlib import Path
import re
import signal
import subprocess
import time

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"

# Each waits until the others have begun, so one after the other would never end.
TOGETHER = r"""
touch "$MARKS/$name"
for other in lint unit e2e; do
  until [[ -e $MARKS/$other ]]; do sleep 0.02; done
done
"""

# Stands for scripts/lint.
LINT = r"""#!/usr/bin/env bash
name=lint
TOGETHER
echo lint line
[[ $name != "${HANGS-}" ]] || { echo $$ >"$MARKS/hangs"; sleep 1000; }
[[ $name != "${FAILS-}" ]]
""".replace("TOGETHER", TOGETHER)

# Stands for `python -m pytest`.
PYTEST = r"""#!/usr/bin/env bash
for argument; do [[ $argument == --junitxml=* ]] && results=${argument#*=}; done
name=$(basename "$results" .xml)
TOGETHER
touch "$MARKS/$name-${PYTHONDONTWRITEBYTECODE:-compiles}"
printf '%s\n' "$@" >"$MARKS/$name.arguments"
[[ $name != ratio ]] || cp test-results/*.outcome "$MARKS"
for line in 1 2 3; do echo "$name line $line"; sleep 0.02; done
[[ $name != "${HANGS-}" ]] || { echo $$ >"$MARKS/hangs"; sleep 1000; }
echo '{"files": {"custom_components/ev_sessions/a.py": {"summary":
  {"num_statements": 1, "covered_lines": 1, "num_branches": 0, "covered_branches": 0}}}}' >"${results%/*}/coverage.json"
failed=0
[[ $name != "${FAILS-}" ]] || failed=1
echo "<testsuite tests=\"5\" failures=\"$failed\"/>" >"$results"
exit $failed
""".replace("TOGETHER", TOGETHER)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for folder in ("scripts", ".venv/bin", "tests/e2e", "marks"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("test", "environment.sh", "counts", "coverage"):
        (tmp_path / "scripts" / name).write_bytes((SCRIPTS / name).read_bytes())
    (tmp_path / "tests/e2e/test_story.py").write_text("pytestmark = [pytest.mark.e2e]")
    (tmp_path / "tests/test_speed.py").write_text("pytestmark = [pytest.mark.ratio]")
    stand_ins = {"scripts/setup": "", "scripts/lint": LINT, ".venv/bin/python": PYTEST}
    for path, text in stand_ins.items():
        (tmp_path / path).write_text(text if text.startswith("#!") else f"#!/bin/sh\n{text}\n")
    for script in [*(tmp_path / "scripts").iterdir(), tmp_path / ".venv/bin/python"]:
        script.chmod(0o755)
    return tmp_path


def environment(checkout: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "MARKS": str(checkout / "marks"), **more}


def run(checkout: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "scripts" / "test"],
        env=environment(checkout, **more),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_all_run_beside_each_other_and_each_is_shown_whole(checkout: Path) -> None:
    result = run(checkout)
    shown = [line for line in result.stdout.splitlines() if re.match(r"==|\w+ line", line)]
    assert shown == [
        *("== unit", "unit line 1", "unit line 2", "unit line 3"),
        *("== lint", "lint line"),
        *("== e2e", "e2e line 1", "e2e line 2", "e2e line 3"),
        *("== ratio", "ratio line 1", "ratio line 2", "ratio line 3"),
        "== coverage",
    ]
    assert result.stdout.splitlines()[-1] == "15 passed, 0 failed"
    assert result.returncode == 0


def test_what_is_compiled_is_kept_also_where_a_machine_s_image_forbids_it(checkout: Path) -> None:
    run(checkout, PYTHONDONTWRITEBYTECODE="1")
    assert {path.name for path in (checkout / "marks").glob("*-*")} == {
        f"{suite}-compiles" for suite in ("unit", "e2e", "ratio")
    }


def test_what_compares_times_runs_once_and_alone_with_nothing_that_counts_lines(checkout: Path) -> None:
    run(checkout)
    marks = checkout / "marks"
    ratio, unit, e2e = ((marks / f"{suite}.arguments").read_text().splitlines() for suite in ("ratio", "unit", "e2e"))
    assert ratio[ratio.index("-m", 2) + 1 :] == ["ratio", "tests/test_speed.py"]
    assert not [argument for argument in ratio if argument.startswith(("--cov", "--numprocesses"))]
    assert "not ratio" in unit[unit.index("-m", 2) + 1]
    assert "tests/test_speed.py" not in e2e
    assert {path.stem for path in marks.glob("*.outcome")} == {"unit", "lint", "e2e"}


@pytest.mark.parametrize("suite", ["unit", "e2e", "ratio"])
def test_a_failure_in_any_suite_is_counted_and_the_others_still_run(checkout: Path, suite: str) -> None:
    result = run(checkout, FAILS=suite)
    assert result.stdout.splitlines()[-1] == "14 passed, 1 failed"
    assert result.returncode == 1
    assert re.search(rf"^{suite} .* FAILED$", result.stdout, re.MULTILINE)


def test_what_lint_finds_is_counted_and_the_suites_still_run(checkout: Path) -> None:
    result = run(checkout, FAILS="lint")
    assert result.stdout.splitlines()[-1] == "15 passed, 1 failed"
    assert result.returncode == 1
    assert re.search(r"^lint .* FAILED$", result.stdout, re.MULTILINE)


# What a shell begins in the background hears no interrupt.
@pytest.mark.parametrize("hanging", ["lint", "e2e"])
@pytest.mark.parametrize("begun", [(), ("bash", "-c", 'trap "" INT; exec "$@"', "-")], ids=["in front", "behind"])
def test_what_runs_beside_ends_with_the_run_that_began_it(checkout: Path, begun: tuple[str, ...], hanging: str) -> None:
    hangs = checkout / "marks" / "hangs"
    with subprocess.Popen(
        [*begun, checkout / "scripts" / "test"],
        env=environment(checkout, HANGS=hanging),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        deadline = time.monotonic() + 240
        while not (hangs.exists() and hangs.read_text()) and time.monotonic() < deadline:
            time.sleep(0.05)
        pid = int(hangs.read_text())
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=240)
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()
