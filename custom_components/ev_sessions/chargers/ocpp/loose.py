"""Reading what a station sent: a stranger's JSON, in which anything may be missing or something else."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

#: No text of ours is longer, but for signed values.
_LONGEST: Final = 2_500
_EMPTY: Final[Mapping[str, Any]] = {}


def text_of(payload: Mapping[str, Any], key: str, longest: int = _LONGEST) -> str | None:
    """Return a text, or a number as text; None where it is empty, too long or something else."""
    value = payload.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        value = str(value)
    return None if len(value) > longest else value.strip() or None


def whole_of(payload: Mapping[str, Any], key: str) -> int | None:
    """Return a whole number, also one that was sent as text; None where it is none."""
    value = payload.get(key)
    if isinstance(value, str) and len(value) <= 20:
        try:
            return int(value)
        except ValueError:
            return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def record_of(payload: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return an object; an empty one where it is none."""
    value = payload.get(key)
    return value if isinstance(value, dict) else _EMPTY


def records_of(payload: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    """Return the objects of a list; one that stands alone is a list of one."""
    value = payload.get(key)
    if isinstance(value, dict):
        return (value,)
    return [record for record in value if isinstance(record, dict)] if isinstance(value, list) else ()
