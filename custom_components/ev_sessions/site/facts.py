"""What anybody may ask of a site that runs: what it was set up with, and the parts that it has by now."""

from datetime import date

from .balancing.load_service import LoadService
from .circuits.circuit import CircuitRuntime
from .circuits.circuits import Circuits
from .config.site import SiteConfig
from .evse.evse import EvseRuntime
from .ocpp.station.service import StationService
from .parts import SiteParts
from .prices.repricing import PriceBook
from .prices.service import PriceService


class SiteFacts:
    """Reads a site's configuration and its parts, and changes neither."""

    entry_id: str
    config: SiteConfig
    _parts: SiteParts

    @property
    def name(self) -> str:
        """What people call it."""
        return self.config.name

    @property
    def identity(self) -> str:
        """What the unique ids of its entities begin with."""
        return self.entry_id

    @property
    def currency(self) -> str:
        """The currency of its money, an ISO 4217 code."""
        return self.config.currency

    @property
    def has_meter(self) -> bool:
        """Whether there is a grid meter to balance by."""
        return self.config.meter is not None

    @property
    def balances(self) -> bool:
        """Whether anything is balanced: by a grid meter, or under circuits that could carry too much without."""
        return self.has_meter or any(evse.config.limited_by_circuits for evse in self.evses)

    @property
    def line_count(self) -> int:
        """How many lines it has."""
        return self.config.wiring.line_count

    @property
    def evses(self) -> list[EvseRuntime]:
        """All EVSEs of its chargers."""
        return self._parts.evses

    @property
    def stations(self) -> list[StationService]:
        """Its chargers that speak OCPP."""
        return self._parts.stations

    @property
    def prices(self) -> PriceService | None:
        """The price of its energy; None without a tariff."""
        return self._parts.prices

    @property
    def holidays(self) -> frozenset[date]:
        """The days that are known to be holidays."""
        return self._parts.holiday_days

    @property
    def book(self) -> PriceBook | None:
        """Where the ledger keeps the prices of its tariff; None without one."""
        return self._parts.book

    @property
    def books(self) -> tuple[tuple[PriceBook, PriceService | None], ...]:
        """Its tariffs, its own and those of its payers, each with the price that it follows."""
        return self._parts.books

    @property
    def circuits(self) -> Circuits | None:
        """Its circuits; None without a grid connection."""
        return self._parts.circuits

    @property
    def circuit_list(self) -> list[CircuitRuntime]:
        """Its circuits, the grid connection first."""
        return [] if self.circuits is None else self.circuits.all

    @property
    def load(self) -> LoadService | None:
        """Its balancer; None before the start."""
        return self._parts.load

    def evses_by_charger(self) -> dict[str, list[EvseRuntime]]:
        """Return the EVSEs by their charger's subentry id."""
        found: dict[str, list[EvseRuntime]] = {}
        for evse in self.evses:
            found.setdefault(evse.charger_id, []).append(evse)
        return found
