"""The numbers of an EVSE: the greatest current, and what each of its sessions may reach."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfElectricCurrent, UnitOfEnergy, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .core.energy import kwh_from_mwh, mwh_from_kwh
from .core.session_limit import SessionLimit
from .entity import Shown, ViewEntity, evse_device_info
from .site.evse import EvseRuntime
from .site.refusal import ledger_errors
from .site.runtime import SiteConfigEntry
from .site.view import EvseView

PARALLEL_UPDATES = 1

_MS_PER_MINUTE = 60_000

MAX_CURRENT = NumberEntityDescription(
    key="max_current",
    translation_key="max_current",
    device_class=NumberDeviceClass.CURRENT,
    entity_category=EntityCategory.CONFIG,
    native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
    mode=NumberMode.SLIDER,
)


@dataclass(frozen=True, kw_only=True)
class LimitDescription(NumberEntityDescription, Shown[EvseView, float]):
    """What each session may reach; 0 is without a limit."""

    wish_fn: Callable[[SessionLimit, float], SessionLimit]
    in_currency: bool = False
    exists_fn: Callable[[EvseRuntime], bool] = lambda _: True


def _limit(
    key: str,
    *,
    value_fn: Callable[[EvseView], float | None],
    wish_fn: Callable[[SessionLimit, float], SessionLimit],
    most: float,
    step: float,
    unit: str | None = None,
    in_currency: bool = False,
    exists_fn: Callable[[EvseRuntime], bool] = lambda _: True,
) -> LimitDescription:
    return LimitDescription(
        key=key,
        translation_key=key,
        entity_category=EntityCategory.CONFIG,
        native_min_value=0,
        native_max_value=most,
        native_step=step,
        native_unit_of_measurement=unit,
        mode=NumberMode.BOX,
        value_fn=value_fn,
        wish_fn=wish_fn,
        in_currency=in_currency,
        exists_fn=exists_fn,
    )


SESSION_LIMITS: tuple[LimitDescription, ...] = (
    _limit(
        "session_limit_energy",
        value_fn=lambda view: kwh_from_mwh(view.standing_limit.energy_mwh or 0),
        wish_fn=lambda limit, value: replace(limit, energy_mwh=mwh_from_kwh(value) or None),
        most=500,
        step=0.1,
        unit=UnitOfEnergy.KILO_WATT_HOUR,
    ),
    _limit(
        "session_limit_cost",
        value_fn=lambda view: float(view.standing_limit.cost or 0),
        wish_fn=lambda limit, value: replace(limit, cost=Decimal(str(value)) if value else None),
        most=10_000,
        step=0.01,
        in_currency=True,
    ),
    _limit(
        "session_limit_minutes",
        value_fn=lambda view: (view.standing_limit.connected_ms or 0) / _MS_PER_MINUTE,
        wish_fn=lambda limit, value: replace(limit, connected_ms=round(value * _MS_PER_MINUTE) or None),
        most=10_080,
        step=1,
        unit=UnitOfTime.MINUTES,
    ),
    _limit(
        "session_limit_soc",
        value_fn=lambda view: view.standing_limit.soc_percent or 0,
        wish_fn=lambda limit, value: replace(limit, soc_percent=value or None),
        most=100,
        step=1,
        unit=PERCENTAGE,
        exists_fn=lambda evse: evse.sees_soc,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SiteConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the numbers of the chargers that can be controlled."""
    for charger_id, evses in entry.runtime_data.evses_by_charger().items():
        steered = [evse for evse in evses if evse.controllable]
        async_add_entities(
            [
                *(MaxCurrent(evse) for evse in steered),
                *(
                    SessionLimitNumber(evse, description)
                    for evse in steered
                    for description in SESSION_LIMITS
                    if description.exists_fn(evse)
                ),
            ],
            config_subentry_id=charger_id,
        )


class EvseNumber(ViewEntity[EvseView, float], NumberEntity):
    """A number of one EVSE."""

    @property
    @override
    def native_value(self) -> float | None:
        return self.shown_value


class MaxCurrent(EvseNumber):
    """The greatest current of one EVSE, between its hardware's bounds."""

    def __init__(self, evse: EvseRuntime) -> None:
        """Take the bounds from the charger's configuration."""
        shown: Shown[EvseView, float] = Shown(value_fn=lambda view: view.max_current_a)
        super().__init__(evse, MAX_CURRENT, shown, evse_device_info(evse))
        self._evse = evse
        self._attr_native_min_value = evse.config.min_a
        self._attr_native_max_value = evse.config.max_a
        self._attr_native_step = evse.config.step_a

    @override
    async def async_set_native_value(self, value: float) -> None:
        with ledger_errors():
            await self._evse.async_set_max_current(value)


class SessionLimitNumber(EvseNumber):
    """What each session of one EVSE may reach, until that is changed; 0 is without a limit."""

    entity_description: LimitDescription

    def __init__(self, evse: EvseRuntime, description: LimitDescription) -> None:
        """Give a cost the currency of the site."""
        super().__init__(evse, description, description, evse_device_info(evse))
        self._evse = evse
        if description.in_currency:
            self._attr_native_unit_of_measurement = evse.currency

    @override
    async def async_set_native_value(self, value: float) -> None:
        with ledger_errors():
            limits = self._evse.limits
            await limits.async_wish(self.entity_description.wish_fn(limits.state.standing, value))
