"""What all stations of a site share: it is shown and balanced once for all that they tell in a second."""

from collections.abc import Callable

from homeassistant.core import HomeAssistant, callback

from ..pace import LEAST_S, Pace

#: So many EVSEs a second are shown anew; nobody follows more with his eyes, and each costs a dozen states.
_SHOWN_PER_S = 10


class SitePace:
    """Shows and balances a site. Each looks at every EVSE: done for each one's news, it would take their square.

    `least_s` is how long a sample of an EVSE may wait to be shown: a second, longer where there are many.
    """

    def __init__(
        self, hass: HomeAssistant, *, evses: int, show: Callable[[], None], balance: Callable[[], None]
    ) -> None:
        self.least_s = max(LEAST_S, evses / _SHOWN_PER_S)
        self.show = Pace(hass, show, least_s=self.least_s)
        self.balance = Pace(hass, balance, least_s=self.least_s)

    @callback
    def async_end(self) -> None:
        """Do no more, whatever is asked for."""
        self.show.async_end()
        self.balance.async_end()
