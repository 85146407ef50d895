"""A number entity: it holds the limit, or the count of phases."""

from dataclasses import dataclass
from decimal import Decimal
from typing import override

from homeassistant.components.number.const import ATTR_VALUE, SERVICE_SET_VALUE
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT

from ....sources.value import number, said
from ...control import ControlError, ControlFailure
from .binding import Call, LimitBinding, LimitRange, LimitSetting, PhasesBinding, Scene
from .limit_number import LimitNumber
from .one_entity import OneEntity, OneEntityReadBack
from .readback import current_a


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberLimit(OneEntityReadBack, LimitBinding):
    """A number in A, W, kW or %. `unit` stands in for the entity's own; `full_a` is what 100 % are."""

    unit: str | None = None
    full_a: float | None = None

    @override
    def at_most(self, limit_a: float, scene: Scene) -> LimitSetting | None:
        held = self._number(scene)
        value = held.value_at_most(limit_a)
        return None if value is None else self._setting(held, value)

    @override
    def least_from(self, limit_a: float, scene: Scene) -> float | None:
        return self._number(scene).least_from(limit_a)

    @override
    def lowest(self, scene: Scene) -> LimitSetting:
        held = self._number(scene)
        return self._setting(held, max(held.least, Decimal(0)))

    @override
    def range(self, scene: Scene) -> LimitRange:
        held = self._number(scene)
        return LimitRange(
            least_a=held.limit_a(held.least),
            greatest_a=held.limit_a(held.greatest),
            step_a=held.limit_a(held.step) or None,
        )

    @override
    def read_a(self, scene: Scene) -> float | None:
        if self.readback is not None:
            return current_a(self.readback, scene)
        state = scene.state_of(self.entity_id)
        if state is None or (held := self._held(scene)) is None:
            return None
        return held.read_a(state)

    def _setting(self, held: LimitNumber, value: Decimal) -> LimitSetting:
        call = Call.of_entity(self.entity_id, SERVICE_SET_VALUE, {ATTR_VALUE: float(value)})
        return LimitSetting(limit_a=held.limit_a(value), call=call)

    def _number(self, scene: Scene) -> LimitNumber:
        state = scene.reachable(self.entity_id)
        if (held := self._held(scene)) is None:
            detail = f"its unit {self.unit or state.attributes[ATTR_UNIT_OF_MEASUREMENT]} is no current or power"
            raise ControlError(ControlFailure.REFUSED, state.entity_id, detail)
        return held

    def _held(self, scene: Scene) -> LimitNumber | None:
        state = scene.state_of(self.entity_id)
        if state is None:
            return None
        return LimitNumber.of(state, scene.watts_per_a, unit=self.unit, full_a=self.full_a)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberPhases(OneEntity, PhasesBinding):
    """A number that is set to `one` for one phase and to `three` for three."""

    one: float = 1.0
    three: float = 3.0
    pauses: bool = True

    @override
    def call(self, phases: int) -> Call:
        value = self.one if phases == 1 else self.three
        return Call.of_entity(self.entity_id, SERVICE_SET_VALUE, {ATTR_VALUE: value})

    @override
    def read(self, scene: Scene) -> int | None:
        text = said(scene.state_of(self.entity_id))
        value = None if text is None else number(text)
        return None if value is None else {self.one: 1, self.three: 3}.get(float(value))
