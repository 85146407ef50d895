"""The vehicles and payers of all sites, as one site sees them: what they are called, and what they show."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
import logging
from typing import Final

from homeassistant.const import STATE_HOME, STATE_OFF, STATE_ON
from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect, async_dispatcher_send
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util.hass_dict import HassKey

from ...const import DOMAIN
from ...core.sessions.attribution import VehicleSigns
from ...core.vehicles.battery import believable_percent
from ...sources.value import Quantity, measure, said
from ...store import Kind, Ledger, LedgerError
from ..config.owners import PayerConfig, VehicleConfig, payers_of, vehicles_of
from ..ledger.ledger import asked

_LOGGER = logging.getLogger(__name__)

#: No car drives further.
_MOST_KM: Final = 10_000_000
_CHANGED: Final = f"{DOMAIN}_owners_changed"
#: The vehicle that is known to charge at each EVSE of all sites.
_CHARGING: HassKey[dict[str, str]] = HassKey(f"{DOMAIN}_vehicles_charging")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """A vehicle; `id` is the ledger's."""

    id: str
    config: VehicleConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Who pays; `id` is the ledger's."""

    id: str
    config: PayerConfig


@callback
def async_owners_changed(hass: HomeAssistant) -> None:
    """Let all sites look anew at which vehicles and payers there are."""
    async_dispatcher_send(hass, _CHANGED)


