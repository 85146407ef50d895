"""Which tests run which lines, and how long each takes: by the interpreter's own monitoring.

What was seen is kept, and holds until the test, what it shares with others, or a rule that it runs is changed.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import groupby
import os
from pathlib import Path
import pickle
import sys
from time import monotonic, process_time
from types import CodeType

import pytest

_TOOL = 4


@dataclass(frozen=True)
class Seen:
    """What one run of a test showed: lines by file, its seconds of CPU, and what the files were like."""

    lines: frozenset[tuple[str, int]]
    took_s: float
    failed: bool
    digests: Mapping[str, str]

    def holds(self) -> bool:
        """Tell whether all is as it was."""
        return all(digest_of(file) == digest for file, digest in self.digests.items())


class Watch:
    """A plugin of pytest that fills `seen`, by test; only lines of files below `folder` count."""

    def __init__(self, folder: str, shared: Iterable[str]) -> None:
        self.seen: dict[str, Seen] = {}
        self._folder = folder
        self._shared = tuple(shared)
        self._now: set[tuple[str, int]] = set()
        self._failed = False

    def begin(self) -> None:
        """Watch from here on."""
        monitoring = sys.monitoring
        monitoring.use_tool_id(_TOOL, "mutation")
        monitoring.register_callback(_TOOL, monitoring.events.LINE, self._line)
        monitoring.set_events(_TOOL, monitoring.events.LINE)

    def _line(self, code: CodeType, line: int) -> object:
        if code.co_filename.startswith(self._folder):
            self._now.add((code.co_filename, line))
        return sys.monitoring.DISABLE  # once per test is enough

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, bool, bool]:
        """Note what one test does."""
        self._now.clear()
        self._failed = False
        sys.monitoring.restart_events()
        begun_s = process_time()
        done = yield
        files = {str(item.path), *self._shared, *(file for file, _ in self._now)}
        self.seen[item.nodeid] = Seen(
            lines=frozenset(self._now),
            took_s=process_time() - begun_s,
            failed=self._failed,
            digests={file: digest_of(file) for file in sorted(files)},
        )
        return done

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what failed."""
        self._failed |= report.failed


def watched(
    session: pytest.Session, folder: Path, shared: Iterable[Path], kept: Path, until_s: float
) -> dict[str, Seen] | None:
    """Return what each test runs: what is kept where it still holds, and what is looked at now.

    Each file of tests runs in a process of its own, and is kept at once: a run that was broken off goes on where it
    was. None where the time is over before all was seen.
    """
    seen: dict[str, Seen] = pickle.loads(kept.read_bytes()) if kept.exists() else {}  # noqa: S301 - we wrote it
    new = [item for item in session.items if item.nodeid not in seen or not seen[item.nodeid].holds()]
    for _, items in groupby(new, key=lambda item: item.path):
        if monotonic() > until_s:
            return None
        seen |= _looked_at(session, list(items), str(folder), [str(path) for path in shared])
        beside = kept.with_suffix(".new")
        beside.write_bytes(pickle.dumps(seen))
        beside.replace(kept)
    return {item.nodeid: seen[item.nodeid] for item in session.items}


def _looked_at(
    session: pytest.Session, items: Sequence[pytest.Item], folder: str, shared: Sequence[str]
) -> dict[str, Seen]:
    """Run tests once, in a process of its own, and return what they run."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        watch = Watch(folder, shared)
        session.config.pluginmanager.register(watch)
        watch.begin()
        for item, following in zip(items, [*items[1:], None], strict=True):
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        with os.fdopen(writing, "wb") as answer:
            pickle.dump(watch.seen, answer)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        seen: dict[str, Seen] = pickle.load(answer)  # noqa: S301 - our own child wrote it
    os.waitpid(pid, 0)
    return seen


@cache
def digest_of(file: str) -> str:
    """Return what tells whether a file is as it was; empty where it is gone."""
    path = Path(file)
    return sha256(path.read_bytes()).hexdigest() if path.exists() else ""
