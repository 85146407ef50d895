"""What a station says is wrong with its parts (2.x: monitored variables of components), until it takes that back."""

from dataclasses import dataclass
from typing import Final

#: A station is a stranger: more than these are not remembered, the oldest go.
_MOST: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that is wrong with a component. `evse` None is the station as a whole.

    `code` and `info` are the vendor's own (2.x: techCode, techInfo).
    """

    component: str
    variable: str
    evse: int | None = None
    code: str | None = None
    info: str | None = None

    @property
    def place(self) -> tuple[str, str, int | None]:
        """Which of all possible problems it is."""
        return (self.component, self.variable, self.evse)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemTold:
    """A problem has come, or is over."""

    problem: Problem
    is_there: bool


@dataclass(frozen=True, slots=True)
class Problems:
    """The problems of a station that are there, the newest last."""

    there: tuple[Problem, ...] = ()

    def told(self, told: ProblemTold) -> Problems:
        """Return what is wrong after something was told."""
        others = tuple(one for one in self.there if one.place != told.problem.place)
        return Problems((*others, told.problem)[-_MOST:] if told.is_there else others)

    def of(self, evse: int) -> Problem | None:
        """Return what is wrong with an EVSE: the newest of its own, else of the whole station's."""
        own = [one for one in self.there if one.evse == evse]
        whole = [one for one in self.there if one.evse is None]
        return next(reversed([*whole, *own]), None)
