"""When alerts of an EVSE or a site come, as numbers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import override

from homeassistant.components.number import NumberDeviceClass, NumberEntityDescription, NumberMode
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import callback
from homeassistant.helpers.device_registry import ChildDeviceInfo, DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .core.alerts import AlertSettings
from .entity import Shown, evse_device_info, site_device_info
from .site.alerts.alert_watch import AlertOwner
from .site.refusal import ledger_errors
from .site.runtime import SiteRuntime
from .view_number import ViewNumber


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


@callback
def async_add_alert_numbers(site: SiteRuntime, async_add_entities: AddConfigEntryEntitiesCallback) -> None:
    """Add when alerts come: of a site by its meter, and of each of its EVSEs."""
    if site.has_meter:
        async_add_entities(
            AlertNumber(site.alerts.site, description, site_device_info(site)) for description in SITE_ALERT_NUMBERS
        )
    for charger_id, evses in site.evses_by_charger().items():
        async_add_entities(
            [
                AlertNumber(site.alerts.by_evse[evse.evse_id], description, evse_device_info(evse))
                for evse in evses
                for description in EVSE_ALERT_NUMBERS
            ],
            config_subentry_id=charger_id,
        )
