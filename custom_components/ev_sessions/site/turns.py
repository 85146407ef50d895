"""Work for each of many, done so that the loop gets to other things in between."""

from collections.abc import Callable, Sequence
from functools import partial

from homeassistant.core import HomeAssistant, callback

#: So many are done before anything else has its turn; each takes a fraction of a millisecond.
AT_ONCE = 10


@callback
def async_in_turns[ItemT](hass: HomeAssistant, items: Sequence[ItemT], work: Callable[[ItemT], None]) -> None:
    """Do the work for each: for the first at once, for the others behind what waits already."""
    for item in items[:AT_ONCE]:
        work(item)
    if rest := items[AT_ONCE:]:
        hass.loop.call_soon(partial(async_in_turns, hass, rest, work))
