"""The scripts that judge the others: they must see what is wrong."""

import json
from pathlib import Path
import subprocess
import sys
import zipfile

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


def run(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, SCRIPTS / name, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)


def suite(folder: Path, name: str, *, tests: int, failures: int = 0, errors: int = 0, skipped: int = 0) -> None:
    counts = f'tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}"'
    (folder / f"{name}.xml").write_text(f"<testsuites><testsuite {counts}/></testsuites>")


@pytest.mark.parametrize(
    ("outcomes", "line", "exit_code"),
    [
        (("unit=0", "lint=0"), "10 passed, 0 failed", 0),
        (("unit=0", "e2e=0"), "12 passed, 0 failed, 1 skipped", 0),
        (("unit=0", "broken=1"), "13 passed, 3 failed", 1),
        (("unit=0", "lint=1"), "10 passed, 1 failed", 1),
        (("unit=0", "crashed=3"), "10 passed, 1 failed", 1),
        (("unit=3",), "10 passed, 1 failed", 1),
        (("lint=0",), "0 passed, 0 failed", 1),
    ],
)
def test_last_line_counts_every_failure_of_tests_and_of_steps(
    tmp_path: Path, outcomes: tuple[str, ...], line: str, exit_code: int
) -> None:
    suite(tmp_path, "unit", tests=10)
    suite(tmp_path, "e2e", tests=3, skipped=1)
    suite(tmp_path, "broken", tests=6, failures=2, errors=1)
    result = run("counts", tmp_path, *outcomes)
    assert (result.stdout, result.returncode) == (f"{line}\n", exit_code)


def covered(path: str, lines: int, missing: int, branches: int = 0, missing_branches: int = 0) -> dict[str, object]:
    return {
        f"custom_components/ev_sessions/{path}": {
            "missing_lines": list(range(missing)),
            "missing_branches": [[line, line + 1] for line in range(missing_branches)],
            "summary": {
                "num_statements": lines,
                "covered_lines": lines - missing,
                "missing_lines": missing,
                "num_branches": branches,
                "covered_branches": branches - missing_branches,
            },
        }
    }


@pytest.mark.parametrize(
    ("files", "exit_code", "words"),
    [
        (covered("core/a.py", 40, 0, 8) | covered("sensor.py", 60, 5), 0, "95.00 %"),
        (covered("core/a.py", 40, 0, 8) | covered("sensor.py", 60, 6), 1, "94.00 % is under 95.0 %"),
        (covered("core/a.py", 90, 0, 8, 1) | covered("sensor.py", 10, 0), 1, "core/a.py"),
        (covered("core/a.py", 990, 1, 8) | covered("sensor.py", 10, 0), 1, "core/a.py"),
        ({}, 1, "nothing of the integration was measured"),
    ],
)
def test_coverage_fails_below_its_marks(tmp_path: Path, files: dict[str, object], exit_code: int, words: str) -> None:
    report = tmp_path / "coverage.json"
    report.write_text(json.dumps({"files": files}))
    result = run("coverage", report)
    assert result.returncode == exit_code, result.stdout
    assert words in result.stdout


@pytest.mark.parametrize("version", ["1.2", "v1.2.3", "1.2.3; rm", ""])
def test_a_release_needs_a_version_that_home_assistant_can_compare(version: str) -> None:
    assert run("package", version).returncode != 0


def test_release_zip_holds_the_component_at_its_top_with_its_version_stamped(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    component = checkout / "custom_components" / "ev_sessions"
    (component / "__pycache__").mkdir(parents=True)
    (component / "__pycache__" / "a.pyc").write_bytes(b"left over")
    (component / "__init__.py").write_text('"""Nothing."""\n')
    (component / "manifest.json").write_text('{"domain": "ev_sessions", "version": "0.0.1"}')
    (checkout / "scripts").mkdir()
    (checkout / "scripts" / "package").write_bytes((SCRIPTS / "package").read_bytes())

    packages = []
    for _ in range(2):
        subprocess.run([sys.executable, checkout / "scripts" / "package", "1.2.3-beta.1"], check=True, timeout=240)
        packages.append((checkout / "ev_sessions.zip").read_bytes())

    assert packages[0] == packages[1]
    with zipfile.ZipFile(checkout / "ev_sessions.zip") as archive:
        assert archive.namelist() == ["__init__.py", "manifest.json"]
        assert json.loads(archive.read("manifest.json")) == {"domain": "ev_sessions", "version": "1.2.3-beta.1"}


def test_a_charger_that_becomes_known_is_missed_in_the_manual_until_it_is_written_there(tmp_path: Path) -> None:
    component = tmp_path / "custom_components" / "ev_sessions"
    presets = component / "chargers" / "entities" / "presets" / "data"
    for folder in (presets, component / "translations", tmp_path / "docs", tmp_path / "scripts"):
        folder.mkdir(parents=True)
    notes = {
        "preset_note": {"options": {"cloud": "In a cloud.", "interval": "At most every {seconds} s.", "flash": ""}}
    }
    (component / "translations" / "en.json").write_text(json.dumps({"selector": {**notes, "fail_safe": {}}}))
    (presets / "kettle.json").write_text(
        json.dumps(
            {
                "name": "Kettle",
                "domain": "kettle",
                "source": "some_where/kettle",
                "licence": "MIT",
                "power": ["sensor.power"],
                "limit": [{"kind": "action", "action": "kettle.set", "data": {"a": "{limit_a}"}, "readback": "@a.b"}],
                "enable": [{"kind": "buttons", "on": "@button.on", "off": "@button.off"}],
                "least_interval_s": 10,
                "notes": ["cloud"],
            }
        )
    )
    page = tmp_path / "docs" / "chargers.md"
    page.write_text("# Chargers\n\nby hand\n\n<!-- What follows is written by scripts/manual from the presets. -->\n")
    script = tmp_path / "scripts" / "manual"
    script.write_bytes((SCRIPTS / "manual").read_bytes())

    def manual(*arguments: str) -> int:
        return subprocess.run([sys.executable, script, *arguments], timeout=240, check=False).returncode

    assert manual("--check") != 0
    assert manual() == 0
    assert manual("--check") == 0
    written = page.read_text()
    assert written.startswith("# Chargers\n\nby hand\n")
    assert "| [Kettle](#kettle) | `kettle` | power, estimated | an action | two buttons |  |" in written
    assert "| Current limit | an action: `kettle.set` |" in written
    assert "| Charging switch | two buttons: `button.on`, `button.off` |" in written
    assert "- In a cloud.\n- At most every 10 s.\n" in written
    assert r"some\_where/kettle (MIT)" in written
