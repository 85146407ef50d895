"""Find a known integration's charger among the entities of a device."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
import re
from typing import Any, Final

from ..proposal import Role
from ..status_words import Meaning, known_meaning
from .preset import ENTITY, EntityPattern, Preset, Together

_DEVICE_ID: Final = "{device_id}"
#: What only shows what was set may be missing.
_SHOWN: Final = frozenset({"readback", "timeout_shown", "fallback_shown"})
#: What the placeholders of a unique id stand for.
_PARTS: Final = {
    "device": r"(?P<device>.+?)",
    "evse": r"(?P<evse>[0-9]+)",
    "endpoint": r"[0-9]+",
    "rest": r".*",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryEntity:
    """An entity as the registry knows it; `of_parent`: it is on the device above the charger's."""

    entity_id: str
    unique_id: str
    integration: str
    disabled: bool = False
    of_parent: bool = False

    @property
    def domain(self) -> str:
        """The domain of the entity."""
        return self.entity_id.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseMatch:
    """What was found of one EVSE. `status` are several references where they are read together.

    `missing` are roles that its integration has and this device has not.
    """

    evse: int
    status: tuple[str, ...] = ()
    words: Mapping[str, Meaning] = field(default_factory=dict)
    roles: Mapping[Role, str] = field(default_factory=dict)
    currents: tuple[str, ...] = ()
    soc: str | None = None
    limit: Mapping[str, Any] | None = None
    enable: Mapping[str, Any] | None = None
    phases: Mapping[str, Any] | None = None
    fail_safe_set: Mapping[str, Any] | None = None
    missing: tuple[str, ...] = ()

    @property
    def found(self) -> int:
        """How many things were found."""
        single = (self.soc, self.limit, self.enable, self.phases)
        return len(self.status) + len(self.roles) + len(self.currents) + sum(part is not None for part in single)


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetMatch:
    """A device that is a charger of a known integration. `disabled` are entities that would be of use."""

    preset: Preset
    evses: tuple[EvseMatch, ...]
    disabled: tuple[str, ...] = ()

    @property
    def found(self) -> int:
        """How many things were found."""
        return sum(evse.found for evse in self.evses)


def match(presets: Iterable[Preset], entities: Sequence[RegistryEntity], device_id: str | None) -> PresetMatch | None:
    """Return what the entities of a device are to the preset that fits them best; None where none does."""
    fitting = [found for preset in presets if (found := _match(preset, entities, device_id)) is not None]
    return max(fitting, key=lambda found: (found.found, found.preset.id), default=None)


def _match(preset: Preset, entities: Sequence[RegistryEntity], device_id: str | None) -> PresetMatch | None:
    own = [entity for entity in entities if entity.integration == preset.domain]
    if not own:
        return None
    found = _Found(preset, own, device_id)
    if not all(found.any(pattern) for pattern in preset.needs):
        return None
    evses = tuple(_evse(found, number, key) for number, key in enumerate(found.evses, 1))
    return PresetMatch(preset=preset, evses=evses, disabled=found.disabled)


@dataclass(frozen=True, slots=True)
class _Place:
    """Which entity of a device, and of which of its EVSEs, a unique id is; no EVSE: the device's own."""

    pattern: EntityPattern
    evse: str | None


class _Found:
    """The entities of a device by what the preset calls them."""

    def __init__(self, preset: Preset, entities: Sequence[RegistryEntity], device_id: str | None) -> None:
        self.preset = preset
        self.device_id = device_id
        self._at: dict[_Place, RegistryEntity] = {}
        for of_parent in (False, True):
            self._at |= _places(preset, [entity for entity in entities if entity.of_parent is of_parent])
        numbered = sorted({place.evse for place in self._at if place.evse is not None}, key=lambda key: (len(key), key))
        self.evses: tuple[str | None, ...] = tuple(numbered) or (None,)

    @property
    def disabled(self) -> tuple[str, ...]:
        """The entities that are there and disabled, each once."""
        return tuple(dict.fromkeys(entity.entity_id for entity in self._at.values() if entity.disabled))

    def any(self, pattern: EntityPattern) -> bool:
        """Tell whether an EVSE has the entity, disabled or not."""
        return any(place.pattern == _plain(pattern) for place in self._at)

    def entity_id(self, pattern: EntityPattern, evse: str | None) -> str | None:
        """Return the entity of an EVSE; the device's own serves where there is only one EVSE."""
        entity = self._at.get(_Place(_plain(pattern), evse))
        if entity is None and (len(self.evses) == 1 or pattern.of_parent):
            entity = self._at.get(_Place(_plain(pattern), None))
        return None if entity is None or entity.disabled else entity.entity_id

    def reference(self, pattern: EntityPattern, evse: str | None) -> str | None:
        """Return how the entity, or its attribute, is named in the configuration."""
        entity_id = self.entity_id(pattern, evse)
        return None if entity_id is None else pattern.reference(entity_id)


def _plain(pattern: EntityPattern) -> EntityPattern:
    """Return the pattern of the entity, whatever is read of it."""
    return EntityPattern(domain=pattern.domain, key=pattern.key, of_parent=pattern.of_parent)


