"""The reports of 2.x: what a station tells of its device model, in as many messages as it likes."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

#: A station is a stranger: a report has so many parts at most.
_MOST_PARTS: Final = 2_000


class Report:
    """One report while it comes in: parts in any order, some of them perhaps twice. Nothing of it is kept here."""

    def __init__(self, take: Callable[[Mapping[str, Any]], None]) -> None:
        self._take = take
        self._parts: set[int] = set()
        self._last: int | None = None
        self.heard = asyncio.Event()

    def add(self, payload: Mapping[str, Any]) -> None:
        """Take in a part."""
        number = payload.get("seqNo")
        if not isinstance(number, int) or number in self._parts or len(self._parts) >= _MOST_PARTS:
            return
        self._parts.add(number)
        data = payload.get("reportData")
        for entry in data if isinstance(data, list) else ():
            if isinstance(entry, Mapping):
                self._take(entry)
        if payload.get("tbc") is not True:
            self._last = number
        self.heard.set()

    @property
    def complete(self) -> bool:
        """Whether the last part and all before it came; some stations count from 1, not from 0."""
        if self._last is None or (first := min(self._parts)) > 1:
            return False
        return len(self._parts) >= self._last - first + 1


class ReportCollector:
    """Puts the parts of reports together. Whoever serves the station's calls gives it every NotifyReport."""

    def __init__(self) -> None:
        self._reports: dict[int, Report] = {}

    def heard(self, payload: Mapping[str, Any]) -> None:
        """Take in a NotifyReport; one that nobody asked for is ignored."""
        request_id = payload.get("requestId")
        if isinstance(request_id, int) and (report := self._reports.get(request_id)) is not None:
            report.add(payload)

    def expect(self, request_id: int, take: Callable[[Mapping[str, Any]], None]) -> Report:
        """Begin to listen, and give `take` every entry: parts may come before the request is answered."""
        report = self._reports[request_id] = Report(take)
        return report

    async def async_wait(self, report: Report, *, pause_s: float, most_s: float) -> None:
        """Return once a report is complete, or paused for too long: then what came is all there is."""
        try:
            async with asyncio.timeout(most_s):
                while not report.complete:
                    report.heard.clear()
                    async with asyncio.timeout(pause_s):
                        await report.heard.wait()
        except TimeoutError:
            return

    def forget(self, request_id: int) -> None:
        """Listen no more."""
        self._reports.pop(request_id, None)
