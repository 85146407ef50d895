"""Which entities make up the grid meter, as the site's entry holds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ..const import (
    CONF_EXPORT,
    CONF_FORM,
    CONF_HEARTBEAT,
    CONF_IMPORT,
    CONF_INVERT,
    CONF_SIGNED,
    CONF_TOTAL_POWER,
    CONF_VOLTAGES,
)
from ..core.balancing.meter.grid import MeterForm


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterConfig:
    """The entities of a grid meter; `imports` and `exports` in the order of the site's lines.

    A total has one value. `exports` is None where one signed entity shows both directions.
    `total_power` stands beside currents, to tell import from export. `heartbeat` is the entity
    whose reports alone show that the meter lives; None: all that its device measures does.
    `voltages` are those of the lines, or one for all.
    """

    form: MeterForm
    imports: tuple[str, ...]
    exports: tuple[str, ...] | None = None
    total_power: str | None = None
    signed: bool = True
    invert: bool = False
    heartbeat: str | None = None
    voltages: tuple[str, ...] = ()

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read `meter` of the entry's data."""
        exports = data.get(CONF_EXPORT)
        return cls(
            form=MeterForm(data[CONF_FORM]),
            imports=tuple(data[CONF_IMPORT]),
            exports=None if exports is None else tuple(exports),
            total_power=data.get(CONF_TOTAL_POWER),
            signed=data.get(CONF_SIGNED, True),
            invert=data.get(CONF_INVERT, False),
            heartbeat=data.get(CONF_HEARTBEAT),
            voltages=tuple(data.get(CONF_VOLTAGES) or ()),
        )

    @property
    def entity_ids(self) -> tuple[str, ...]:
        """All entities that the meter's values are read from."""
        total = () if self.total_power is None else (self.total_power,)
        return (*self.imports, *(self.exports or ()), *total)
