"""What the words beside sampled values say: a station sends the same dozens in each of its reports."""

from collections.abc import Callable, Mapping
from typing import Any, Final

#: Of a sampled value: measurand, unit, multiplier, phase and location.
type Words = tuple[str | None, str | None, int, str | None, str | None]

#: A house has some dozens. A station is a stranger: what is longer, or beyond so many, is read anew each time.
_MOST: Final = 1024
_LONGEST: Final = 64


class KnownWords:
    """Reads the words of sampled values, each only once."""

    def __init__(self, read: Callable[[Mapping[str, Any]], Words]) -> None:
        self._read = read
        self._known: dict[tuple[object, ...], Words] = {}

    def of(self, value: Mapping[str, Any], told: tuple[object, ...]) -> Words:
        """Return the words of a value; `told` is all of it that they follow from, as it was sent."""
        try:
            known = self._known.get(told)
        except TypeError:  # a list or an object where a word should be
            return self._read(value)
        if known is None:
            known = self._read(value)
            # Of a truth value and a number, Python takes one for the other.
            if all(word is None or (isinstance(word, str) and len(word) <= _LONGEST) for word in told):
                if len(self._known) >= _MOST:
                    self._known.clear()
                self._known[told] = known
        return known
