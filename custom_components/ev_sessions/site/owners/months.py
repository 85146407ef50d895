"""Energy and cost of the running month of each vehicle and payer of a site, wherever they charged."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import logging
from typing import Any, Final
from zoneinfo import ZoneInfo

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_track_time_interval

from ...const import DOMAIN, SUBENTRY_PAYER, SUBENTRY_VEHICLE
from ...core.money import Money
from ...core.statistics.month import month_of
from ...core.statistics.sums import Slot
from ...store import Grouping, Kind, Ledger, LedgerError
from ..clock import Clock
from ..evse.evse import EvseRuntime
from ..ledger.ledger import asked
from ..view import MonthView
from ..whose.garage import Garage

_LOGGER = logging.getLogger(__name__)

#: What goes on is counted so often; what ends, at once.
_LOOK_EVERY: Final = timedelta(minutes=5)
_ENDINGS: Final = frozenset({"disconnected", "cost_final"})
_KINDS: Final = {
    SUBENTRY_VEHICLE: (Kind.VEHICLE, Grouping.VEHICLE, "Vehicle"),
    SUBENTRY_PAYER: (Kind.PAYER, Grouping.PAYER, "Payer"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerMonthView:
    """The running month of a vehicle or a payer as it is shown."""

    month: MonthView = field(default_factory=MonthView)


class OwnerMonth:
    """One vehicle or payer. Its view is what entities show."""

    def __init__(self, *, subentry_id: str, kind: Kind, grouping: Grouping, currency: str) -> None:
        self.identity = subentry_id
        self.kind = kind
        self.grouping = grouping
        self.currency = currency
        self.view = OwnerMonthView()
        self._listeners: list[Callable[[], None]] = []

    @property
    def is_billed(self) -> bool:
        """Whether it is somebody who pays."""
        return self.kind is Kind.PAYER

    def subscribe(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Have `listener` called when the view changed."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def async_show(self, start: datetime, slots: Iterable[Slot]) -> None:
        """Show the sums of a month."""
        mine = [one for one in slots if one.currency == self.currency]
        energy_mwh = sum(one.energy_mwh for one in mine)
        unpriced_mwh = sum(one.unpriced_mwh for one in mine)
        cost_nano = sum(one.cost_nano for one in mine)
        known = energy_mwh == 0 or energy_mwh > unpriced_mwh or cost_nano != 0
        cost = Money.from_nano(cost_nano, self.currency).amount if known else None
        bills = [one.billed_nano for one in mine if one.billed_nano is not None]
        billed = Money.from_nano(sum(bills), self.currency).amount if bills else None
        view = OwnerMonthView(month=MonthView(start=start, energy_mwh=energy_mwh, cost=cost, billed=billed))
        if view == self.view:
            return
        self.view = view
        for listener in tuple(self._listeners):
            listener()


class OwnerMonths:
    """Those of a site. They are summed from the ledger, so that corrections count."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        ledger: Ledger,
        garage: Garage,
        *,
        zone: ZoneInfo,
        currency: str,
        clock: Clock,
        run: Callable[..., None],
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._ledger = ledger
        self._garage = garage
        self._zone = zone
        self._clock = clock
        self._run = run
        self._releases: list[CALLBACK_TYPE] = []
        self.all = tuple(
            OwnerMonth(subentry_id=subentry.subentry_id, kind=kind, grouping=grouping, currency=currency)
            for name, (kind, grouping, _) in _KINDS.items()
            for subentry in entry.get_subentries_of_type(name)
        )

    @callback
    def async_devices(self, site_device_id: str) -> None:
        """Make the device of each vehicle and payer."""
        for name, (_, _, model) in _KINDS.items():
            for subentry in self._entry.get_subentries_of_type(name):
                dr.async_get(self._hass).async_get_or_create(
                    config_entry_id=self._entry.entry_id,
                    config_subentry_id=subentry.subentry_id,
                    identifiers={(DOMAIN, subentry.subentry_id)},
                    name=subentry.title,
                    manufacturer="EV Sessions",
                    model=model,
                    via_device_id=site_device_id,
                    entry_type=dr.DeviceEntryType.SERVICE,
                )

    @callback
    def async_listen(self, evses: Iterable[EvseRuntime]) -> None:
        """Follow the sessions."""
        if not self.all:
            return
        self._releases = [evse.events.subscribe(self._session_event) for evse in evses]
        self._releases.append(async_track_time_interval(self._hass, self._look, _LOOK_EVERY, cancel_on_shutdown=True))
        self.async_soon()

    @callback
    def async_stop(self) -> None:
        """Follow nothing more."""
        while self._releases:
            self._releases.pop()()

    @callback
    def async_soon(self) -> None:
        """Sum anew."""
        if self._releases:
            self._run(self.async_refresh(), "months of vehicles and payers")

    @callback
    def _look(self, _at: datetime) -> None:
        self.async_soon()

    @callback
    def _session_event(self, event_type: str, _attributes: dict[str, Any]) -> None:
        if event_type in _ENDINGS:
            self.async_soon()

    async def async_refresh(self) -> None:
        """Show what the ledger has of this month."""
        month = month_of(self._clock().utc, self._zone)
        try:
            chargers = await asked(self._ledger.chargers())
            evse_ids = tuple(evse_id for one in chargers for evse_id in one.evse_ids.values())
            for grouping in {one.grouping for one in self.all}:
                slots = await asked(self._ledger.slots(month.start, month.end, evse_ids, grouping=grouping))
                for one in self.all:
                    if one.grouping is grouping:
                        thing_id = self._garage.id_of(one.kind, one.identity)
                        one.async_show(month.start, [slot for slot in slots if slot.group == thing_id])
        except LedgerError as err:
            _LOGGER.debug("The month of vehicles and payers could not be read: %s", err)
