"""What the recorder remembers of a price entity, for the time in which nobody of us looked."""

from datetime import UTC, datetime
from decimal import Decimal
import logging

from homeassistant.components.recorder import history
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.recorder import DATA_INSTANCE, get_instance
from sqlalchemy.exc import SQLAlchemyError

from ..core.prices.price import PriceSample, SampleKind
from .quote import quote

_LOGGER = logging.getLogger(__name__)


async def async_price_history(
    hass: HomeAssistant,
    entity_id: str,
    start: datetime,
    end: datetime,
    *,
    currency: str,
    unit: str | None = None,
) -> tuple[PriceSample, ...]:
    """Return the prices that the entity showed in [start, end), the one at the start included.

    `unit` stands in for the entity's own. States that are no price say nothing here: around
    a restart every entity is unavailable for a while, and its price goes on. Without a
    recorder, where it leaves the entity out, and once it has stopped, there is nothing.
    """
    if DATA_INSTANCE not in hass.data or start >= end:
        return ()
    try:
        states = await get_instance(hass).async_add_executor_job(_states, hass, entity_id, start, end)
    except (RuntimeError, SQLAlchemyError) as err:
        # Home Assistant stops: its recorder does before whoever asks it. The next start asks again.
        _LOGGER.debug("The recorder does not tell what %s was: %s", entity_id, err)
        return ()
    samples: list[PriceSample] = []
    for state in states:
        price = quote(state, currency=currency, unit=unit)
        if not isinstance(price, Decimal) or (samples and samples[-1].price_per_kwh == price):
            continue
        at = max(state.last_changed, start).astimezone(UTC)
        samples.append(PriceSample(at=at, price_per_kwh=price, kind=SampleKind.HISTORY))
    return tuple(samples)


def _states(hass: HomeAssistant, entity_id: str, start: datetime, end: datetime) -> list[State]:
    found = history.state_changes_during_period(hass, start, end, entity_id)
    return found.get(entity_id.lower(), [])
