"""Settings of OCPP 1.6: configuration keys."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, override

from ....core.station.radio import signal_in
from .calls import Calls
from .dialect import Dialect, Written
from .settings import KEYS, Setting
from .told import Readout, Told, number_of, switch_of

#: How many keys are asked for at once where the station does not say how many it takes.
_SLICE: Final = 10
_MOST_SLICE: Final = 50

_ANSWERS: Final = {
    "accepted": Written.ACCEPTED,
    "rebootrequired": Written.REBOOT,
    "rejected": Written.REJECTED,
    "notsupported": Written.UNSUPPORTED,
}


class Dialect16(Dialect):
    """The configuration keys of one station. `vendor_keys` are a vendor's own, by the setting they stand for."""

    def __init__(self, calls: Calls, vendor_keys: Mapping[str, str]) -> None:
        self._calls = calls
        self._keys = {**KEYS, **{Setting(setting): key for setting, key in vendor_keys.items()}}
        self._slice = _SLICE

    @override
    def name(self, setting: Setting) -> str | None:
        return self._keys.get(setting)

    @override
    async def async_read(self) -> Readout:
        found = _Answers()
        # No list at all asks for everything, of which many stations tell no more than they can at once.
        found.add(await self._calls.async_ask("GetConfiguration", {}))
        limit = found.told.get(KEYS[Setting.KEYS_PER_GET].lower())
        if limit is not None and (told := number_of(limit.value)):
            self._slice = max(1, min(told, _MOST_SLICE))
        await self._async_ask_for(found, [key for key in self._keys.values() if not found.knows(key)])
        by_key = {key.lower(): setting for setting, key in self._keys.items()}
        return Readout(
            told={by_key[key]: told for key, told in found.told.items() if key in by_key},
            unknown=frozenset(by_key[key] for key in found.unknown if key in by_key),
            signal_dbm=signal_in({key: told.value for key, told in found.told.items()}),
        )

    @override
    async def async_reread(self, names: Sequence[str]) -> Mapping[str, Told]:
        found = _Answers()
        await self._async_ask_for(found, list(names))
        return {name: found.told[name.lower()] for name in names if name.lower() in found.told}

    @override
    async def async_write(self, values: Mapping[str, str]) -> Mapping[str, Written]:
        written: dict[str, Written] = {}
        for key, value in values.items():
            answer = await self._calls.async_ask("ChangeConfiguration", {"key": key, "value": value})
            written[key] = Written.UNANSWERED if answer is None else _written(answer.get("status"))
        return written

    async def _async_ask_for(self, found: _Answers, keys: list[str]) -> None:
        """Ask for keys in slices; a slice that is answered with an error is asked for in halves."""
        slices = [keys[start : start + self._slice] for start in range(0, len(keys), self._slice)]
        while slices:
            asked = slices.pop(0)
            answer = await self._calls.async_ask("GetConfiguration", {"key": asked})
            if answer is not None:
                if found.add(answer) - {key.lower() for key in asked}:
                    # It tells all that it has, whatever it is asked for.
                    return
            elif len(asked) > 1:
                half = len(asked) // 2
                slices[:0] = [asked[:half], asked[half:]]


class _Answers:
    """What the answers of a station told, by lower-case keys: many stations do not spell as they were asked."""

    def __init__(self) -> None:
        self.told: dict[str, Told] = {}
        self.unknown: set[str] = set()

    def knows(self, key: str) -> bool:
        return key.lower() in self.told or key.lower() in self.unknown

    def add(self, answer: Mapping[str, Any] | None) -> set[str]:
        """Take in an answer and return the keys that it told."""
        if answer is None:
            return set()
        told: dict[str, Told] = {}
        for one in _list(answer.get("configurationKey")):
            if isinstance(one, Mapping) and isinstance(key := one.get("key"), str):
                value = one.get("value")
                told[key.lower()] = Told(
                    value=None if value is None else str(value),
                    read_only=switch_of(str(one.get("readonly", ""))) is True,
                )
        self.told |= told
        self.unknown |= {key.lower() for key in _list(answer.get("unknownKey")) if isinstance(key, str)}
        self.unknown -= self.told.keys()
        return set(told)


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


def _written(status: Any) -> Written:
    return _ANSWERS.get(str(status).lower(), Written.UNANSWERED)
