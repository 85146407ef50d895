"""What the owner sets as a number: the greatest current, what a session may reach, and when alerts come."""

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
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfElectricCurrent, UnitOfEnergy, UnitOfPower, UnitOfTime
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.device_registry import ChildDeviceInfo, DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .core.alerts import AlertSettings
from .core.energy import kwh_from_mwh, mwh_from_kwh
from .core.session_limit import SessionLimit
from .entity import Shown, ViewEntity, circuit_device_info, evse_device_info, site_device_info
from .site.alert_watch import AlertOwner
from .site.circuit_runtime import CircuitRuntime, CircuitView
from .site.circuits import Circuits
from .site.evse import EvseRuntime
from .site.refusal import ledger_errors
from .site.runtime import SiteConfigEntry, SiteRuntime
from .site.view import EvseView, SiteView

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

LIMIT_HOLD = NumberEntityDescription(
    key="limit_hold",
    translation_key="limit_hold",
    device_class=NumberDeviceClass.DURATION,
    entity_category=EntityCategory.CONFIG,
    entity_registry_enabled_default=False,
    native_unit_of_measurement=UnitOfTime.MINUTES,
    native_min_value=2,
    native_max_value=60,
    native_step=1,
    mode=NumberMode.BOX,
)
_S_PER_MINUTE = 60


DEPARTURE_ENERGY = NumberEntityDescription(
    key="departure_energy",
    translation_key="departure_energy",
    entity_category=EntityCategory.CONFIG,
    native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
    native_min_value=0.1,
    native_max_value=500,
    native_step=0.1,
    mode=NumberMode.BOX,
)


PEAK_TARGET = NumberEntityDescription(
    key="peak_target",
    translation_key="peak_target",
    device_class=NumberDeviceClass.POWER,
    entity_category=EntityCategory.CONFIG,
    native_unit_of_measurement=UnitOfPower.KILO_WATT,
    native_min_value=0.5,
    native_max_value=1000,
    native_step=0.1,
    mode=NumberMode.BOX,
)


WINDOW_LENGTH = NumberEntityDescription(
    key="cheapest_window_length",
    translation_key="cheapest_window_length",
    device_class=NumberDeviceClass.DURATION,
    entity_category=EntityCategory.CONFIG,
    native_unit_of_measurement=UnitOfTime.HOURS,
    native_min_value=0.25,
    native_max_value=24,
    native_step=0.25,
    mode=NumberMode.BOX,
)
_S_PER_HOUR = 3600


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


@dataclass(frozen=True, kw_only=True)
class AlertNumberDescription(NumberEntityDescription, Shown[AlertSettings, float]):
    """When an alert comes. `set_fn` returns the settings with another number."""

    set_fn: Callable[[AlertSettings, float], AlertSettings]
    in_currency: bool = False


def _minutes(
    key: str,
    value_fn: Callable[[AlertSettings], float],
    set_fn: Callable[[AlertSettings, float], AlertSettings],
    *,
    least: float,
    most: float,
) -> AlertNumberDescription:
    """Describe a time that is kept in seconds."""
    return AlertNumberDescription(
        key=key,
        translation_key=key,
        device_class=NumberDeviceClass.DURATION,
        entity_category=EntityCategory.CONFIG,
        # The defaults suit most people, and there are many of them on a page.
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfTime.MINUTES,
        native_min_value=least,
        native_max_value=most,
        native_step=1,
        mode=NumberMode.BOX,
        value_fn=lambda settings: value_fn(settings) / 60,
        set_fn=lambda settings, minutes: set_fn(settings, minutes * 60),
    )


EVSE_ALERT_NUMBERS: tuple[AlertNumberDescription, ...] = (
    AlertNumberDescription(
        key="alert_over_cost",
        translation_key="alert_over_cost",
        device_class=NumberDeviceClass.MONETARY,
        entity_category=EntityCategory.CONFIG,
        native_min_value=0,
        native_max_value=100_000,
        native_step=0.01,
        mode=NumberMode.BOX,
        in_currency=True,
        # Nobody wants to be told of a session that costs nothing: 0 is "never".
        value_fn=lambda settings: float(settings.over_cost or 0),
        set_fn=lambda settings, cost: replace(settings, over_cost=Decimal(str(cost)) if cost > 0 else None),
    ),
    _minutes(
        "alert_not_charging_after",
        lambda settings: settings.not_charging_after_s,
        lambda settings, seconds: replace(settings, not_charging_after_s=seconds),
        least=1,
        most=24 * 60,
    ),
    _minutes(
        "alert_offline_after",
        lambda settings: settings.offline_after_s,
        lambda settings, seconds: replace(settings, offline_after_s=seconds),
        least=1,
        most=24 * 60,
    ),
    _minutes(
        "alert_not_plugged_in_after",
        lambda settings: settings.not_plugged_in_after_s,
        lambda settings, seconds: replace(settings, not_plugged_in_after_s=seconds),
        least=0,
        most=12 * 60,
    ),
)

