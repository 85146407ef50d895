"""One row of the benchmark: what is measured, in which unit, and what it must not exceed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter, thread_time
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a row measured; `details` go to the JSON line, `remarks` are printed below the table."""

    value: float
    details: Mapping[str, Any] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row: `at_most` or `at_least` is the bar it has to meet, where there is one."""

    name: str
    unit: str
    measure: Callable[[], Measured]
    at_most: float | None = None
    at_least: float | None = None

    def meets_bar(self, value: float) -> bool | None:
        """Return whether a value is good enough; None where the row has no bar."""
        if self.at_most is not None:
            return value <= self.at_most
        return None if self.at_least is None else value >= self.at_least

    @property
    def bar(self) -> str:
        """The bar in words for the table."""
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return "" if self.at_least is None else f"≥ {self.at_least:g}"


def repeated_ms(work: Callable[[], object], times: int) -> Measured:
    """Run the work so many times; the value is the median in ms.

    Least, greatest and first stand beside it, and the median of this thread's own computing
    time, which a busy machine lengthens less.
    """
    took, computed = [], []
    for _ in range(times):
        begin, begin_cpu = perf_counter(), thread_time()
        work()
        took.append((perf_counter() - begin) * 1000)
        computed.append((thread_time() - begin_cpu) * 1000)
    details = {"least": min(took), "greatest": max(took), "first": took[0], "cpu": median(computed), "times": times}
    return Measured(value=median(took), details={key: round(value, 3) for key, value in details.items()})
