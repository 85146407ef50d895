"""The parts of one site that runs: made in `building`, fed by `incoming`."""

from dataclasses import dataclass, field

from ..chargers.control import ChargerControl
from ..chargers.ocpp.quirks.quirk import Entry
from ..chargers.reader import ChargerReader
from ..meters.entities import EntityGridMeter
from .circuit_config import Tree
from .circuits import Circuits
from .evse import EvseRuntime
from .load_service import LoadService
from .ocpp.central import SharedCentral
from .ocpp.service import StationService
from .price_service import PriceService
from .repricing import PriceBook


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
    book: PriceBook | None = None
    tree: Tree | None = None
    circuits: Circuits | None = None
    load: LoadService | None = None
