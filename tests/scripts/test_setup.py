"""Setting up: quick when there is nothing to do, and plain words where something cannot be done."""

from collections.abc import Iterator
import os
from pathlib import Path
import shutil
import subprocess
import tempfile
import time

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
#: What the scripts call that is neither bash's own nor what they look for.
TOOLS = ("bash", "cat", "cut", "dirname", "env", "getent", "grep", "id", "mktemp", "rm", "sed", "sleep", "timeout")
NOBODY = 65534


@pytest.fixture
def bare() -> Iterator[Path]:
    """A PATH with nothing on it but the commonest tools, for anybody to read."""
    folder = Path(tempfile.mkdtemp(prefix="ev-sessions-test."))
    folder.chmod(0o755)
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None, tool
        (folder / tool).symlink_to(found)
    yield folder
    shutil.rmtree(folder)


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/usr/bin/env bash\n{text}\n")
    (folder / name).chmod(0o755)


def called(bare: Path, library: str, function: str, *, by_nobody: bool = False) -> tuple[int, str]:
    """Call a function of a script as scripts/setup would; return its exit code and all that it said."""
    text = "\n".join((SCRIPTS / name).read_text() for name in ("environment.sh", "chromium.sh", library))
    command = [str(bare / "bash"), "-euo", "pipefail", "-c", f"{text}\n{function}", "setup"]
    user = NOBODY if by_nobody and os.geteuid() == 0 else None
    # Not in the checkout: nobody may read it.
    done = subprocess.run(
        command,
        env={"PATH": str(bare), "HOME": "/", "TRANSCRIPT": str(bare / "transcript")},
        cwd="/",
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    return done.returncode, done.stdout


def test_a_second_set_up_takes_less_than_two_seconds() -> None:
    took_s = []
    for _ in range(3):
        begin_s = time.monotonic()
        subprocess.run([SCRIPTS / "setup"], check=True, capture_output=True, timeout=240)
        took_s.append(time.monotonic() - begin_s)
    assert min(took_s) < 2, took_s


WANTED = [("chromium.sh", "find_chromium", "browser", "chromium"), ("node.sh", "find_node", "Node.js", "nodejs npm")]


@pytest.mark.parametrize(("library", "function", "what", "packages"), WANTED)
def test_without_apt_it_is_said_what_is_missing(
    bare: Path, library: str, function: str, what: str, packages: str
) -> None:
    status, said = called(bare, library, function)
    assert status == 1
    assert f"no {what}" in said
    assert "no apt here" in said


@pytest.mark.parametrize(("library", "function", "what", "packages"), WANTED)
def test_without_the_right_to_install_it_is_said_what_to_do_and_nothing_is_touched(
    bare: Path, library: str, function: str, what: str, packages: str
) -> None:
    program(bare, "apt-get", "echo touched")
    program(bare, "sudo", "exit 1")
    status, said = called(bare, library, function, by_nobody=True)
    assert status == 1
    assert f"no {what}, and no right to install one: run 'sudo apt-get install {packages}'" in said
    assert "touched" not in said


@pytest.mark.parametrize(("library", "function", "what", "packages"), WANTED)
def test_what_apt_will_install_is_said_before_it_does(
    bare: Path, library: str, function: str, what: str, packages: str
) -> None:
    # It installs what says nothing and ends well.
    program(
        bare,
        "apt-get",
        f"""[[ $* == *install* ]] || exit 0
        for name in chromium node npm; do
          printf '#!/usr/bin/env bash\\n' >"{bare}/$name"
          "{shutil.which("chmod")}" +x "{bare}/$name"
        done""",
    )
    program(bare, "sudo", 'shift; exec "$@"')
    status, said = called(bare, library, function)
    assert status == 0, said
    lines = said.splitlines()
    (announced,) = [place for place, line in enumerate(lines) if f"no {what} here: apt will install" in line]
    (installed,) = [place for place, line in enumerate(lines) if f"apt-get install {packages}" in line]
    assert announced < installed
