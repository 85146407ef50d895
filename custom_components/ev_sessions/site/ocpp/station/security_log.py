"""What was told of the security of a station: by itself, and by what those did who came in its name."""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

#: The key of a charger's settings under which the ledger has it.
SECURITY_LOG: Final = "security_log"
_MOST: Final = 100
_LONGEST: Final = 255
#: Events that follow each other are written together; who sends many must not wear out the disk.
_KEEP_S: Final = 60.0
_AT, _TYPE, _DETAIL, _TIMES = "at", "type", "detail", "times"

type _Event = dict[str, Any]


class SecurityLog:
    """The last hundred events that a station told, and the last hundred attempts, the same ones counted together.

    Whoever tries for hours does not push out what the station has told. `keep` writes it.
    """

    def __init__(self, hass: HomeAssistant, kept: object, keep: Callable[[list[_Event]], None]) -> None:
        self._hass = hass
        self._keep = keep
        self._told: deque[_Event] = deque(maxlen=_MOST)
        self._attempts: OrderedDict[tuple[str, str], _Event] = OrderedDict()
        self._later: CALLBACK_TYPE | None = None
        self._dirty = False
        for event in _readable(kept):
            self._take(event)

    def __len__(self) -> int:
        return len(self._told) + len(self._attempts)

    @callback
    def async_told(self, at: datetime, kind: str, detail: str) -> None:
        """Take what the station told; it is a stranger, so its words are cut."""
        self._take({_AT: at.isoformat(), _TYPE: kind[:_LONGEST], _DETAIL: detail[:_LONGEST]})
        self._async_changed()

    @callback
    def async_attempted(self, at: datetime, kind: str, detail: str) -> None:
        """Take what somebody tried in the name of the station."""
        before = self._attempts.get((kind, detail[:_LONGEST]), {_TIMES: 0})
        self._take({_AT: at.isoformat(), _TYPE: kind, _DETAIL: detail[:_LONGEST], _TIMES: before[_TIMES] + 1})
        self._async_changed()

    @callback
    def async_stop(self) -> None:
        """Write what is not written yet."""
        if self._later is not None:
            self._later()
            self._later = None
        self._write()

    def to_json(self) -> list[_Event]:
        """Return the events, oldest first; `times` stands with attempts only."""
        return sorted((*self._told, *self._attempts.values()), key=lambda event: str(event[_AT]))

    def _take(self, event: _Event) -> None:
        if _TIMES not in event:
            self._told.append(event)
            return
        key = (event[_TYPE], event[_DETAIL])
        self._attempts[key] = event
        self._attempts.move_to_end(key)
        while len(self._attempts) > _MOST:
            self._attempts.popitem(last=False)

    @callback
    def _async_changed(self, _now: datetime | None = None) -> None:
        """Write at once what comes alone, and what follows within a minute together."""
        self._dirty = True
        if self._later is None:
            self._write()
            self._later = async_call_later(self._hass, _KEEP_S, self._async_kept)

    @callback
    def _async_kept(self, _now: datetime) -> None:
        self._later = None
        if self._dirty:
            self._async_changed()

    def _write(self) -> None:
        if self._dirty:
            self._dirty = False
            self._keep(self.to_json())


def _readable(kept: object) -> Iterable[_Event]:
    for event in kept if isinstance(kept, list) else ():
        if isinstance(event, dict) and all(isinstance(event.get(name), str) for name in (_AT, _TYPE, _DETAIL)):
            known = {name: event[name] for name in (_AT, _TYPE, _DETAIL)}
            times = event.get(_TIMES)
            yield {**known, _TIMES: times} if isinstance(times, int) else known