def _places(preset: Preset, entities: Sequence[RegistryEntity]) -> dict[_Place, RegistryEntity]:
    """Return the entities by their places.

    A short key may be the end of a longer one ("energy" of "lifetime_energy"), so what is
    before it has to be what most of the entities have there: the device.
    """
    hits = [
        (found.groupdict().get("device") or "", _Place(pattern, found.groupdict().get("evse")), entity)
        for pattern in dict.fromkeys(_plain(pattern) for pattern in preset.patterns)
        for template in preset.unique_id
        for entity in entities
        if entity.domain == pattern.domain
        and entity.of_parent is pattern.of_parent
        and (found := _expression(template, pattern).fullmatch(entity.unique_id)) is not None
    ]
    votes = Counter(device for device, *_ in hits)
    if not votes:
        return {}
    device = max(votes, key=lambda name: (votes[name], -len(name), name))
    places: dict[_Place, RegistryEntity] = {}
    for of_device, place, entity in hits:
        if of_device == device:
            places.setdefault(place, entity)
    return places


@lru_cache(maxsize=2048)
def _expression(template: str, pattern: EntityPattern) -> re.Pattern[str]:
    whole = re.escape(template.replace("{key}", pattern.key).replace("{domain}", pattern.domain))
    return re.compile(re.sub(r"\\{(\w+)\\}", lambda part: _PARTS[part.group(1)], whole))


def _evse(found: _Found, number: int, key: str | None) -> EvseMatch:
    preset = found.preset
    singles: dict[Role, Together] = {
        Role.PLUGGED: preset.plugged,
        Role.POWER: preset.power,
        Role.SESSION_ENERGY: preset.session_energy,
        Role.ENERGY: preset.energy,
    }
    roles: dict[Role, str] = {}
    for role, alternatives in singles.items():
        reference = _first(found, alternatives, key)
        if reference is not None and reference not in roles.values():
            roles[role] = reference
    status = _all_of(found, preset.status, key)
    currents = _lines(found, key)
    bindings = {
        Role.LIMIT: _binding(found, preset.limit, key),
        Role.ENABLE: _binding(found, preset.enable, key),
    }
    there = {*roles, *(role for role, binding in bindings.items() if binding is not None)}
    there |= ({Role.STATUS} if status else set()) | ({Role.CURRENTS} if currents else set())
    wanted = {
        Role.STATUS: preset.status,
        **singles,
        Role.CURRENTS: preset.currents,
        Role.LIMIT: preset.limit,
        Role.ENABLE: preset.enable,
    }
    return EvseMatch(
        evse=number,
        status=status,
        words=_words(preset, status),
        roles=roles,
        currents=currents,
        soc=_first(found, preset.soc, key),
        limit=bindings[Role.LIMIT],
        enable=bindings[Role.ENABLE],
        phases=_binding(found, preset.phases, key),
        fail_safe_set=_binding(found, preset.fail_safe_set, key),
        missing=tuple(role.value for role, alternatives in wanted.items() if alternatives and role not in there),
    )


def _first(found: _Found, alternatives: Together, key: str | None) -> str | None:
    """Return the first that is there."""
    references = (found.reference(pattern, key) for pattern in alternatives)
    return next((reference for reference in references if reference is not None), None)


def _all_of(found: _Found, alternatives: Iterable[Together], key: str | None) -> tuple[str, ...]:
    """Return the first group of which everything is there."""
    for group in alternatives:
        references = [reference for pattern in group if (reference := found.reference(pattern, key)) is not None]
        if len(references) == len(group):
            return tuple(references)
    return ()


def _lines(found: _Found, key: str | None) -> tuple[str, ...]:
    """Return the currents of all lines, or of the first where no other is there."""
    for group in found.preset.currents:
        references = [found.reference(pattern, key) for pattern in group]
        there = [reference for reference in references if reference is not None]
        if len(there) == len(references) or (there == references[:1] and there):
            return tuple(there)
    return ()


def _words(preset: Preset, status: tuple[str, ...]) -> Mapping[str, Meaning]:
    if len(status) > 1:
        return preset.joined
    if not status:
        return {}
    meanings = ((word, known_meaning(word, preset.domain)) for word in preset.words)
    return {word: meaning for word, meaning in meanings if meaning is not None}


def _binding(found: _Found, alternatives: Iterable[Mapping[str, Any]], key: str | None) -> Mapping[str, Any] | None:
    """Return the first binding all of whose entities are there."""
    for template in alternatives:
        try:
            filled: Mapping[str, Any] = _filled(found, template, key)
        except LookupError:
            continue
        return filled
    return None


def _filled(found: _Found, value: Any, key: str | None) -> Any:
    """Return a part of a binding with its entities and its device; raises LookupError where one is not there."""
    if isinstance(value, Mapping):
        filled = {name: _filled(found, part, key) for name, part in value.items() if name not in _SHOWN}
        with suppress(LookupError):
            filled |= {name: _filled(found, part, key) for name, part in value.items() if name in _SHOWN}
        return filled
    if not isinstance(value, str):
        return value
    if value.startswith(ENTITY):
        reference = found.reference(EntityPattern.parse(value.removeprefix(ENTITY)), key)
        if reference is None:
            raise LookupError(value)
        return reference
    if value == _DEVICE_ID:
        if found.device_id is None:
            raise LookupError(value)
        return found.device_id
    return value
