"""Where the sessions of one EVSE are seen: what is not kept yet is not shown, and nothing is made unasked."""

from collections.abc import Callable

from homeassistant.core import callback

from ...core.sessions.session import SessionStatus
from .live_sessions import LiveSessions
from .shown import Shown


class Window:
    """Shows the sessions as they are when somebody looks.

    While `is_held_back`, what was shown last stays. `changed` is told that there is something else to see.
    """

    def __init__(
        self,
        sessions: LiveSessions,
        *,
        register_mwh: Callable[[], int | None],
        is_held_back: Callable[[], bool],
        changed: Callable[[], None],
    ) -> None:
        self._sessions = sessions
        self._register_mwh = register_mwh
        self._is_held_back = is_held_back
        self._changed = changed
        self._shown: Shown | None = None  # until they have begun
        self._is_stale = False

    @callback
    def async_changed(self) -> None:
        """Have the sessions shown anew, as soon as that may be seen."""
        if self._is_held_back():
            return
        self._is_stale = True
        self._changed()

    @property
    def shown(self) -> Shown | None:
        """What is shown of the sessions; None until they have begun."""
        if self._is_stale and not self._is_held_back():
            self._is_stale = False
            self._shown = self._sessions.shown(self._register_mwh())
        return self._shown

    @property
    def has_begun(self) -> bool:
        """Whether there is anything to show."""
        return self._is_stale or self._shown is not None

    @property
    def to_show(self) -> tuple[str, SessionStatus] | None:
        """The session that is to be shown, and where it stands."""
        if self._is_stale and not self._is_held_back():
            going = self._sessions.going
            return None if going is None else (going.session.id, going.session.status)
        session = None if self._shown is None else self._shown.session
        return None if session is None else (session.id, session.status)
