"""Read the grid meter from Home Assistant's entities."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from homeassistant.components.binary_sensor.const import DOMAIN as BINARY_SENSOR, BinarySensorDeviceClass
from homeassistant.components.sensor import DOMAIN as SENSOR
from homeassistant.const import ATTR_DEVICE_CLASS
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from ..core.balancing.meter.grid import GridMeter, MeterForm
from ..core.reading import GridReading
from ..sources.measured import Availability, Gauge
from ..sources.value import Quantity, said
from ..sources.watch import EntityNames, EntityWatch, SourceListener
from .mapping import MeterConfig


class EntityGridMeter:
    """Calls `on_reading` on each report of any of the meter's entities; with None when it is lost.

    Lines that report one by one make a reading each, with the newest value of the others: each
    line's current is its own, and to wait for the last of them would delay the step down that a
    load on the first asks for. Where one line says nothing there is no reading at all, as a line
    that nobody sees cannot be guarded.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        config: MeterConfig,
        meter: GridMeter,
        *,
        name: str,
        on_reading: Callable[[GridReading | None], None],
        listener: SourceListener,
    ) -> None:
        self._hass = hass
        self._config = config
        self._meter = meter
        self._on_reading = on_reading
        self._watch = EntityWatch(hass, config.entity_ids, on_report=self._async_report, listener=listener)
        heartbeats = () if config.heartbeat is None else (config.heartbeat,)
        # Not watched: what these report makes a reading of the lines no younger.
        self._names = EntityNames(hass, (*heartbeats, *config.voltages), self._async_renamed)
        self._voltages = {entity_id: Gauge(Quantity.VOLTAGE_V, listener) for entity_id in config.voltages}
        self._listener = listener
        self._availability = Availability(name)
        quantity = Quantity.CURRENT_A if config.form is MeterForm.LINE_CURRENTS else Quantity.POWER_W
        self._gauges = {
            entity_id: Gauge(quantity, listener) for entity_id in (*config.imports, *(config.exports or ()))
        }
        self._total_power = Gauge(Quantity.POWER_W, listener)

    @property
    def available(self) -> bool:
        """Whether the last report made a reading."""
        return self._availability.available is True

    @property
    def alive_at(self) -> datetime | None:
        """When the meter last gave a sign of life (UTC); None where none of its entities says anything.

        A steady meter may have nothing to report on its lines for long, while its other
        entities go on. So all that its device measures counts, equal reports included; where
        the owner chose a heartbeat, that alone does.
        """
        instants = [
            state.last_reported
            for entity_id in self._witnesses()
            if (state := self._hass.states.get(entity_id)) is not None
            and said(state) is not None
            # Made by the integration and not by the device: it is fresh when the device is gone.
            and state.attributes.get(ATTR_DEVICE_CLASS) != BinarySensorDeviceClass.CONNECTIVITY
        ]
        return max(instants, default=None)

    @callback
    def async_start(self) -> None:
        """Read what is there now, and go on until stopped."""
        self._names.async_start()
        self._watch.async_start()
        instants = [self._watch[entity_id].at for entity_id in self._config.entity_ids]
        self._async_report(max(instants, default=dt_util.utcnow()))

    @callback
    def async_stop(self) -> None:
        """Read no more."""
        self._names.async_stop()
        self._watch.async_stop()

    @callback
    def _async_report(self, at: datetime) -> None:
        reading = self._meter.read(
            at,
            self._values(self._config.imports),
            None if self._config.exports is None else self._values(self._config.exports),
            self._total_power_w(),
            voltage_v=self._voltage_v(),
        )
        if reading is not None and {*(told_at := self._told_at(reading))} != {at}:
            reading = replace(reading, told_at=told_at)
        before = self._availability.available
        self._availability.set(available=reading is not None)
        # A loss is told once; then it is for time-outs.
        if reading is not None or before is not False:
            self._on_reading(reading)

    def _values(self, entity_ids: Iterable[str]) -> list[float | None]:
        values = [self._gauges[entity_id].read(self._watch[entity_id].state) for entity_id in entity_ids]
        return [None if value is None else float(value) for value in values]

    def _told_at(self, reading: GridReading) -> tuple[datetime, ...]:
        """Return when each line was last reported; a total tells of all lines at once."""
        both = zip(self._config.imports, self._config.exports or self._config.imports, strict=True)
        told_at = [max(self._watch[one].at, self._watch[other].at) for one, other in both]
        lines = len(reading.currents_a)
        return tuple(told_at) if len(told_at) == lines else (told_at[0],) * lines

    def _total_power_w(self) -> float | None:
        if self._config.total_power is None:
            return None
        value = self._total_power.read(self._watch[self._config.total_power].state)
        return None if value is None else float(value)

    def _voltage_v(self) -> float | None:
        """Return the greatest of the lines' voltages; None where none is known."""
        states = {entity_id: self._hass.states.get(self._names[entity_id]) for entity_id in self._voltages}
        known = [value for entity_id, gauge in self._voltages.items() if (value := gauge.read(states[entity_id]))]
        return float(max(known)) if known else None

    def _witnesses(self) -> set[str]:
        """Return the heartbeat; else the meter's entities, and what else its integration measures on their device."""
        if self._config.heartbeat is not None:
            return {self._names[self._config.heartbeat]}
        registry = er.async_get(self._hass)
        witnesses = set(self._watch.current_ids.values())
        for entity_id in tuple(witnesses):
            entry = registry.async_get(entity_id)
            if entry is None or entry.device_id is None:
                continue
            witnesses.update(
                other.entity_id
                for other in er.async_entries_for_device(registry, entry.device_id)
                # What a person or another integration hangs on the device says nothing of its life.
                if other.domain in {SENSOR, BINARY_SENSOR} and other.config_entry_id == entry.config_entry_id
            )
        return witnesses

    @callback
    def _async_renamed(self, configured_id: str, old_id: str, _removed: bool) -> None:  # noqa: FBT001
        if (new_id := self._names[configured_id]) != old_id:
            self._listener.on_renamed(old_id, new_id)
