"""Which mutants are tried where all would take days: some of all, drawn at random."""

import ast
from collections.abc import Sequence
from random import Random

from .modules import path_of
from .steps import Mutant, mutants


def told(name: str, mutant: Mutant) -> str:
    """Return how a mutant of a module is written in a list."""
    return f"{name}.py:{mutant.line}:{mutant.column + 1}  {mutant.change}"


def drawn(modules: Sequence[str], count: int, seed: int) -> frozenset[str]:
    """Return so many mutants of all modules, each as likely as any other, and say how many there are.

    So the share of them that a test notices is about that of all.
    """
    trees = {name: ast.parse(path_of(name).read_text(encoding="utf-8")) for name in modules}
    every = [told(name, mutant) for name, tree in sorted(trees.items()) for mutant in mutants(tree)]
    chosen = Random(seed).sample(every, min(count, len(every)))
    print(f"{len(chosen)} of {len(every)} mutants, seed {seed}", flush=True)  # noqa: T201
    return frozenset(chosen)


def in_any_order(modules: Sequence[str], seed: int) -> list[str]:
    """Return the modules shuffled: a run that is broken off has seen no letter of the alphabet more than another."""
    return Random(seed).sample(list(modules), len(modules))
