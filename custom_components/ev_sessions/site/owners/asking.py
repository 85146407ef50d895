"""Asking a person whose session it is: on their phone where one was chosen, else by a note in Home Assistant."""

from collections.abc import Awaitable, Callable, Sequence
import logging
from typing import Any, Final

from homeassistant.components import persistent_notification
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceNotFound
from homeassistant.util import dt as dt_util
import probatio as vol

from ...const import DOMAIN
from ..whose.garage import Garage
from ..whose.whose import Question
from ..wording import ask_text

_LOGGER = logging.getLogger(__name__)

#: What the phone app says when a person taps a button.
_TAPPED: Final = "mobile_app_notification_action"
#: Phones show three buttons, some up to ten.
_MOST_BUTTONS: Final = 10
#: So many questions are held; who does not answer is not waited for.
_MOST_OPEN: Final = 50

type Answer = Callable[[str, str | None, str | None], Awaitable[None]]


class Asker:
    """Asks on a notify action of the owner's choice, and takes the answer.

    `answer` is given the session, the vehicle and the user who tapped.
    """

    def __init__(
        self, hass: HomeAssistant, garage: Garage, *, notify: str | None, answer: Answer, run: Callable[..., None]
    ) -> None:
        self._hass = hass
        self._garage = garage
        self._notify = notify
        self._answer = answer
        self._run = run
        self._open: dict[str, Sequence[str]] = {}

    @callback
    def async_listen(self) -> CALLBACK_TYPE:
        """Listen to answers until the returned is called; what is asked stays to be read."""
        return self._hass.bus.async_listen(_TAPPED, self._tapped)

    @callback
    def async_ask(self, question: Question) -> None:
        """Ask whose a session is."""
        vehicles = self._garage.vehicles[:_MOST_BUTTONS]
        self._open[question.session_id] = [one.id for one in vehicles]
        while len(self._open) > _MOST_OPEN:
            del self._open[next(iter(self._open))]
        self._run(self._async_ask(question, [one.config.name for one in vehicles]), "question")

    async def _async_ask(self, question: Question, names: Sequence[str]) -> None:
        local = dt_util.as_local(question.started_at).strftime("%H:%M")
        title, said = ask_text(self._hass, charger=question.charger, time=local, vehicles=", ".join(names))
        actions = [{"action": _action(question.session_id, place), "title": name} for place, name in enumerate(names)]
        data = {"tag": _tag(question.session_id), "actions": actions}
        if self._notify is not None and await self._async_notify(title=title, message=said, data=data):
            return
        persistent_notification.async_create(self._hass, said, title, _tag(question.session_id))

    @callback
    def async_answered(self, session_id: str) -> None:
        """Take back a question that needs no answer any more."""
        if self._open.pop(session_id, None) is None:
            return
        persistent_notification.async_dismiss(self._hass, _tag(session_id))
        if self._notify is not None:
            gone = self._async_notify(message="clear_notification", data={"tag": _tag(session_id)})
            self._run(gone, "question")

    async def _async_notify(self, **said: Any) -> bool:
        """Send to the owner's phone; return whether it was taken."""
        domain, _, name = (self._notify or "").partition(".")
        try:
            await self._hass.services.async_call(domain, name, said, blocking=True)
        except (HomeAssistantError, ServiceNotFound, vol.Invalid) as err:
            _LOGGER.warning("%s took no question, it is asked in Home Assistant instead: %s", self._notify, err)
            return False
        return True

    @callback
    def _tapped(self, event: Event[Any]) -> None:
        """Take an answer, once: the buttons of a question that is over do nothing."""
        prefix, _, rest = str(event.data.get("action", "")).partition("|")
        session_id, _, place = rest.partition("|")
        vehicles = self._open.get(session_id)
        if prefix != DOMAIN or vehicles is None or not place.isdecimal() or int(place) >= len(vehicles):
            return
        self._run(self._answer(session_id, vehicles[int(place)], event.context.user_id), "answer")


def _action(session_id: str, place: int) -> str:
    return f"{DOMAIN}|{session_id}|{place}"


def _tag(session_id: str) -> str:
    return f"{DOMAIN}_whose_{session_id}"
