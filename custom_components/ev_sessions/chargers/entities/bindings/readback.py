"""An entity, or an attribute of one, that shows what was set where the command itself shows nothing."""

from decimal import Decimal

from homeassistant.const import STATE_OFF, STATE_ON, UnitOfElectricCurrent

from ....sources.reference import Reference
from ....sources.value import Quantity, measure, number, said
from .binding import Scene

_WORDS = {STATE_ON: True, STATE_OFF: False, "true": True, "false": False}


def parse_readback(text: str | None) -> Reference | None:
    """Read a reference, where there is one."""
    return None if text is None else Reference.parse(text)


def current_a(readback: Reference, scene: Scene) -> float | None:
    """Return the current that is shown, in A; an attribute without a unit is in A."""
    state = readback.of(scene.state_of(readback.entity_id), UnitOfElectricCurrent.AMPERE)
    value = measure(state, Quantity.CURRENT_A)
    return float(value) if isinstance(value, Decimal) else None


def plain_number(readback: Reference, scene: Scene) -> float | None:
    """Return the number that is shown, in whatever unit it is."""
    text = said(readback.of(scene.state_of(readback.entity_id)))
    value = None if text is None else number(text)
    return None if value is None else float(value)


def flag(readback: Reference, scene: Scene) -> bool | None:
    """Return whether it is on; None where it says neither."""
    text = said(readback.of(scene.state_of(readback.entity_id)))
    return _WORDS.get((text or "").casefold())


def shown_by(readback: Reference | None, otherwise: str | None = None) -> str | None:
    """Return the entity that shows what was set."""
    return otherwise if readback is None else readback.entity_id


def with_readback(entity_ids: tuple[str, ...], readback: Reference | None) -> tuple[str, ...]:
    """Return a binding's entities with the one that is read back, each once."""
    extra = () if readback is None else (readback.entity_id,)
    return tuple(dict.fromkeys((*entity_ids, *extra)))
