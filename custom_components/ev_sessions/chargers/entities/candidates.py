"""What Home Assistant's registries, states and history know of the entities that may make up a charger."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from homeassistant.components.recorder import history
from homeassistant.components.recorder.const import DOMAIN as RECORDER
from homeassistant.components.sensor.const import ATTR_OPTIONS
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, PERCENTAGE
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util, slugify

from ...sources.value import Quantity, said, unit_factor
from .bindings.binding import LimitRange
from .proposal import Candidate

#: A month has seen most of what a charger says; more rows than this are no status.
_HISTORY = timedelta(days=30)
_MOST_ROWS = 2000
#: A status has some dozens of words; what has more is free text.
MOST_WORDS = 60


@callback
def candidates_of_device(hass: HomeAssistant, device_id: str) -> list[Candidate]:
    """Return the enabled entities of a device as candidates for a charger's roles."""
    device = dr.async_get(hass).async_get(device_id)
    called = () if device is None else (device.name_by_user, device.name)
    device_names = [slugify(name) for name in called if name]
    entries = er.async_entries_for_device(er.async_get(hass), device_id)
    return [_candidate(hass, entry, device_names) for entry in entries]


def _candidate(hass: HomeAssistant, entry: er.RegistryEntry, device_names: Iterable[str]) -> Candidate:
    names = (
        entry.translation_key,
        entry.unique_id,
        entry.name or entry.original_name,
        entry.entity_id.partition(".")[2],
    )
    return Candidate(
        entity_id=entry.entity_id,
        names=tuple(_without(device_names, name) for name in names if name),
        integration=entry.platform,
        device_class=entry.device_class or entry.original_device_class,
        unit=unit_of(hass, entry.entity_id),
        options=options_of(hass, entry.entity_id),
        state=said(hass.states.get(entry.entity_id)),
    )


def _without(device_names: Iterable[str], name: str) -> str:
    """Return a name without its device's: a "House charger" has no house power."""
    slug = slugify(name)
    for device_name in device_names:
        slug = slug.removeprefix(device_name)
    # CamelCase tells words apart that a slug would join.
    return name if slug == slugify(name) else slug


@callback
def unit_of(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return an entity's unit, also while its integration has not started yet."""
    state = hass.states.get(entity_id)
    entry = er.async_get(hass).async_get(entity_id)
    of_entry = None if entry is None else entry.unit_of_measurement
    return of_entry if state is None else state.attributes.get(ATTR_UNIT_OF_MEASUREMENT, of_entry)


@callback
def options_of(hass: HomeAssistant, entity_id: str) -> tuple[str, ...]:
    """Return the words that an enumeration says it may say; none for free text."""
    return tuple(str(option) for option in _capability(hass, entity_id, ATTR_OPTIONS) or ())


@callback
def limit_range(
    hass: HomeAssistant, entity_id: str, *, unit: str | None = None, full_a: float | None = None
) -> LimitRange:
    """Return the range of a number that holds a limit; one without a unit is in A.

    `unit` stands in for the entity's own, `full_a` is what 100 % are. What a power is in A
    is not known here: of such a number only whether it pauses.
    """
    unit = unit or unit_of(hass, entity_id)
    least, greatest, step = (_number(_capability(hass, entity_id, name)) for name in ("min", "max", "step"))
    factor = _amperes_per(unit, full_a)
    if factor is None:
        return LimitRange(least_a=0.0 if least is not None and least <= 0 else None)
    least_a, greatest_a, step_a = (None if value is None else value * factor for value in (least, greatest, step))
    return LimitRange(least_a=least_a, greatest_a=greatest_a, step_a=step_a)


def _amperes_per(unit: str | None, full_a: float | None) -> float | None:
    if unit is None:
        return 1.0
    if unit == PERCENTAGE:
        return None if full_a is None else full_a / 100
    factor = unit_factor(Quantity.CURRENT_A, unit)
    return None if factor is None else float(factor)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


@callback
def binding_range(hass: HomeAssistant, binding: str | Mapping[str, Any] | None) -> LimitRange:
    """Return the range of what an EVSE's `limit` names: a number, options, or an action."""
    if binding is None:
        return LimitRange()
    if isinstance(binding, str):
        return limit_range(hass, binding)
    if binding["kind"] == "number":
        return limit_range(hass, binding["entity_id"], unit=binding.get("unit"), full_a=binding.get("full_a"))
    if binding["kind"] == "select":
        currents = [float(current_a) for current_a in binding["options"].values()]
        return LimitRange(least_a=min(currents), greatest_a=max(currents))
    return LimitRange(least_a=binding.get("min_a"), greatest_a=binding.get("max_a"), step_a=binding.get("step_a"))


def _capability(hass: HomeAssistant, entity_id: str, name: str) -> Any:
    """Return what an entity can do, as its state or, before its integration started, its entry says."""
    state = hass.states.get(entity_id)
    if state is not None and name in state.attributes:
        return state.attributes[name]
    entry = er.async_get(hass).async_get(entity_id)
    return None if entry is None else (entry.capabilities or {}).get(name)


@callback
def integration_of(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the domain of the integration that made an entity; None where that is not known."""
    entry = er.async_get(hass).async_get(entity_id)
    return None if entry is None else entry.platform


async def async_words_of(hass: HomeAssistant, entity_id: str) -> tuple[str, ...]:
    """Return the words that a status entity may say: its own list, or what was seen of it."""
    if options := options_of(hass, entity_id):
        return options[:MOST_WORDS]
    seen = [] if RECORDER not in hass.config.components else await _async_recorded(hass, entity_id)
    texts = (said(state) for state in (*seen, hass.states.get(entity_id)))
    return tuple(dict.fromkeys(text for text in texts if text is not None))[:MOST_WORDS]


async def _async_recorded(hass: HomeAssistant, entity_id: str) -> list[State]:
    def read(start: datetime) -> list[State]:
        changes = history.state_changes_during_period(
            hass, start, None, entity_id, no_attributes=True, descending=True, limit=_MOST_ROWS
        )
        return changes.get(entity_id, [])

    return await get_instance(hass).async_add_executor_job(read, dt_util.utcnow() - _HISTORY)
