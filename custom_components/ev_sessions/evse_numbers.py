"""What the owner sets of an EVSE as a number: the greatest current, and what a session or a departure asks for."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import override

from homeassistant.components.number import NumberDeviceClass, NumberEntityDescription, NumberMode
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfElectricCurrent, UnitOfEnergy, UnitOfTime
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .core.energy import kwh_from_mwh, mwh_from_kwh
from .core.sessions.session_limit import SessionLimit
from .entity import Shown, evse_device_info
from .site.evse.evse import EvseRuntime
from .site.refusal import ledger_errors
from .site.runtime import SiteConfigEntry, SiteRuntime
from .site.view import EvseView
from .view_number import ViewNumber

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


@callback
def async_add_evse_numbers(
    entry: SiteConfigEntry, site: SiteRuntime, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the numbers of the EVSEs that can be controlled."""
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
