"""The modules whose rules are changed."""

import ast
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

from .steps import mutants

REPOSITORY = Path(__file__).parents[2]
PACKAGE = "custom_components.ev_sessions.core"
FOLDER = REPOSITORY / Path(*PACKAGE.split("."))


def path_of(name: str) -> Path:
    """Return where a module is."""
    return FOLDER / f"{name}.py"


def modules_of(patterns: Sequence[str]) -> list[str]:
    """Return the modules that patterns name, in their order; all without any."""
    names = [path.relative_to(FOLDER).with_suffix("").as_posix() for path in sorted(FOLDER.rglob("*.py"))]
    names = [name for name in names if not name.endswith("__init__")]
    if not patterns:
        return names
    found = [name for pattern in patterns for name in names if fnmatch(name, pattern)]
    return list(dict.fromkeys(found))  # in the order asked for


def part_of(modules: Sequence[str], number: int, count: int) -> list[str]:
    """Return one of some parts of the modules, each with about as many mutants."""
    sizes = {name: sum(1 for _ in mutants(ast.parse(path_of(name).read_text(encoding="utf-8")))) for name in modules}
    parts: list[list[str]] = [[] for _ in range(count)]
    for name in sorted(modules, key=lambda name: -sizes[name]):
        min(parts, key=lambda part: sum(sizes[one] for one in part)).append(name)
    return [name for name in modules if name in parts[number - 1]]
