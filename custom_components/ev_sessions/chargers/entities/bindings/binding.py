"""What every binding offers: the call that carries out a wish, and what is read back of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from homeassistant.const import ATTR_ENTITY_ID, STATE_UNAVAILABLE
from homeassistant.core import State, split_entity_id

from ...control import ControlError, ControlFailure


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An action of Home Assistant with its data; entities go by the ids that were configured.

    `needs` are those that have to be there: Home Assistant passes over an unavailable entity
    without a word, as if all were well.
    """

    action: str
    data: Mapping[str, Any] = field(default_factory=dict)
    target: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()

    @classmethod
    def of_entity(cls, entity_id: str, service: str, data: Mapping[str, Any] | None = None) -> Call:
        """Call a service of an entity's own domain on it."""
        domain = split_entity_id(entity_id)[0]
        return cls(
            action=f"{domain}.{service}", data=data or {}, target={ATTR_ENTITY_ID: entity_id}, needs=(entity_id,)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a binding sees: the states by the configured ids, and how the EVSE hangs on the lines.

    `watts_per_a` is the power of the EVSE at 1 A on the `phases` that it uses now.
    """

    state_of: Callable[[str], State | None]
    watts_per_a: float
    phases: int = 3

    def reachable(self, entity_id: str) -> State:
        """Return the state of an entity that takes commands; raise ControlError where it is not there."""
        state = self.state_of(entity_id)
        if state is None or state.state == STATE_UNAVAILABLE:
            raise ControlError(ControlFailure.UNREACHABLE, entity_id if state is None else state.entity_id)
        return state


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSetting:
    """One of the limits that an EVSE can be set to, and how that is done."""

    limit_a: float
    call: Call


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRange:
    """Which limits can be set, in A; None where that is not told."""

    least_a: float | None = None
    greatest_a: float | None = None
    step_a: float | None = None

    @property
    def can_pause(self) -> bool:
        """Whether its least value stops a charge."""
        return self.least_a is not None and self.least_a <= 0


class Binding(Protocol):
    """What all bindings tell. `shown_by` is the entity that shows what was set; None: nothing does."""

    @property
    def entity_ids(self) -> tuple[str, ...]:
        """All entities of the binding, those that only read back included."""
        ...

    @property
    def shown_by(self) -> str | None:
        """The entity that shows what was set; None where nothing does."""
        ...


class LimitBinding(Binding, Protocol):
    """How the current is limited. Setting and range raise ControlError where the entity is not there."""

    def at_most(self, limit_a: float, scene: Scene) -> LimitSetting | None:
        """Return the greatest limit that allows no more than `limit_a`; None where the least is more."""
        ...

    def least_from(self, limit_a: float, scene: Scene) -> float | None:
        """Return the least limit that is not below `limit_a`, in A; None where all are."""
        ...

    def lowest(self, scene: Scene) -> LimitSetting:
        """Return the least limit that is not below nothing."""
        ...

    def range(self, scene: Scene) -> LimitRange:
        """Return which limits there are."""
        ...

    def read_a(self, scene: Scene) -> float | None:
        """Return the limit that is shown, in A; None where nothing shows it."""
        ...


class EnableBinding(Binding, Protocol):
    """How the charge is let and stopped."""

    def call(self, *, on: bool) -> Call:
        """Return what lets the car charge, or stops it."""
        ...

    def read(self, scene: Scene) -> bool | None:
        """Return whether the car is let; None where nothing tells."""
        ...


class PhasesBinding(Binding, Protocol):
    """How the EVSE is told to use one phase or three."""

    @property
    def pauses(self) -> bool:
        """Whether the charge has to be paused while the phases are switched."""
        ...

    def call(self, phases: int) -> Call:
        """Return what makes the EVSE use one phase, or three."""
        ...

    def read(self, scene: Scene) -> int | None:
        """Return how many phases are shown; None where nothing tells, or neither one nor three."""
        ...
