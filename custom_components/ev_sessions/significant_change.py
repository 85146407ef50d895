"""Which changes of our sensors are worth passing on, for assistants in the cloud and the like."""

from typing import Any

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import ATTR_DEVICE_CLASS, ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.significant_change import check_absolute_change, check_valid_float

#: From so much on a change is felt: a tenth of a kW, a tenth of a kWh, half an ampere, ten cents, a minute.
_LEAST: dict[tuple[str | None, str | None], float] = {
    (SensorDeviceClass.POWER, "W"): 100.0,
    (SensorDeviceClass.POWER, "kW"): 0.1,
    (SensorDeviceClass.ENERGY, "Wh"): 100.0,
    (SensorDeviceClass.ENERGY, "kWh"): 0.1,
    (SensorDeviceClass.CURRENT, "A"): 0.5,
    (SensorDeviceClass.DURATION, "s"): 60.0,
    (SensorDeviceClass.DURATION, "min"): 1.0,
}
_LEAST_MONEY = 0.1


@callback
def async_check_significant_change(
    hass: HomeAssistant,
    old_state: str,
    old_attrs: dict[str, Any],
    new_state: str,
    new_attrs: dict[str, Any],
    **kwargs: Any,
) -> bool | None:
    """Tell whether a change is worth passing on; None where that is not ours to say."""
    device_class = new_attrs.get(ATTR_DEVICE_CLASS)
    unit = new_attrs.get(ATTR_UNIT_OF_MEASUREMENT)
    least = _LEAST_MONEY if device_class == SensorDeviceClass.MONETARY else _LEAST.get((device_class, unit))
    if least is None:
        return None
    if not check_valid_float(new_state):
        return False
    if not check_valid_float(old_state) or old_attrs.get(ATTR_UNIT_OF_MEASUREMENT) != unit:
        return True
    return check_absolute_change(float(old_state), float(new_state), least)
