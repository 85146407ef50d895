"""One known integration: its entities by role, the words they say, how it is commanded, what its owner must know."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from ..status_words import Meaning

#: In front of a pattern in a binding; and of one that stands on the device above the charger's.
ENTITY: Final = "@"
_PARENT: Final = "^"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityPattern:
    """An entity by its domain and its key in the unique id; with an attribute, what that says.

    Written as `sensor.power_total`, `sensor.charging_power|current_i1|A`, `^number.limit`.
    """

    domain: str
    key: str
    attribute: str | None = None
    unit: str | None = None
    of_parent: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a pattern as the data has it."""
        name, *attribute = text.removeprefix(_PARENT).split("|")
        domain, _, key = name.partition(".")
        return cls(
            domain=domain,
            key=key,
            attribute=attribute[0] if attribute else None,
            unit=attribute[1] if len(attribute) > 1 else None,
            of_parent=text.startswith(_PARENT),
        )

    def reference(self, entity_id: str) -> str:
        """Return how what the entity says is named in the configuration."""
        return "|".join(part for part in (entity_id, self.attribute, self.unit) if part is not None)


#: Several that are read together: the entities of a joined status, or the lines of a charger.
type Together = tuple[EntityPattern, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """What is known of an integration's device. Of alternatives the first that is there counts.

    `unique_id` are templates, see the README beside this. `needs` tells the device from others
    of its integration. `joined` are the meanings of a status of several
    entities; `words` are what a single one says, with the meanings of the table of words.
    `limit`, `enable`, `phases` and `fail_safe_set` are bindings in which `@sensor.key` stands for an entity.
    `least_interval_s` and `flash_limit` None: not known.
    """

    id: str
    name: str
    domain: str
    source: str
    licence: str
    unique_id: tuple[str, ...]
    needs: Together
    status: tuple[Together, ...] = ()
    words: tuple[str, ...] = ()
    joined: Mapping[str, Meaning] = field(default_factory=dict)
    plugged: Together = ()
    power: Together = ()
    energy: Together = ()
    session_energy: Together = ()
    soc: Together = ()
    currents: tuple[Together, ...] = ()
    limit: tuple[Mapping[str, Any], ...] = ()
    enable: tuple[Mapping[str, Any], ...] = ()
    phases: tuple[Mapping[str, Any], ...] = ()
    least_interval_s: float | None = None
    flash_limit: bool | None = None
    fail_safe: str | None = None
    fail_safe_set: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    is_car: bool = False
    steered_by_car: bool = False

    @classmethod
    def from_data(cls, preset_id: str, data: Mapping[str, Any]) -> Self:
        """Read a file of the data; a person's slip raises."""
        joined: Mapping[str, Mapping[str, str | None]] = data.get("joined", {})
        return cls(
            id=preset_id,
            name=data["name"],
            domain=data["domain"],
            source=data["source"],
            licence=data["licence"],
            unique_id=tuple(data["unique_id"]),
            needs=_together(data["needs"]),
            status=_alternatives(data.get("status", ())),
            words=tuple(data.get("words", ())),
            joined={word: Meaning.from_data(meaning) for word, meaning in joined.items()},
            plugged=_together(data.get("plugged", ())),
            power=_together(data.get("power", ())),
            energy=_together(data.get("energy", ())),
            session_energy=_together(data.get("session_energy", ())),
            soc=_together(data.get("soc", ())),
            currents=_alternatives(data.get("currents", ())),
            limit=tuple(data.get("limit", ())),
            enable=tuple(data.get("enable", ())),
            phases=tuple(data.get("phases", ())),
            least_interval_s=data.get("least_interval_s"),
            flash_limit=data.get("flash_limit"),
            fail_safe=data.get("fail_safe"),
            fail_safe_set=tuple(data.get("fail_safe_set", ())),
            notes=tuple(data.get("notes", ())),
            is_car=data.get("is_car", False),
            steered_by_car=data.get("steered_by_car", False),
        )

    @property
    def patterns(self) -> tuple[EntityPattern, ...]:
        """All entities that are named anywhere in it, each once."""
        singles = (*self.needs, *self.plugged, *self.power, *self.energy, *self.session_energy, *self.soc)
        together = (pattern for group in (*self.status, *self.currents) for pattern in group)
        bound = (
            EntityPattern.parse(text)
            for binding in (*self.limit, *self.enable, *self.phases, *self.fail_safe_set)
            for text in entities_in(binding)
        )
        return tuple(dict.fromkeys((*singles, *together, *bound)))


def entities_in(value: Any) -> Iterable[str]:
    """Yield the patterns that a binding names, without the sign before them."""
    if isinstance(value, Mapping):
        for part in value.values():
            yield from entities_in(part)
    elif isinstance(value, str) and value.startswith(ENTITY):
        yield value.removeprefix(ENTITY)


def _together(texts: Iterable[str]) -> Together:
    return tuple(EntityPattern.parse(text) for text in texts)


def _alternatives(groups: Sequence[Sequence[str]]) -> tuple[Together, ...]:
    return tuple(_together(group) for group in groups)