SITE_ALERT_NUMBERS: tuple[AlertNumberDescription, ...] = (
    AlertNumberDescription(
        key="alert_overload_after",
        translation_key="alert_overload_after",
        device_class=NumberDeviceClass.DURATION,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        native_min_value=0,
        native_max_value=3600,
        native_step=1,
        mode=NumberMode.BOX,
        value_fn=lambda settings: settings.overload_after_s,
        set_fn=lambda settings, seconds: replace(settings, overload_after_s=seconds),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SiteConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the numbers of a site and of its chargers; without control there are those of alerts only."""
    site = entry.runtime_data
    if site.prices is not None:
        async_add_entities([WindowLength(site)])
    if site.has_meter:
        async_add_entities(
            AlertNumber(site.alerts.site, description, site_device_info(site)) for description in SITE_ALERT_NUMBERS
        )
    circuits = site.circuits
    if circuits is not None:
        for circuit in circuits.all:
            if circuit.peak is not None:
                subentry_id = None if circuit.config.is_root else circuit.config.id
                async_add_entities([PeakTarget(circuits, circuit)], config_subentry_id=subentry_id)
    for charger_id, evses in site.evses_by_charger().items():
        steered = [evse for evse in evses if evse.controllable]
        async_add_entities(
            [
                *(MaxCurrent(evse) for evse in steered),
                *(DepartureEnergy(evse) for evse in steered),
                *(LimitHold(evse) for evse in steered if evse.commands.hold_s is not None),
                *(
                    SessionLimitNumber(evse, description)
                    for evse in steered
                    for description in SESSION_LIMITS
                    if description.exists_fn(evse)
                ),
                *(
                    AlertNumber(site.alerts.by_evse[evse.evse_id], description, evse_device_info(evse))
                    for evse in evses
                    for description in EVSE_ALERT_NUMBERS
                ),
            ],
            config_subentry_id=charger_id,
        )
        for evse in steered:
            if evse.station is not None and not evse.sees_soc:
                entry.async_on_unload(_when_soc_is_told(evse, async_add_entities))


@callback
def _when_soc_is_told(evse: EvseRuntime, async_add_entities: AddConfigEntryEntitiesCallback) -> CALLBACK_TYPE:
    """Add what limits the state of charge once a station tells of one, which most never do."""
    limits = [description for description in SESSION_LIMITS if not description.exists_fn(evse)]

    @callback
    def look() -> None:
        if evse.sees_soc and limits:
            numbers = [SessionLimitNumber(evse, description) for description in limits]
            limits.clear()
            async_add_entities(numbers, config_subentry_id=evse.charger_id)

    return evse.subscribe(look)


class ViewNumber[ViewT](ViewEntity[ViewT, float], NumberEntity):
    """A number that shows a part of a view."""

    @property
    @override
    def native_value(self) -> float | None:
        return self.shown_value


class MaxCurrent(ViewNumber[EvseView]):
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
            await self._evse.wishes.async_set_max_current(value)


class PeakTarget(ViewNumber[CircuitView]):
    """The mean power of an interval that a circuit's chargers keep under."""

    def __init__(self, circuits: Circuits, circuit: CircuitRuntime) -> None:
        """Bind the number to its circuit."""
        shown: Shown[CircuitView, float] = Shown(value_fn=lambda view: view.target_kw)
        super().__init__(circuit, PEAK_TARGET, shown, circuit_device_info(circuit))
        self._circuits = circuits
        self._circuit = circuit

    @override
    async def async_set_native_value(self, value: float) -> None:
        with ledger_errors():
            await self._circuits.async_set_target(self._circuit, value)


class WindowLength(ViewNumber[SiteView]):
    """How long the cheapest window of a site is to be."""

    def __init__(self, site: SiteRuntime) -> None:
        """Bind the number to its site."""
        shown: Shown[SiteView, float] = Shown(value_fn=lambda view: view.window_s / _S_PER_HOUR)
        super().__init__(site, WINDOW_LENGTH, shown, site_device_info(site))
        self._site = site

    @override
    async def async_set_native_value(self, value: float) -> None:
        with ledger_errors():
            await self._site.price_shown.async_set_length(value * _S_PER_HOUR)


class DepartureEnergy(ViewNumber[EvseView]):
    """What a car of one EVSE is to have by its departure."""

    def __init__(self, evse: EvseRuntime) -> None:
        """Bind the number to its EVSE."""
        shown: Shown[EvseView, float] = Shown(value_fn=lambda view: kwh_from_mwh(view.departure_energy_mwh))
        super().__init__(evse, DEPARTURE_ENERGY, shown, evse_device_info(evse))
        self._evse = evse

    @override
    async def async_set_native_value(self, value: float) -> None:
        with ledger_errors():
            await self._evse.departures.async_set_energy(mwh_from_kwh(value))


class LimitHold(ViewNumber[EvseView]):
    """For how long one EVSE keeps a limit that nobody renews."""

    def __init__(self, evse: EvseRuntime) -> None:
        """Bind the number to its EVSE."""
        shown: Shown[EvseView, float] = Shown(
            value_fn=lambda view: None if view.hold_s is None else view.hold_s / _S_PER_MINUTE
        )
        super().__init__(evse, LIMIT_HOLD, shown, evse_device_info(evse))
        self._evse = evse

    @override
    async def async_set_native_value(self, value: float) -> None:
        await self._evse.commands.async_set_hold(round(value * _S_PER_MINUTE))
        self._evse.async_refresh()


class SessionLimitNumber(ViewNumber[EvseView]):
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


class AlertNumber(ViewNumber[AlertSettings]):
    """When an alert of an EVSE or a site comes."""

    entity_description: AlertNumberDescription

    def __init__(
        self, owner: AlertOwner, description: AlertNumberDescription, device: DeviceInfo | ChildDeviceInfo
    ) -> None:
        """Give money the currency of the site."""
        super().__init__(owner, description, description, device)
        self._alerts = owner
        if description.in_currency:
            self._attr_native_unit_of_measurement = owner.currency

    @override
    async def async_set_native_value(self, value: float) -> None:
        with ledger_errors():
            await self._alerts.async_set(self.entity_description.set_fn(self._alerts.view, value))
