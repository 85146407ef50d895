"""A lock: unlocked, the car may charge."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.lock.const import LockState
from homeassistant.const import SERVICE_LOCK, SERVICE_UNLOCK

from ....sources.value import said
from .binding import Call, EnableBinding, Scene
from .one_entity import OneEntityReadBack
from .readback import flag

_MAY_CHARGE = {LockState.UNLOCKED.value: True, LockState.OPEN.value: True, LockState.LOCKED.value: False}


@dataclass(frozen=True, slots=True, kw_only=True)
class LockEnable(OneEntityReadBack, EnableBinding):
    """A lock that holds the charge back while it is locked; on its way it says nothing."""

    @override
    def call(self, *, on: bool) -> Call:
        return Call.of_entity(self.entity_id, SERVICE_UNLOCK if on else SERVICE_LOCK)

    @override
    def read(self, scene: Scene) -> bool | None:
        if self.readback is not None:
            return flag(self.readback, scene)
        return _MAY_CHARGE.get(said(scene.state_of(self.entity_id)) or "")
