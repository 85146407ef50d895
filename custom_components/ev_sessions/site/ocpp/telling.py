"""What a station told of one EVSE, led into its sessions; what is shown follows at a pace that a person can see."""

from collections.abc import Callable

from homeassistant.core import HomeAssistant, callback

from ...core.reading import EvseReading
from ...core.station.log import Told
from ..evse import EvseRuntime
from ..pace import Pace


class EvseTelling:
    """Leads readings into one EVSE: each of them into its sessions, and the newest to who shows and balances it.

    What opens or closes something, or changes what the car does, is shown at once.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        evse: EvseRuntime,
        *,
        observe: Callable[[EvseReading], None],
        show_site: Callable[[], None],
    ) -> None:
        self.evse = evse
        self._observe = observe
        self._show_site = show_site
        self._readings = Pace(hass, evse.async_follow)
        self._views = Pace(hass, show_site)

    @callback
    def async_told(self, told: Told, *, online: bool) -> bool:
        """Take what was told; return whether it was more than another sample."""
        evse = self.evse
        before = self._seen
        for reading in told.readings:
            evse.async_hear(reading, online=online)
        if told.retold:
            evse.async_hear_again(told.retold, online=online)
        self._observe(evse.reading)
        matters = self._seen != before or bool(told.changes or told.retold or told.past)
        if matters:
            self._readings.async_do()
        else:
            self._readings.async_ask()
        return matters

    @property
    def _seen(self) -> tuple[object, ...]:
        evse = self.evse
        reading, session = evse.reading, evse.recorder.tracker.current
        return (
            evse.online,
            evse.recorder.tracker.activity,
            reading.connected,
            reading.state,
            reading.limit_a,
            reading.phases,
            None if session is None else session.id,
        )

    @callback
    def async_shown_changed(self) -> None:
        """Show the site anew: at once where another session is shown, or it stands elsewhere."""
        shown, view = self.evse.recorder.shown, self.evse.view
        session = None if shown is None else shown.session
        now = None if session is None else (session.id, session.status)
        before = None if view.session is None else (view.session.id, view.session.status)
        if now != before:
            self._views.async_do()
        else:
            self._views.async_ask()

    @callback
    def async_stop(self) -> None:
        """Show nothing more."""
        self._readings.async_stop()
        self._views.async_stop()
