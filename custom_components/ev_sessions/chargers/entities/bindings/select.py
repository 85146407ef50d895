"""A select entity: its options are limits, or let and stop the charge, or are counts of phases."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import override

from homeassistant.components.select.const import ATTR_OPTIONS
from homeassistant.const import ATTR_OPTION, SERVICE_SELECT_OPTION

from ....sources.value import said
from ...control import ControlError, ControlFailure
from .binding import Call, EnableBinding, LimitBinding, LimitRange, LimitSetting, PhasesBinding, Scene
from .one_entity import OneEntity, OneEntityReadBack
from .readback import current_a, flag

#: An option this little above the wish is still the wish.
_HAIR_A = 1e-6


def _chosen(entity_id: str, option: str) -> Call:
    return Call.of_entity(entity_id, SERVICE_SELECT_OPTION, {ATTR_OPTION: option})


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectLimit(OneEntityReadBack, LimitBinding):
    """A select whose options are limits. `options` tells how many A each of them is."""

    options: Mapping[str, float]

    @override
    def at_most(self, limit_a: float, scene: Scene) -> LimitSetting | None:
        fitting = [setting for setting in self._settings(scene) if setting.limit_a <= limit_a + _HAIR_A]
        return fitting[-1] if fitting else None

    @override
    def least_from(self, limit_a: float, scene: Scene) -> float | None:
        enough = [setting.limit_a for setting in self._settings(scene) if setting.limit_a >= limit_a - _HAIR_A]
        return enough[0] if enough else None

    @override
    def lowest(self, scene: Scene) -> LimitSetting:
        return self._settings(scene)[0]

    @override
    def range(self, scene: Scene) -> LimitRange:
        settings = self._settings(scene)
        return LimitRange(least_a=settings[0].limit_a, greatest_a=settings[-1].limit_a)

    @override
    def read_a(self, scene: Scene) -> float | None:
        if self.readback is not None:
            return current_a(self.readback, scene)
        return self.options.get(said(scene.state_of(self.entity_id)) or "")

    def _settings(self, scene: Scene) -> list[LimitSetting]:
        """Return what can be chosen now, the least first; raise where nothing of it is a limit."""
        state = scene.reachable(self.entity_id)
        offered = state.attributes.get(ATTR_OPTIONS, self.options)
        known = sorted((limit_a, option) for option, limit_a in self.options.items() if option in offered)
        if not known:
            raise ControlError(ControlFailure.REFUSED, state.entity_id, "none of its options is a known limit")
        return [LimitSetting(limit_a=limit_a, call=_chosen(self.entity_id, option)) for limit_a, option in known]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectEnable(OneEntityReadBack, EnableBinding):
    """A select with an option that lets the car charge and one that stops it; of others nothing is known."""

    on: str
    off: str

    @override
    def call(self, *, on: bool) -> Call:
        return _chosen(self.entity_id, self.on if on else self.off)

    @override
    def read(self, scene: Scene) -> bool | None:
        if self.readback is not None:
            return flag(self.readback, scene)
        return {self.on: True, self.off: False}.get(said(scene.state_of(self.entity_id)) or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectPhases(OneEntity, PhasesBinding):
    """A select with an option for one phase and one for three."""

    one: str
    three: str
    pauses: bool = True

    @override
    def call(self, phases: int) -> Call:
        return _chosen(self.entity_id, self.one if phases == 1 else self.three)

    @override
    def read(self, scene: Scene) -> int | None:
        return {self.one: 1, self.three: 3}.get(said(scene.state_of(self.entity_id)) or "")
