"""What a station tells of its settings, and how its words are understood."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from .settings import Setting

_YES: Final = frozenset({"true", "1", "yes", "on"})
_NO: Final = frozenset({"false", "0", "no", "off"})


class Kind(StrEnum):
    """What a value is, which decides when two texts are the same."""

    TEXT = "text"
    NUMBER = "number"
    SWITCH = "switch"
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The value of a setting, as text; None where it is not told. `choices` are all that it may be, where it says."""

    value: str | None
    read_only: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Readout:
    """All that a station told. `unknown` are settings that it says it has not.

    `connectors` are those of each EVSE, where the station shows them, `signal_dbm` how strong its radio
    hears the network, where a setting of its brand tells.
    """

    told: Mapping[Setting, Told] = field(default_factory=dict)
    unknown: frozenset[Setting] = frozenset()
    connectors: tuple[int, ...] = ()
    signal_dbm: float | None = None

    def value(self, setting: Setting) -> str | None:
        """Return the value; None where it is not told."""
        told = self.told.get(setting)
        return None if told is None else told.value

    def number(self, setting: Setting) -> int | None:
        """Return the value as a whole number; None where it is none."""
        return number_of(self.value(setting))

    def switch(self, setting: Setting) -> bool | None:
        """Return the value as yes or no; None where it is neither."""
        return switch_of(self.value(setting))

    def items(self, setting: Setting) -> tuple[str, ...]:
        """Return the value as a list."""
        return items_of(self.value(setting))

    def refuses(self, setting: Setting) -> bool:
        """Tell whether there is no point in setting it."""
        told = self.told.get(setting)
        return setting in self.unknown or (told is not None and told.read_only)


def number_of(text: str | None) -> int | None:
    """Return a whole number; some stations write `10.0`, or ` 10 s`."""
    first = (text or "").split()[:1]
    try:
        return int(float(first[0])) if first else None
    except OverflowError, ValueError:
        return None


def switch_of(text: str | None) -> bool | None:
    """Return yes or no."""
    word = (text or "").strip().lower()
    return True if word in _YES else False if word in _NO else None


def items_of(text: str | None) -> tuple[str, ...]:
    """Return the items of a list, each once; some stations quote them."""
    items = (item.strip(" '\"") for item in (text or "").split(","))
    return tuple(dict.fromkeys(item for item in items if item))


def joined(items: Iterable[str]) -> str:
    """Return a list as OCPP writes it."""
    return ",".join(items)


def same(kind: Kind, one: str | None, other: str | None) -> bool:
    """Tell whether two texts mean the same value."""
    if one is None or other is None:
        return False
    if kind is Kind.NUMBER:
        return number_of(one) is not None and number_of(one) == number_of(other)
    if kind is Kind.SWITCH:
        return switch_of(one) is not None and switch_of(one) is switch_of(other)
    if kind is Kind.LIST:
        return {item.lower() for item in items_of(one)} == {item.lower() for item in items_of(other)}
    return one.strip().lower() == other.strip().lower()
