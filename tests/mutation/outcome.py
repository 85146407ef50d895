"""What became of the mutants, and the table that says so."""

from collections.abc import Mapping
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    HANGS = "hangs"  # killed as well
    UNTESTED = "without a test"
    NOT_TRIED = "not tried"  # cannot be put in place in a process that runs already
    NOT_REACHED = "not reached"  # the time was over


type Counts = Mapping[Outcome, int]


def summary(counts: Counts) -> str:
    """Return the counts in one line."""
    return ", ".join(f"{counts[one]} {one}" for one in Outcome)


def table(modules: Mapping[str, Counts]) -> str:
    """Return a table of Markdown, a line for each module and one for all."""
    total = {one: sum(counts[one] for counts in modules.values()) for one in Outcome}
    lines = [f"| module | {' | '.join(Outcome)} | noticed |", f"|---|{'---:|' * (len(Outcome) + 1)}"]
    lines += [_line(name, counts) for name, counts in modules.items()]
    return "\n".join([*lines, _line("all", total), ""])


def _line(name: str, counts: Counts) -> str:
    noticed = counts[Outcome.KILLED] + counts[Outcome.HANGS]
    tried = noticed + counts[Outcome.SURVIVED] + counts[Outcome.UNTESTED]
    share = f"{noticed / tried:.0%}" if tried else "–"
    return f"| {name} | {' | '.join(str(counts[one]) for one in Outcome)} | {share} |"
