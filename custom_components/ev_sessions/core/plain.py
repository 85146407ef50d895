"""Frozen records as JSON text and back, by their type hints."""

from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import cache
import json
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints


def to_plain(record: object, version: int) -> str:
    """Return a dataclass instance as JSON text; fields at their defaults are left out."""
    return json.dumps({"version": version, **_plain(record)}, separators=(",", ":"))


def from_plain[T](kind: type[T], text: str, version: int) -> T:
    """Return the instance of `kind` that a text stands for; ValueError where it does not."""
    try:
        data = json.loads(text)
        known = data.pop("version") == version
        made: T | None = _made(kind, data) if known else None
    except (AttributeError, KeyError, TypeError, ValueError) as err:
        raise ValueError(f"not a {kind.__name__}: {err}") from err
    if made is None:
        raise ValueError(f"a {kind.__name__} of another version than {version}")
    return made


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {
            name: _plain(part) for name, default in _names(type(value)) if (part := getattr(value, name)) != default
        }
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, frozenset):
        return sorted(_plain(part) for part in value)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _made(kind: Any, data: Any) -> Any:
    """Return what plain data is as an instance of a type hint."""
    if isinstance(kind, UnionType):
        if data is None:
            return None
        kind = next(part for part in get_args(kind) if part is not NoneType)
    if (many := get_origin(kind)) in {tuple, frozenset}:
        return many(_made(get_args(kind)[0], part) for part in data)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        return kind(**{name: _made(hints[name], part) for name, part in data.items()})
    if issubclass(kind, datetime):  # not "is": tests freeze the time with a subclass
        return datetime.fromisoformat(data)
    if kind is Decimal or issubclass(kind, Enum):
        return kind(data)
    return data


@cache
def _names(kind: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, field.default) for field in fields(kind))


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
