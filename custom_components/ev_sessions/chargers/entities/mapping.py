"""Which Home Assistant entities make up a charger, as the charger's subentry holds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from ...const import (
    CONF_CURRENTS,
    CONF_ENABLE,
    CONF_ENERGY,
    CONF_EVSE,
    CONF_FAIL_SAFE_SET,
    CONF_LIMIT,
    CONF_PHASES,
    CONF_PLUGGED,
    CONF_POWER,
    CONF_QUIET_S,
    CONF_SESSION_ENERGY,
    CONF_SOC,
    CONF_START_ABOVE_W,
    CONF_STATUS,
    CONF_STATUS_WORDS,
    DEFAULT_QUIET_S,
    DEFAULT_START_ABOVE_W,
)
from ...sources.reference import entity_of
from .bindings.binding import Binding, EnableBinding, LimitBinding, PhasesBinding
from .bindings.fail_safe import FailSafeBinding
from .bindings.parse import enable_from_data, fail_safe_from_data, limit_from_data, phases_from_data
from .status_words import Meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseMapping:
    """The entities of one EVSE; None (or nothing) where it has none of that role.

    What is read may be an attribute: `sensor.x|attribute|unit`. A `status` of several is read
    together: the words are theirs with a comma between, `*` for any. `status_words` are the
    words that the person was asked for, or that were known when the charger was set up.
    `start_above_w` and `quiet_s` tell a session where only power does. An EVSE that is not
    reached through entities has none.
    """

    evse: int = 1
    status: tuple[str, ...] = ()
    status_words: Mapping[str, Meaning] = field(default_factory=dict)
    plugged: str | None = None
    power: str | None = None
    energy: str | None = None
    session_energy: str | None = None
    currents: tuple[str, ...] = ()
    limit: LimitBinding | None = None
    enable: EnableBinding | None = None
    phases: PhasesBinding | None = None
    fail_safe: FailSafeBinding | None = None
    soc: str | None = None
    start_above_w: float = DEFAULT_START_ABOVE_W
    quiet_s: int = DEFAULT_QUIET_S

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read an item of the subentry's `evses`."""
        words: Mapping[str, Mapping[str, str | None]] = data.get(CONF_STATUS_WORDS, {})
        status: str | Sequence[str] = data.get(CONF_STATUS) or ()
        return cls(
            evse=int(data[CONF_EVSE]),
            status=(status,) if isinstance(status, str) else tuple(status),
            status_words={word: Meaning.from_data(meaning) for word, meaning in words.items()},
            plugged=data.get(CONF_PLUGGED),
            power=data.get(CONF_POWER),
            energy=data.get(CONF_ENERGY),
            session_energy=data.get(CONF_SESSION_ENERGY),
            currents=tuple(data.get(CONF_CURRENTS, ())),
            limit=limit_from_data(data.get(CONF_LIMIT)),
            enable=enable_from_data(data.get(CONF_ENABLE)),
            phases=phases_from_data(data.get(CONF_PHASES)),
            fail_safe=fail_safe_from_data(data.get(CONF_FAIL_SAFE_SET)),
            soc=data.get(CONF_SOC),
            start_above_w=float(data.get(CONF_START_ABOVE_W, DEFAULT_START_ABOVE_W)),
            quiet_s=int(data.get(CONF_QUIET_S, DEFAULT_QUIET_S)),
        )

    @property
    def entity_ids(self) -> tuple[str, ...]:
        """All entities of the EVSE, each once."""
        car = () if self.soc is None else (entity_of(self.soc),)
        return tuple(dict.fromkeys((*self.observing_ids, *self.control_ids, *car)))

    @property
    def observing_ids(self) -> tuple[str, ...]:
        """The entities by which the charger tells of the car and what it takes; the battery is not among them."""
        single = (self.plugged, self.power, self.energy, self.session_energy)
        references = (*self.status, *(part for part in single if part is not None), *self.currents)
        return tuple(entity_of(reference) for reference in references)

    @property
    def control_ids(self) -> tuple[str, ...]:
        """The entities that are commanded, and those that show what came of it."""
        parts: tuple[Binding | None, ...] = (self.limit, self.enable, self.phases)
        return tuple(entity_id for part in parts if part is not None for entity_id in part.entity_ids)

    @property
    def power_only(self) -> bool:
        """Whether nothing but power, or a counter, tells of a session."""
        measured = (self.power, self.energy, self.session_energy, *self.currents)
        return not self.status and self.plugged is None and any(measured)
