"""How strong a station's radio hears its network, where the station tells: each brand by a name of its own.

OCPP has no word for it. What is told in percent or as a class of quality is no strength and left alone.
"""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Final

#: In dBm: nothing is heard below, and a home has no radio at 0.
_LEAST_DBM: Final = -150.0
_MOST_NAMES: Final = 100


def signal_dbm(name: object, value: object) -> float | None:
    """Return the strength in dBm that a setting, a variable or a datum tells; None where it tells of something else."""
    word = "".join(letter for letter in str(name).lower() if letter.isalpha())
    if "rssi" not in word and not ("signal" in word and ("strength" in word or "level" in word or "dbm" in word)):
        return None
    first = str(value).lower().removesuffix("dbm").strip()
    try:
        strength_dbm = float(first)
    except ValueError:
        return None
    return strength_dbm if isfinite(strength_dbm) and _LEAST_DBM <= strength_dbm < 0 else None


def signal_in(data: object) -> float | None:
    """Return the strength that is somewhere in a vendor's data; None where there is none."""
    for name, value in _named(data):
        if (strength_dbm := signal_dbm(name, value)) is not None:
            return strength_dbm
    return None


def _named(data: object) -> Iterator[tuple[object, object]]:
    """Yield what is named in data, one level below another; a station is a stranger, so not without end."""
    waiting, count = [data], 0
    while waiting and count < _MOST_NAMES:
        one = waiting.pop()
        count += 1
        if isinstance(one, Mapping):
            yield from one.items()
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
