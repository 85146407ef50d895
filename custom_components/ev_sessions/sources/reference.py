"""What is read of an entity: its state, or one of its attributes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, STATE_OFF, STATE_ON
from homeassistant.core import State

from .value import said

#: Stands between an entity, its attribute, and that one's unit.
ATTRIBUTE: Final = "|"
#: A state is no longer than this.
_MOST_CHARACTERS = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Written as `sensor.x`, `sensor.x|attribute` or `sensor.x|attribute|unit`."""

    entity_id: str
    attribute: str | None = None
    unit: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a reference as the configuration holds it."""
        entity_id, *attribute = text.split(ATTRIBUTE)
        return cls(
            entity_id=entity_id,
            attribute=attribute[0] if attribute else None,
            unit=attribute[1] if len(attribute) > 1 else None,
        )

    def of(self, state: State | None, unit: str | None = None) -> State | None:
        """Return what is referred to as a state of its own; an attribute without a unit is in `unit`.

        None where the attribute is not there, or its entity says nothing.
        """
        if self.attribute is None or state is None:
            return state
        value = state.attributes.get(self.attribute)
        if value is None or said(state) is None:
            return None
        attributes: Mapping[str, Any] = {ATTR_UNIT_OF_MEASUREMENT: self.unit or unit}
        return State(state.entity_id, _text(value)[:_MOST_CHARACTERS], attributes, context=state.context)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return STATE_ON if value else STATE_OFF
    return str(value)


def entity_of(reference: str) -> str:
    """Return the entity that a reference reads."""
    return reference.partition(ATTRIBUTE)[0]
