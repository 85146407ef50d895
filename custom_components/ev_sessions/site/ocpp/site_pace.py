"""What all stations of a site share: it is shown and balanced once for all that they tell in a second."""

from collections.abc import Callable

from homeassistant.core import HomeAssistant, callback

from ..pace import Pace


class SitePace:
    """Shows and balances a site. Each looks at every EVSE: done for each one's news, it would take their square."""

    def __init__(self, hass: HomeAssistant, *, show: Callable[[], None], balance: Callable[[], None]) -> None:
        self.show = Pace(hass, show)
        self.balance = Pace(hass, balance)

    @callback
    def async_end(self) -> None:
        """Do no more, whatever is asked for."""
        self.show.async_end()
        self.balance.async_end()
