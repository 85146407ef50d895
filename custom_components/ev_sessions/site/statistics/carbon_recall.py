"""What the recorder knows of the grid's CO₂ intensity in times in which nobody of us looked."""

from datetime import UTC, datetime, timedelta
import logging
from typing import Final

from homeassistant.components.recorder import history
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.recorder import DATA_INSTANCE, get_instance
from sqlalchemy.exc import SQLAlchemyError

from ...core.statistics.carbon import IntensitySpan, QuarterIntensity, g_per_kwh, quarters_of, spans_of
from ...sources.value import number, said

_LOGGER = logging.getLogger(__name__)

#: Its statistics of five minutes, that it keeps for days, and of hours, that it keeps for ever.
_PERIODS: Final = ("hour", "5minute")


async def async_intensity_history(
    hass: HomeAssistant, entity_id: str, unit: str | None, start: datetime, end: datetime
) -> tuple[QuarterIntensity, ...]:
    """Return what is known of the quarter hours between two boundaries of such.

    The means of its statistics go first, which it makes only while it runs: of the five minutes, else of the hour.
    Where there are none, what the entity showed counts, for an hour at most. `unit` is that of the entity now.
    Without a recorder there is nothing.
    """
    if DATA_INSTANCE not in hass.data or start >= end:
        return ()
    try:
        return await get_instance(hass).async_add_executor_job(_quarters, hass, entity_id, unit, start, end)
    except (RuntimeError, SQLAlchemyError) as err:
        # Home Assistant stops: its recorder does before whoever asks it. The next start asks again.
        _LOGGER.debug("The recorder does not tell what %s was: %s", entity_id, err)
        return ()


def intensity_of(state: State) -> float | None:
    """Return what a state says in g/kWh; None where it is no intensity."""
    text = said(state)
    value = None if text is None else number(text)
    found = None if value is None else g_per_kwh(value, state.attributes.get(ATTR_UNIT_OF_MEASUREMENT))
    return None if found is None else float(found)


def _quarters(
    hass: HomeAssistant, entity_id: str, unit: str | None, start: datetime, end: datetime
) -> tuple[QuarterIntensity, ...]:
    # What changes at the very start of a span the recorder leaves out.
    since = start - timedelta(seconds=1)
    states = history.state_changes_during_period(hass, since, end, entity_id).get(entity_id.lower(), [])
    shown = [(max(state.last_changed, start).astimezone(UTC), intensity_of(state)) for state in states]
    found = {one.start: one for one in quarters_of(spans_of(shown, end), start, end)}
    for period in _PERIODS:
        spans = _means(hass, entity_id, unit, start, end, period)
        found |= {one.start: one for one in quarters_of(spans, start, end)}
    return tuple(found.values())


def _means(
    hass: HomeAssistant, entity_id: str, unit: str | None, start: datetime, end: datetime, period: str
) -> list[IntensitySpan]:
    rows = statistics_during_period(
        hass,
        start,
        end,
        {entity_id},
        period,  # type: ignore[arg-type]  # one of its own words
        None,
        {"mean"},
    ).get(entity_id, [])
    spans = []
    for row in rows:
        mean = number(str(row.get("mean")))
        intensity = None if mean is None else g_per_kwh(mean, unit)
        if intensity is not None:
            spans.append(
                IntensitySpan(
                    start=datetime.fromtimestamp(row["start"], UTC),
                    end=datetime.fromtimestamp(row["end"], UTC),
                    g_per_kwh=float(intensity),
                )
            )
    return spans
