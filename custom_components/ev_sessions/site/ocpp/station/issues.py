"""What the owner of one station can mend, as issues that come and go with their cause."""

from homeassistant.core import callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from ...config.password_due import PasswordDue
from ...issues import IssueBook

#: So many wrong passwords are no slip any more.
_WRONG_TIMES = 3
#: A clock that is off by more than this is wrong: every message may be dated by it.
_CLOCK_WRONG_S = 120.0


class StationIssues:
    """The issues of one station."""

    def __init__(self, book: IssueBook, *, charger_id: str, name: str) -> None:
        self._book = book
        self._charger_id = charger_id
        self._name = name
        self._wrong = 0
        self._newest: str | None = None

    def _place(self, key: str) -> str:
        return f"{key}_{self._charger_id}"

    @callback
    def refused(self, address: str) -> None:
        """Count that somebody came without its password, or with a wrong one."""
        self._wrong += 1
        if self._wrong >= _WRONG_TIMES:
            self._tell("ocpp_password_wrong", ir.IssueSeverity.ERROR, address=address)

    @callback
    def let_in(self) -> None:
        """Take back what was told of its password."""
        self._wrong = 0
        self._book.close(self._place("ocpp_password_wrong"))

    @callback
    def password(self, *, taken: bool) -> None:
        """Tell whether it has taken its new password."""
        self._state("ocpp_password_not_taken", there=not taken)

    @callback
    def password_due(self, due: PasswordDue | None) -> None:
        """Tell that it still comes without its password; None: that it does not, or is about to be told it."""
        until = "" if due is None else dt_util.as_local(due.until).strftime("%Y-%m-%d %H:%M")
        address = "" if due is None else due.address
        self._state("ocpp_password_due", there=due is not None, until=until, address=address)

    @callback
    def metering(self, *, refused: bool) -> None:
        """Tell whether it refuses to meter."""
        self._state("ocpp_no_metering", there=refused)

    @callback
    def clock(self, drift_s: float | None) -> None:
        """Tell whether its clock is wrong."""
        wrong = drift_s is not None and abs(drift_s) > _CLOCK_WRONG_S
        self._state("ocpp_clock_wrong", there=wrong, minutes=f"{abs(drift_s or 0) / 60:.0f}")

    @callback
    def version(self, now: str, before: str | None) -> None:
        """Tell whether it speaks an older version than before, until it speaks that again or its site starts anew."""
        newest = max((one for one in (now, before, self._newest) if one is not None), key=_number)
        self._newest = newest
        self._state("ocpp_version_downgraded", there=now != newest, now=now, before=newest)

    @callback
    def unknown_evse(self, evse: int) -> None:
        """Tell that it has an EVSE that the charger is not configured with."""
        self._tell("ocpp_more_evses", ir.IssueSeverity.WARNING, evse=str(evse))

    def _state(self, key: str, *, there: bool, **placeholders: str) -> None:
        if there:
            self._tell(key, ir.IssueSeverity.WARNING, **placeholders)
        else:
            self._book.close(self._place(key))

    def _tell(self, key: str, severity: ir.IssueSeverity, **placeholders: str) -> None:
        self._book.tell(self._place(key), key, severity, name=self._name, **placeholders)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