class Garage:
    """Knows vehicles and payers by their ids in the ledger, and follows the vehicles' plugs."""

    def __init__(self, hass: HomeAssistant, ledger: Ledger, *, run: Callable[..., None]) -> None:
        self._hass = hass
        self._ledger = ledger
        self._run = run
        self._ids: dict[tuple[Kind, str], str] = {}
        self._names: dict[str, str] = {}
        self._plugs: dict[str, tuple[bool, datetime | None]] = {}
        self._releases: list[CALLBACK_TYPE] = []
        self._unfollow: CALLBACK_TYPE | None = None
        self.vehicles: tuple[Vehicle, ...] = ()
        self.payers: tuple[Payer, ...] = ()

    async def async_start(self) -> None:
        """Learn who there is, and follow it."""
        self._releases.append(async_dispatcher_connect(self._hass, _CHANGED, self._async_changed))
        await self.async_refresh()

    @callback
    def async_stop(self) -> None:
        """Follow nothing more."""
        while self._releases:
            self._releases.pop()()
        if self._unfollow is not None:
            self._unfollow()
            self._unfollow = None

    @callback
    def _async_changed(self) -> None:
        self._run(self._async_follow(), "vehicles and payers")

    async def _async_follow(self) -> None:
        try:
            await self.async_refresh()
        except LedgerError as err:
            # Those that were known stay so.
            _LOGGER.debug("Vehicles and payers could not be read anew: %s", err)

    async def async_refresh(self) -> None:
        """Ask the ledger how it calls what is configured."""
        for kind in (Kind.VEHICLE, Kind.PAYER):
            for version in await asked(self._ledger.versions(kind, newest_only=True)):
                self._ids[kind, version.subentry_id] = version.thing_id
                self._names[version.thing_id] = version.name
        self.vehicles = tuple(
            Vehicle(id=self._ids[Kind.VEHICLE, one.id], config=one)
            for one in vehicles_of(self._hass)
            if (Kind.VEHICLE, one.id) in self._ids
        )
        self.payers = tuple(
            Payer(id=self._ids[Kind.PAYER, one.id], config=one)
            for one in payers_of(self._hass)
            if (Kind.PAYER, one.id) in self._ids
        )
        self._follow_plugs()

    def _follow_plugs(self) -> None:
        if self._unfollow is not None:
            self._unfollow()
        plugs = [one.config.plugged for one in self.vehicles if one.config.plugged is not None]
        for entity_id in plugs:
            self._take_plug(entity_id, self._hass.states.get(entity_id))
        self._unfollow = async_track_state_change_event(self._hass, plugs, self._plug_changed) if plugs else None

    @callback
    def _plug_changed(self, event: Event[EventStateChangedData]) -> None:
        self._take_plug(event.data["entity_id"], event.data["new_state"])

    def _take_plug(self, entity_id: str, state: State | None) -> None:
        """Note when a plug turned on or off; a state that comes back after silence is no turn."""
        on = is_on(state)
        if on is None or state is None:
            return
        known = self._plugs.get(entity_id)
        if known is None:
            self._plugs[entity_id] = (on, None)
        elif known[0] is not on:
            self._plugs[entity_id] = (on, state.last_changed)

    # What there is

    def id_of(self, kind: Kind, subentry_id: str | None) -> str | None:
        """Return the ledger's id of a subentry's vehicle or payer."""
        return None if subentry_id is None else self._ids.get((kind, subentry_id))

    def name(self, thing_id: str | None) -> str | None:
        """Return what people call a vehicle or a payer, removed ones too."""
        return None if thing_id is None else self._names.get(thing_id)

    def vehicle(self, vehicle_id: str | None) -> Vehicle | None:
        """Return a vehicle that is configured."""
        return next((one for one in self.vehicles if one.id == vehicle_id), None)

    def payer_of_person(self, user_id: str | None) -> str | None:
        """Return the payer who is that user of Home Assistant."""
        if user_id is None:
            return None
        for one in self.payers:
            state = None if one.config.person is None else self._hass.states.get(one.config.person)
            if state is not None and state.attributes.get("user_id") == user_id:
                return one.id
        return None

    @property
    def _charging(self) -> dict[str, str]:
        return self._hass.data.setdefault(_CHARGING, {})

    @callback
    def async_set_charging(self, evse_id: str, vehicle_id: str | None) -> None:
        """Note which vehicle charges at an EVSE, so that no other takes it for its own."""
        if vehicle_id is None:
            self._charging.pop(evse_id, None)
        else:
            self._charging[evse_id] = vehicle_id

    # What they show

    def soc(self, vehicle: Vehicle) -> float | None:
        """Return how full a vehicle's battery is, in percent."""
        state = None if vehicle.config.soc is None else self._hass.states.get(vehicle.config.soc)
        percent = measure(state, Quantity.SOC_PERCENT)
        return believable_percent(float(percent) if isinstance(percent, Decimal) else None)

    def socs(self) -> dict[str, float]:
        """Return how full the batteries are that tell it."""
        levels = {one.id: self.soc(one) for one in self.vehicles}
        return {key: level for key, level in levels.items() if level is not None}

    def odometer_km(self, vehicle: Vehicle | None) -> float | None:
        """Return how far a vehicle has driven; None where that is not known."""
        entity_id = None if vehicle is None else vehicle.config.odometer
        km = self._number(entity_id)
        state = None if entity_id is None else self._hass.states.get(entity_id)
        miles = state is not None and state.attributes.get("unit_of_measurement") == "mi"
        return None if km is None else round(km * 1.609344, 3) if miles else km

    def signs(self, evse_id: str, before: Mapping[str, float]) -> tuple[VehicleSigns, ...]:
        """Return what all vehicles show; `before` is how full they were when the session began."""
        elsewhere = {vehicle_id for other, vehicle_id in self._charging.items() if other != evse_id}
        return tuple(self._signs(one, before.get(one.id), busy=one.id in elsewhere) for one in self.vehicles)

    def _signs(self, vehicle: Vehicle, soc_before: float | None, *, busy: bool) -> VehicleSigns:
        config = vehicle.config
        plugged, plugged_at = self._plugs.get(config.plugged or "", (None, None))
        presence = None if config.presence is None else self._hass.states.get(config.presence)
        return VehicleSigns(
            id=vehicle.id,
            payer_id=self.id_of(Kind.PAYER, config.payer_id),
            tracked=config.presence is not None,
            present=is_home(presence),
            plugged=plugged,
            plugged_at=plugged_at,
            soc_before=soc_before,
            soc_percent=self.soc(vehicle),
            battery_kwh=config.battery_kwh,
            busy=busy,
        )

    def _number(self, entity_id: str | None) -> float | None:
        state = None if entity_id is None else self._hass.states.get(entity_id)
        text = said(state)
        if text is None:
            return None
        try:
            value = float(text)
        except ValueError:
            return None
        return value if 0 <= value <= _MOST_KM else None


def is_on(state: State | None) -> bool | None:
    """Return whether something is on; None where it does not say."""
    text = said(state)
    if text not in {STATE_ON, STATE_OFF}:
        return None
    return text == STATE_ON


def is_home(state: State | None) -> bool | None:
    """Return whether a tracker, a person or a sensor of presence says that it is there; None where it does not say."""
    text = said(state)
    if text is None:
        return None
    on = is_on(state)
    return text == STATE_HOME if on is None else on
