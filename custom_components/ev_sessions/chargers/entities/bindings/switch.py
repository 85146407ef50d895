"""A switch, or a helper like one: it lets the charge, or chooses the phases."""

from dataclasses import dataclass
from typing import override

from homeassistant.const import SERVICE_TURN_OFF, SERVICE_TURN_ON, STATE_OFF, STATE_ON

from ....sources.value import said
from .binding import Call, EnableBinding, PhasesBinding, Scene
from .one_entity import OneEntity, OneEntityReadBack
from .readback import flag

_IS_ON = {STATE_ON: True, STATE_OFF: False}


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchEnable(OneEntityReadBack, EnableBinding):
    """A switch that is on while the car may charge; where `inverted`, while it may not."""

    inverted: bool = False

    @override
    def call(self, *, on: bool) -> Call:
        return Call.of_entity(self.entity_id, SERVICE_TURN_ON if on is not self.inverted else SERVICE_TURN_OFF)

    @override
    def read(self, scene: Scene) -> bool | None:
        if self.readback is not None:
            return flag(self.readback, scene)
        on = _IS_ON.get(said(scene.state_of(self.entity_id)) or "")
        return None if on is None else on is not self.inverted


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchPhases(OneEntity, PhasesBinding):
    """A switch that is on while the EVSE uses `on_phases`."""

    on_phases: int = 3
    pauses: bool = True

    @override
    def call(self, phases: int) -> Call:
        return Call.of_entity(self.entity_id, SERVICE_TURN_ON if phases == self.on_phases else SERVICE_TURN_OFF)

    @override
    def read(self, scene: Scene) -> int | None:
        on = _IS_ON.get(said(scene.state_of(self.entity_id)) or "")
        if on is None:
            return None
        return self.on_phases if on else 4 - self.on_phases
