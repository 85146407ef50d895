"""What happens to sessions, as lines of the logbook: "Garage finished charging: 12.3 kWh, 3.10 EUR".

The logbook makes texts of events on the bus only, never of what an event entity tells; so
those that are worth a line are fired there as well.
"""

from collections.abc import Callable
from typing import Any

from homeassistant.components.logbook.const import LOGBOOK_ENTRY_ENTITY_ID, LOGBOOK_ENTRY_MESSAGE, LOGBOOK_ENTRY_NAME
from homeassistant.const import ATTR_ENTITY_ID, ATTR_NAME
from homeassistant.core import Event, HomeAssistant, callback

from .const import DOMAIN, EVENT_SESSION
from .site.wording import happening_text


@callback
def async_describe_events(
    hass: HomeAssistant, async_describe_event: Callable[[str, str, Callable[[Event], dict[str, Any]]], None]
) -> None:
    """Offer texts for our events."""

    @callback
    def describe(event: Event) -> dict[str, Any]:
        return {
            LOGBOOK_ENTRY_NAME: event.data.get(ATTR_NAME, "EV Sessions"),
            LOGBOOK_ENTRY_MESSAGE: happening_text(hass, event.data),
            LOGBOOK_ENTRY_ENTITY_ID: event.data.get(ATTR_ENTITY_ID),
        }

    async_describe_event(DOMAIN, EVENT_SESSION, describe)
