"""Which tests run which lines, and how long each takes: by the interpreter's own monitoring."""

from collections.abc import Generator
from dataclasses import dataclass, field
import sys
from time import process_time
from types import CodeType

import pytest

_TOOL = 4


@dataclass
class Watched:
    """What one run of all tests showed: files and lines of each test, its seconds of CPU, and what failed."""

    lines: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    took_s: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)


class Watch:
    """A plugin of pytest that fills it in; only lines of files below `folder` count."""

    def __init__(self, folder: str) -> None:
        self.watched = Watched()
        self._folder = folder
        self._now: set[tuple[str, int]] = set()

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
        sys.monitoring.restart_events()
        begun_s = process_time()
        done = yield
        self.watched.took_s[item.nodeid] = process_time() - begun_s
        self.watched.lines[item.nodeid] = sorted(self._now)
        return done

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what failed."""
        if report.failed:
            self.watched.failed.append(report.nodeid)
