"""What a station says is wrong, by the status of an EVSE and by events of its components, as its EVSEs show it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.core import callback

from ....chargers.ocpp.v2.problems import problems_of
from ....core.plain import from_plain, to_plain
from ....core.station.events import StatusTold
from ....core.station.problems import Problems
from ...view import Trouble
from .telling import EvseTelling

#: The key of a charger's settings under which the ledger has the problems of its components.
STATION_PROBLEMS: Final = "problems"
_VERSION: Final = 1


class Troubles:
    """The troubles of a station's EVSEs. A component's problem is told once, so `keep` writes it for the next start."""

    def __init__(self, kept: object, keep: Callable[[str], None]) -> None:
        self._keep = keep
        self._problems = _problems_from(kept)
        self._by_status: dict[int, Trouble | None] = {}
        self._tellings: Mapping[int, EvseTelling] = {}

    @callback
    def async_begin(self, tellings: Mapping[int, EvseTelling]) -> None:
        """Show them at these EVSEs from now on."""
        self._tellings = tellings
        self._async_show()

    @callback
    def async_status(self, status: StatusTold) -> None:
        """Take what a status tells; who told it shows it."""
        evse = status.evse or 0
        self._by_status[evse] = _trouble_of(status)
        if (telling := self._tellings.get(evse)) is not None:
            telling.evse.trouble = self._of(evse)

    @callback
    def async_event(self, payload: Mapping[str, Any]) -> None:
        """Take what a NotifyEvent tells."""
        problems = self._problems
        for told in problems_of(payload):
            problems = problems.told(told)
        self._take(problems)

    @callback
    def async_booted(self, _payload: Mapping[str, Any]) -> None:
        """Forget what was told before: a station that has started tells anew what is still so."""
        self._take(Problems())

    @callback
    def _take(self, problems: Problems) -> None:
        if problems == self._problems:
            return
        self._problems = problems
        self._keep(to_plain(problems, _VERSION))
        self._async_show()

    @callback
    def _async_show(self) -> None:
        for number, telling in self._tellings.items():
            telling.evse.trouble = self._of(number)
            telling.evse.async_refresh()

    def _of(self, evse: int) -> Trouble | None:
        """Return what is wrong with an EVSE: a broken component counts before what a status adds."""
        problem = self._problems.of(evse)
        if problem is None:
            return self._by_status.get(evse)
        code = f"{problem.component} {problem.variable}"
        return Trouble(code=code, vendor_code=problem.code, info=problem.info, is_fault=True)


def _problems_from(kept: object) -> Problems:
    if not isinstance(kept, str):
        return Problems()
    try:
        return from_plain(Problems, kept, _VERSION)
    except ValueError:
        # The station tells them anew when it starts.
        return Problems()


def _trouble_of(status: StatusTold) -> Trouble | None:
    if status.error is None and status.vendor_error is None:
        return None
    return Trouble(code=status.error or "OtherError", vendor_code=status.vendor_error, info=status.info)
