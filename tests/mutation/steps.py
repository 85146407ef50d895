"""The small steps: every change of one operator, constant, condition, argument or statement of a module."""

import ast
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from typing import Final

_COMPARE: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_ARITHMETIC: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_SHOWN: Final = 90
_TWINS: Final = {"min": "max", "max": "min", "any": "all", "all": "any", "floor": "ceil", "ceil": "floor"}
_SIMPLE: Final = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Return, ast.Assert, ast.Raise)


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A module that differs from what was written in one place.

    `function` is the qualified name of the outermost function that it is in; None where it is read at import:
    a constant of the module, or what a field or an argument is where it is not given.
    """

    line: int
    end_line: int
    column: int
    before: str
    after: str
    function: str | None
    function_line: int
    place: ast.AST
    field: str
    index: int | None
    new: ast.AST
    statement: ast.stmt

    @property
    def change(self) -> str:
        """The change, on one line: of long texts, what differs and a little before it."""
        before, after = " ".join(self.before.split()), " ".join(self.after.split())
        alike = next((place for place, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), 0)
        same = max(0, alike - _SHOWN // 2) if len(before) > _SHOWN else 0
        return f"{_short(before, same)}  ->  {_short(after, same)}"


def _short(text: str, begin: int) -> str:
    return ("…" if begin else "") + text[begin : begin + _SHOWN]


def mutants(tree: ast.Module) -> Iterator[Mutant]:
    """Yield every change of a module, in the order of its lines."""
    yield from _Walk(tree).found


class _Walk:
    """Goes through a module and notes what could be otherwise."""

    def __init__(self, tree: ast.Module) -> None:
        self.found: list[Mutant] = []
        self._scope: list[str] = []
        self._function: tuple[str, int] | None = None
        self._body(tree.body)

    def _body(self, statements: list[ast.stmt]) -> None:
        for place, statement in enumerate(statements):
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                continue  # a docstring
            self._statement(statements, place, statement)

    def _statement(self, siblings: list[ast.stmt], place: int, statement: ast.stmt) -> None:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._defaults(statement)
                self._inside(statement)
            case ast.ClassDef():
                self._scope.append(statement.name)
                self._body(statement.body)
                self._scope.pop()
            case ast.Import() | ast.ImportFrom() | ast.TypeAlias() | ast.Global() | ast.Nonlocal():
                pass
            case ast.Assign(targets=[ast.Name(id="__all__")]):
                pass
            case _:
                if self._function is not None and (new := _left_out(statement)) is not None:
                    holder = _Holder(siblings)
                    self._note(statement, holder, "items", place, new, statement)
                self._children(statement, statement)

    def _inside(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        outer, self._function = self._function, self._function
        self._scope.append(function.name)
        if self._function is None:
            first = min([function.lineno, *(one.lineno for one in function.decorator_list)])
            self._function = (".".join(self._scope), first)
        self._body(function.body)
        self._scope.pop()
        self._function = outer

    def _defaults(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if self._function is not None:
            return
        for name, values in (("defaults", function.args.defaults), ("kw_defaults", function.args.kw_defaults)):
            for index, value in enumerate(values):
                if value is not None:
                    self._expression(function.args, name, index, value, function)

    def _children(self, node: ast.AST, statement: ast.stmt) -> None:
        """Look at the expressions of a node, and at the statements that it holds."""
        for name, value in ast.iter_fields(node):
            if name in {"annotation", "returns", "type_params", "targets", "target", "ctx", "op", "ops"}:
                continue
            if isinstance(value, ast.AST):
                self._node(node, name, None, value, statement)
            elif isinstance(value, list):
                if value and isinstance(value[0], ast.stmt):
                    self._body(value)
                    continue
                for index, item in enumerate(value):
                    if isinstance(item, ast.AST):
                        self._node(node, name, index, item, statement)

    def _node(self, parent: ast.AST, field: str, index: int | None, node: ast.AST, statement: ast.stmt) -> None:
        if isinstance(node, ast.expr):
            self._expression(parent, field, index, node, statement)
        elif isinstance(node, ast.match_case):
            self._children(node, node.body[0])
        else:
            self._children(node, statement)

    def _expression(self, parent: ast.AST, field: str, index: int | None, node: ast.expr, statement: ast.stmt) -> None:
        tests = isinstance(parent, ast.If | ast.While | ast.IfExp | ast.comprehension | ast.match_case)
        for new in _otherwise(node, is_condition=tests and field in {"test", "ifs", "guard"}):
            self._note(node, parent, field, index, new, statement)
        self._children(node, statement)

    def _note(
        self, node: ast.AST, parent: ast.AST, field: str, index: int | None, new: ast.AST, statement: ast.stmt
    ) -> None:
        ast.copy_location(new, node)
        ast.fix_missing_locations(new)
        line: int = getattr(node, "lineno", statement.lineno)
        end: int = getattr(node, "end_lineno", line) or line
        if isinstance(statement, _SIMPLE):
            # The lines that are seen to run are those of the whole statement.
            line_from, line_to = statement.lineno, statement.end_lineno or end
        else:
            line_from, line_to = line, end
        function, function_line = self._function or (None, line_from)
        self.found.append(
            Mutant(
                line=line_from,
                end_line=line_to,
                column=getattr(node, "col_offset", 0),
                before=ast.unparse(node),
                after=ast.unparse(new),
                function=function,
                function_line=function_line,
                place=parent,
                field=field,
                index=index,
                new=new,
                statement=statement,
            )
        )


class _Holder(ast.AST):
    """A list of statements, as something that has it in a field."""

    def __init__(self, items: list[ast.stmt]) -> None:
        super().__init__()
        self.items = items


def put(mutant: Mutant, node: ast.AST | None = None) -> ast.AST:
    """Put the change (or a node, to take it back) into the tree; return what was there."""
    value = mutant.new if node is None else node
    if mutant.index is None:
        before: ast.AST = getattr(mutant.place, mutant.field)
        setattr(mutant.place, mutant.field, value)
        return before
    items = getattr(mutant.place, mutant.field)
    before = items[mutant.index]
    items[mutant.index] = value
    return before


def _left_out(statement: ast.stmt) -> ast.stmt | None:
    """Return what stands for a statement that is not done."""
    match statement:
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Continue() | ast.Break():
            return ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            return ast.Pass()
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            return ast.Return(value=ast.Constant(value=None))
    return None


def _otherwise(node: ast.expr, *, is_condition: bool) -> Iterable[ast.expr]:
    match node:
        case ast.Compare():
            for place, operator in enumerate(node.ops):
                ops = list(node.ops)
                ops[place] = _COMPARE[type(operator)]()
                yield ast.Compare(left=node.left, ops=ops, comparators=node.comparators)
        case ast.BinOp() if type(node.op) in _ARITHMETIC:
            yield ast.BinOp(left=node.left, op=_ARITHMETIC[type(node.op)](), right=node.right)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.BoolOp():
            for place in range(len(node.values)):
                rest = node.values[:place] + node.values[place + 1 :]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op=node.op, values=rest)
        case ast.IfExp():
            yield node.body
            yield node.orelse
        case ast.Constant():
            yield from _other_constant(node.value)
        case ast.Call():
            yield from _other_calls(node)
        case ast.Name() | ast.Attribute() if is_condition:
            yield ast.UnaryOp(op=ast.Not(), operand=node)
    if is_condition and isinstance(node, ast.Call | ast.NamedExpr):
        yield ast.UnaryOp(op=ast.Not(), operand=node)


def _other_constant(value: object) -> Iterable[ast.expr]:
    match value:
        case bool():
            yield ast.Constant(value=not value)
        case int():
            yield ast.Constant(value=value + 1)
        case float():
            yield ast.Constant(value=value * 1.25 + 0.25)
        case str() if value:
            yield ast.Constant(value=f"XX{value}")


def _other_calls(node: ast.Call) -> Iterable[ast.expr]:
    if isinstance(node.func, ast.Name) and node.func.id in _TWINS:
        other = copy(node)
        other.func = ast.Name(id=_TWINS[node.func.id], ctx=ast.Load())
        yield other
    for place, keyword in enumerate(node.keywords):
        if keyword.arg is not None:
            yield ast.Call(func=node.func, args=node.args, keywords=node.keywords[:place] + node.keywords[place + 1 :])
