"""Put a mutant in the place of what runs, in a process that has imported everything already."""

import ast
import functools
import gc
import sys
from types import CodeType, FunctionType, ModuleType
from typing import Any

from .steps import Mutant, put


class NotTriedError(Exception):
    """The mutant cannot be put in place here."""


class Swap:
    """A module and what was made of it."""

    def __init__(self, module: ModuleType, tree: ast.Module, package: str) -> None:
        self._module = module
        self._tree = tree
        self._file = str(module.__file__)
        # Looked for once: to touch all modules in each fork would copy them.
        self._ours = [one for one in list(sys.modules.values()) if one.__name__.startswith((package, "tests."))]
        self._answers = [
            value
            for one in self._ours
            if one.__name__.startswith(package)
            for value in vars(one).values()
            if isinstance(value, functools._lru_cache_wrapper)
        ]
        self._functions: dict[tuple[str, int], list[FunctionType]] = {}
        for one in gc.get_objects():
            if isinstance(one, FunctionType) and one.__code__.co_filename == self._file:
                self._functions.setdefault((one.__code__.co_qualname, one.__code__.co_firstlineno), []).append(one)

    def swap(self, mutant: Mutant) -> None:
        """Let it run from here on; NotTriedError where that cannot be done."""
        for remembered in self._answers:  # what was remembered from before is no answer of the mutant's
            remembered.cache_clear()
        before = put(mutant)
        try:
            if mutant.function is None:
                self._swap_value(mutant)
            else:
                self._swap_code((mutant.function, mutant.function_line))
        finally:
            put(mutant, before)

    def _swap_code(self, name: tuple[str, int]) -> None:
        found = self._functions.get(name)
        code = _code_of(compile(self._tree, self._file, "exec"), name)
        if not found or code is None:
            raise NotTriedError
        for function in found:
            try:
                function.__code__ = code
            except ValueError as err:  # it closes over something else than before
                raise NotTriedError from err

    def _swap_value(self, mutant: Mutant) -> None:
        """Give a constant, a field or an argument another value."""
        match mutant.statement:
            case ast.FunctionDef() as function:
                self._swap_argument(function)
            case (
                ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                | ast.Assign(targets=[ast.Name(id=name)], value=value)
            ):
                self._swap_name(name, value, mutant.line)
            case _:
                raise NotTriedError

    def _evaluated(self, value: ast.expr) -> Any:
        expression = ast.fix_missing_locations(ast.Expression(body=value))
        return eval(compile(expression, self._file, "eval"), dict(vars(self._module)))  # noqa: S307 - our own source

    def _swap_argument(self, function: ast.FunctionDef) -> None:
        first = min([function.lineno, *(one.lineno for one in function.decorator_list)])
        found = [one for (_, line), some in self._functions.items() if line == first for one in some]
        if not found:
            raise NotTriedError
        names = [one.arg for one in function.args.kwonlyargs]
        given = {
            name: self._evaluated(value)
            for name, value in zip(names, function.args.kw_defaults, strict=True)
            if value is not None
        }
        for one in found:
            one.__defaults__ = tuple(self._evaluated(value) for value in function.args.defaults) or None
            one.__kwdefaults__ = given or None

    def _swap_name(self, name: str, value: ast.expr, line: int) -> None:
        owner = _class_at(self._tree, line)
        if owner is not None:
            made = vars(self._module)[owner]
            defaults = made.__init__.__kwdefaults__ if "__dataclass_fields__" in vars(made) else None
            if not defaults or name not in defaults:
                raise NotTriedError
            defaults[name] = self._evaluated(value)
            return
        before, after = vars(self._module)[name], self._evaluated(value)
        for module in self._ours:
            if vars(module).get(name) is before:
                setattr(module, name, after)


def _class_at(tree: ast.Module, line: int) -> str | None:
    for one in tree.body:
        if isinstance(one, ast.ClassDef) and one.lineno <= line <= (one.end_lineno or one.lineno):
            return one.name
    return None


def _code_of(code: CodeType, name: tuple[str, int]) -> CodeType | None:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if (constant.co_qualname, constant.co_firstlineno) == name:
                return constant
            if (found := _code_of(constant, name)) is not None:
                return found
    return None
