"""The parts of one site that runs: made in `building`, fed by `incoming`."""

from dataclasses import dataclass, field
from datetime import date, datetime

from homeassistant.core import callback

from ..chargers.control import ChargerControl
from ..chargers.ocpp.quirks.quirk import Entry
from ..chargers.reader import ChargerReader
from ..core.costing import Circumstances
from ..core.prices.timeline import PriceTimeline
from ..meters.entities import EntityGridMeter
from .balancing.load_service import LoadService
from .circuits.circuits import Circuits
from .config.circuits import CircuitConfig, Tree
from .config.site import ChargerConfig
from .evse.evse import EvseRuntime
from .ocpp.central import SharedCentral
from .ocpp.station.service import StationService
from .prices.billing import Billings
from .prices.holidays import Holidays
from .prices.repricing import PriceBook
from .prices.service import PriceService
from .prices.session_pricing import Pricing


@dataclass(slots=True, kw_only=True)
class SiteParts:
    """What a site is plugged together from; None where it has no such part, or not yet."""

    evses: list[EvseRuntime] = field(default_factory=list)
    readers: list[ChargerReader] = field(default_factory=list)
    controls: list[ChargerControl] = field(default_factory=list)
    central: SharedCentral | None = None
    quirks: tuple[Entry, ...] = ()  # of stations
    stations: list[StationService] = field(default_factory=list)
    meter: EntityGridMeter | None = None
    prices: PriceService | None = None
    payer_prices: list[PriceService] = field(default_factory=list)
    payer_books: list[tuple[PriceBook, PriceService | None]] = field(default_factory=list)
    holidays: Holidays | None = None
    book: PriceBook | None = None
    pricing: Pricing | None = None
    billings: Billings = field(default_factory=Billings)
    #: As they are configured when the site starts: what is added meanwhile has its turn when it starts anew.
    configured_chargers: tuple[ChargerConfig, ...] = ()
    configured_circuits: tuple[CircuitConfig, ...] = ()
    tree: Tree | None = None
    circuits: Circuits | None = None
    load: LoadService | None = None

    @property
    def books(self) -> tuple[tuple[PriceBook, PriceService | None], ...]:
        """The tariffs, that of the house and those of payers, each with the price that it follows."""
        own = () if self.book is None else ((self.book, self.prices),)
        return (*own, *self.payer_books)

    def timelines(self) -> dict[str, PriceTimeline]:
        """Return what is known of the prices that the tariffs of house and payers read, by their source."""
        found: dict[str, PriceTimeline] = {}
        for service in (*self.payer_prices, self.prices):
            read = None if service is None else service.tariff.timeline_price
            if service is not None and read is not None:
                found[read.source] = service.timeline
        return found

    def circumstances(self, start: datetime) -> Circumstances:
        """Return what the cost of a session depends on that begins now: the site's energy of the month so far."""
        months = [evse.recorder.month for evse in self.evses if evse.recorder.has_begun]
        return Circumstances(
            month_mwh=sum(month.energy_mwh for month in months if month.holds(start)), holidays=self.holiday_days
        )

    @property
    def holiday_days(self) -> frozenset[date]:
        """The days that are known to be holidays."""
        return frozenset() if self.holidays is None else self.holidays.days

    @callback
    def async_listen(self) -> None:
        """Begin to hear circuits, chargers, stations and the meter."""
        # Who limits a circuit is heard before anybody charges on it.
        if self.circuits is not None:
            self.circuits.async_start()
        for reader in self.readers:
            reader.async_start()
        for control in self.controls:
            control.async_start()
        for station in self.stations:
            station.async_start()
        if self.meter is not None:
            self.meter.async_start()

    @callback
    def async_deafen(self) -> None:
        """Hear nobody any more but the stations, which are told their last limits yet."""
        for reader in self.readers:
            reader.async_stop()
        if self.meter is not None:
            self.meter.async_stop()
        if self.circuits is not None:
            self.circuits.async_stop()
        for service in (*self.payer_prices, self.prices):
            if service is not None:
                service.async_stop()
        if self.holidays is not None:
            self.holidays.async_stop()
