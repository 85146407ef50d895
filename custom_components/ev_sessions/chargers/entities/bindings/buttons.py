"""Two buttons: one lets the car charge, one stops it."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.button.const import SERVICE_PRESS

from ....sources.reference import Reference
from .binding import Call, EnableBinding, Scene
from .readback import flag, shown_by, with_readback


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonsEnable(EnableBinding):
    """Buttons show nothing of the charge: what came of it is known by a readback only."""

    on: str
    off: str
    readback: Reference | None = None

    @property
    @override
    def entity_ids(self) -> tuple[str, ...]:
        return with_readback((self.on, self.off), self.readback)

    @property
    @override
    def shown_by(self) -> str | None:
        return shown_by(self.readback)

    @override
    def call(self, *, on: bool) -> Call:
        return Call.of_entity(self.on if on else self.off, SERVICE_PRESS)

    @override
    def read(self, scene: Scene) -> bool | None:
        return None if self.readback is None else flag(self.readback, scene)
