"""What is wrong with data that somebody gave us, field by field."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class ProblemKind(StrEnum):
    """Why a field cannot be taken."""

    MISSING = "missing"
    WRONG_SHAPE = "wrong_shape"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    UNKNOWN_WORD = "unknown_word"
    UNKNOWN_FIELD = "unknown_field"
    UNKNOWN_CURRENCY = "unknown_currency"
    NOT_A_TIME = "not_a_time"
    ENDS_BEFORE_START = "ends_before_start"
    OVERLAP = "overlap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A field by its path ("elements[0].price_components[1].price"), and what it said."""

    kind: ProblemKind
    path: str
    value: str = ""


class InputError(ValueError):
    """Data that cannot be taken; nothing of it was."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Name all that is wrong, in the order in which it was read."""
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{one.path}: {one.kind.value} ({one.value})" for one in self.problems))
