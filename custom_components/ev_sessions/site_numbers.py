"""What the owner sets of a site and of its circuits as a number."""

from typing import override

from homeassistant.components.number import NumberDeviceClass, NumberEntityDescription, NumberMode
from homeassistant.const import EntityCategory, UnitOfPower, UnitOfTime
from homeassistant.core import callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import Shown, circuit_device_info, site_device_info
from .site.circuits.circuit import CircuitRuntime, CircuitView
from .site.circuits.circuits import Circuits
from .site.refusal import ledger_errors
from .site.runtime import SiteRuntime
from .site.view import SiteView
from .view_number import ViewNumber

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


@callback
def async_add_site_numbers(site: SiteRuntime, async_add_entities: AddConfigEntryEntitiesCallback) -> None:
    """Add the length of the cheapest window, and the target of each circuit that keeps one."""
    if site.prices is not None:
        async_add_entities([WindowLength(site)])
    circuits = site.circuits
    if circuits is None:
        return
    for circuit in circuits.all:
        if circuit.peak is not None:
            subentry_id = None if circuit.config.is_root else circuit.config.id
            async_add_entities([PeakTarget(circuits, circuit)], config_subentry_id=subentry_id)
