"""What the service of a station needs of its site."""

from collections.abc import Callable
from dataclasses import dataclass

from homeassistant.core import HomeAssistant

from ....chargers.ocpp.quirks.quirk import Entry
from ....store import Ledger
from ...clock import Clock
from ...issues import IssueBook
from ...showing import Showing
from ...whose.cards import CardList
from ..house import HouseOfSites
from ..reports import Reports


@dataclass(frozen=True, slots=True, kw_only=True)
class StationSite:
    """What a station's service needs of its site."""

    hass: HomeAssistant
    house: HouseOfSites
    ledger: Ledger
    cards: CardList
    clock: Clock
    issues: IssueBook
    site_id: str
    currency: str
    showing: Showing
    reports: Reports
    balance: Callable[[], None]
    balance_soon: Callable[[], None]
    follow_clock: Callable[[], None]
    quirks: tuple[Entry, ...]
