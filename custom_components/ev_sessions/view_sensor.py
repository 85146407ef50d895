"""A sensor over a view, and how it is described."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import override

from homeassistant.components.sensor import SensorEntity, SensorEntityDescription
from homeassistant.helpers.device_registry import ChildDeviceInfo, DeviceInfo

from .core.money import Money, exact_text
from .entity import Owner, Shown, ViewEntity

type SensorValue = str | int | float | Decimal | datetime


@dataclass(frozen=True, kw_only=True)
class ViewSensorDescription[ViewT](SensorEntityDescription, Shown[ViewT, SensorValue]):
    """A sensor over a view. `in_currency`: its unit is the site's currency, `per_kwh` that per kWh."""

    in_currency: bool = False
    per_kwh: bool = False
    # Since when a total counts that begins anew; statistics would take its fall for a loss.
    last_reset_fn: Callable[[ViewT], datetime | None] | None = None


class ViewSensor[ViewT](ViewEntity[ViewT, SensorValue], SensorEntity):
    """A sensor that shows a part of a view. Money is rounded here, and nowhere before."""

    entity_description: ViewSensorDescription[ViewT]
    # A history within each state would fill the recorder.
    _unrecorded_attributes = frozenset({"decisions"})

    def __init__(
        self, owner: Owner[ViewT], description: ViewSensorDescription[ViewT], device: DeviceInfo | ChildDeviceInfo
    ) -> None:
        """Give money the currency of the site."""
        super().__init__(owner, description, description, device)
        if description.in_currency:
            unit = f"{owner.currency}/kWh" if description.per_kwh else owner.currency
            self._attr_native_unit_of_measurement = unit

    @property
    @override
    def last_reset(self) -> datetime | None:
        reset_fn = self.entity_description.last_reset_fn
        return None if reset_fn is None else reset_fn(self._owner.view)

    @property
    @override
    def native_value(self) -> SensorValue | None:
        value, description = self.shown_value, self.entity_description
        if not isinstance(value, Decimal):
            return value
        if description.per_kwh:
            return Decimal(exact_text(value))
        return Money(amount=value, currency=self._owner.currency).rounded
