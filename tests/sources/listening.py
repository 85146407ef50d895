"""A listener that remembers what it was told."""

from dataclasses import dataclass, field

from custom_components.ev_sessions.sources.watch import ProblemKind, SourceListener, SourceProblem


@dataclass(slots=True)
class Told:
    problems: list[SourceProblem] = field(default_factory=list)
    cured: list[SourceProblem] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def listener(self) -> SourceListener:
        return SourceListener(
            on_problem=self.problems.append,
            on_cured=self.cured.append,
            on_renamed=lambda old, new: self.renamed.append((old, new)),
        )

    @property
    def of_values(self) -> list[SourceProblem]:
        """Problems with what entities say, rather than with their being there."""
        return [problem for problem in self.problems if problem.kind is not ProblemKind.MISSING]

    @property
    def kinds(self) -> list[str]:
        return [problem.kind.value for problem in self.problems]
