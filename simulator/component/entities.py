"""Entities of a brand's charger: classes for the brands' tables."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.components.number import NumberEntity, NumberEntityDescription
from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.components.sensor import SensorEntity, SensorEntityDescription
from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import Platform
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.typing import StateType

from simulator.link import Message

from .charger import Charger


@dataclass(frozen=True, kw_only=True)
class ChargerSensorDescription(SensorEntityDescription):
    """How a sensor reads what the charger told."""

    value_fn: Callable[[Message], StateType]


@dataclass(frozen=True, kw_only=True)
class ChargerBinarySensorDescription(BinarySensorEntityDescription):
    """How a binary sensor reads what the charger told."""

    value_fn: Callable[[Message], bool]


@dataclass(frozen=True, kw_only=True)
class ChargerNumberDescription(NumberEntityDescription):
    """How a number is read and set."""

    value_fn: Callable[[Charger], float]
    set_fn: Callable[[Charger, float], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class ChargerSwitchDescription(SwitchEntityDescription):
    """How a switch is read and set."""

    value_fn: Callable[[Charger], bool]
    set_fn: Callable[[Charger, bool], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class ChargerSelectDescription(SelectEntityDescription):
    """How a select is read and set."""

    value_fn: Callable[[Charger], str]
    set_fn: Callable[[Charger, str], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class ChargerButtonDescription(ButtonEntityDescription):
    """What a button does."""

    press_fn: Callable[[Charger], Awaitable[None]]


class ChargerEntity(Entity):
    """An entity of a charger, told anew whenever the charger is."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _platform: Platform

    def __init__(self, charger: Charger, description: EntityDescription) -> None:
        self.charger = charger
        self.entity_description = description
        self._attr_device_info = charger.device
        self._attr_unique_id = charger.unique_id(description.key, self._platform)

    @property
    @override
    def available(self) -> bool:
        return self.charger.available

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the charger."""
        self.async_on_remove(self.charger.listen(self.async_write_ha_state))


class ChargerSensor(ChargerEntity, SensorEntity):
    """A sensor."""

    entity_description: ChargerSensorDescription
    _platform = Platform.SENSOR

    @property
    @override
    def native_value(self) -> StateType:
        return self.entity_description.value_fn(self.charger.message)


class ChargerBinarySensor(ChargerEntity, BinarySensorEntity):
    """A binary sensor."""

    entity_description: ChargerBinarySensorDescription
    _platform = Platform.BINARY_SENSOR

    @property
    @override
    def is_on(self) -> bool:
        return self.entity_description.value_fn(self.charger.message)


class ChargerNumber(ChargerEntity, NumberEntity):
    """A number."""

    entity_description: ChargerNumberDescription
    _platform = Platform.NUMBER

    @property
    @override
    def native_value(self) -> float:
        return self.entity_description.value_fn(self.charger)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set it; the charger shows it when it has obeyed."""
        await self.entity_description.set_fn(self.charger, value)
        self.async_write_ha_state()


class ChargerSwitch(ChargerEntity, SwitchEntity):
    """A switch."""

    entity_description: ChargerSwitchDescription
    _platform = Platform.SWITCH

    @property
    @override
    def is_on(self) -> bool:
        return self.entity_description.value_fn(self.charger)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch it on."""
        await self.entity_description.set_fn(self.charger, True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch it off."""
        await self.entity_description.set_fn(self.charger, False)


class ChargerSelect(ChargerEntity, SelectEntity):
    """A select."""

    entity_description: ChargerSelectDescription
    _platform = Platform.SELECT

    @property
    @override
    def current_option(self) -> str:
        return self.entity_description.value_fn(self.charger)

    @override
    async def async_select_option(self, option: str) -> None:
        """Choose an option."""
        await self.entity_description.set_fn(self.charger, option)
        self.async_write_ha_state()


class ChargerButton(ChargerEntity, ButtonEntity):
    """A button."""

    entity_description: ChargerButtonDescription
    _platform = Platform.BUTTON

    @override
    async def async_press(self) -> None:
        """Press it."""
        await self.entity_description.press_fn(self.charger)
