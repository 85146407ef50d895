"""A lock: unlocked, the car may charge."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.lock.const import LockState
from homeassistant.const import SERVICE_LOCK, SERVICE_UNLOCK

from ....sources.reference import Reference
from ....sources.value import said
from .binding import Call, EnableBinding, Scene
from .readback import flag, shown_by, with_readback

_MAY_CHARGE = {LockState.UNLOCKED.value: True, LockState.OPEN.value: True, LockState.LOCKED.value: False}


@dataclass(frozen=True, slots=True, kw_only=True)
class LockEnable(EnableBinding):
    """A lock that holds the charge back while it is locked; on its way it says nothing."""

    entity_id: str
    readback: Reference | None = None

    @property
    @override
    def entity_ids(self) -> tuple[str, ...]:
        return with_readback((self.entity_id,), self.readback)

    @property
    @override
    def shown_by(self) -> str | None:
        return shown_by(self.readback, self.entity_id)

    @override
    def call(self, *, on: bool) -> Call:
        return Call.of_entity(self.entity_id, SERVICE_UNLOCK if on else SERVICE_LOCK)

    @override
    def read(self, scene: Scene) -> bool | None:
        if self.readback is not None:
            return flag(self.readback, scene)
        return _MAY_CHARGE.get(said(scene.state_of(self.entity_id)) or "")
