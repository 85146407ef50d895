"""Keeps one station set up as we want it, and gives it its password."""

from collections.abc import Callable, Mapping
from datetime import datetime
import logging
from typing import TYPE_CHECKING, Any

from homeassistant.core import callback

from ....chargers.ocpp.quirks.quirk import Quirks, quirks_of
from ....chargers.ocpp.setup.calls import Calls, GoneError
from ....chargers.ocpp.setup.dialects import dialect_for
from ....chargers.ocpp.setup.security import PasswordPush, async_push_password
from ....chargers.ocpp.setup.unfinished import Transactions
from ....chargers.ocpp.setup.watch import Known, StationSetup
from ....chargers.ocpp.setup.wishes import Wanted
from ....chargers.ocpp.station import Station
from ....core.station.capabilities import Capabilities
from ...config.ocpp import StationConfig
from ..memory import LedgerSettings, LedgerTokens
from .facts import StationFacts
from .issues import StationIssues
from .kept import StationKept

if TYPE_CHECKING:
    from .station_site import StationSite

_LOGGER = logging.getLogger(__name__)

#: The key of a charger's settings under which the ledger has what its station can do.
STATION_CAPABILITIES = "capabilities"
#: And that of the settings for which it was restarted.
RESTARTED_FOR = "restarted_for"


class StationKeeping:
    """Sets a station up whenever it comes, with the quirks of what it is."""

    def __init__(
        self,
        site: StationSite,
        config: StationConfig,
        station: Station,
        *,
        kept: StationKept,
        evses: int,
        transactions: Transactions,
        issues: StationIssues,
        learned: Callable[[], None],
    ) -> None:
        """`learned` hears when the station is set up, each time that it has come."""
        self._site = site
        self._config = config
        self._station = station
        self._kept = kept
        self._evses = evses
        self._tell_learned = learned
        self._transactions = transactions
        self._issues = issues
        self._memory = LedgerSettings(site.ledger, kept.record_id, site.clock)
        self._tokens = LedgerTokens(
            site.ledger,
            site_id=site.site_id,
            charger_id=kept.record_id,
            clock=site.clock,
            knows_master=lambda: self.capabilities.master_pass,
        )
        self._running = False
        self._pushing = False
        #: Since when the connection is there on which it was given its password.
        self._pushed_on: datetime | None = None
        self._firmware: str | None = None
        #: What is known of its kind, and what of that its owner lets stand.
        self.brand = Quirks()
        self.quirks = Quirks()
        self.setup = self._new_setup(Capabilities())

    @property
    def capabilities(self) -> Capabilities:
        """What the station can do: the least, until it was asked."""
        return self.setup.capabilities

    @property
    def known(self) -> Known | None:
        """What became of the last set-up."""
        return self.setup.known

    @property
    def signal_dbm(self) -> float | None:
        """How strong its radio heard the network at the last set-up, where its settings tell."""
        return None if self.known is None else self.known.report.signal_dbm

    def _new_setup(self, capabilities: Capabilities) -> StationSetup:
        free = self._config.free
        return StationSetup(
            self._site.hass,
            self._station,
            wanted=Wanted(free=free, local_list=not free, currency=self._site.currency),
            quirks=self.quirks,
            memory=self._memory,
            tokens=None if free else self._tokens,
            transactions=self._transactions,
            learned=self._async_learned,
            evses=self._evses,
            capabilities=capabilities,
            restarted_for=tuple(str(one) for one in self._kept.before(RESTARTED_FOR) or ()),
            keep_restarted_for=lambda settings: self._kept.keep(RESTARTED_FOR, list(settings)),
        )

    @callback
    def async_start(self, facts: StationFacts) -> None:
        """Keep the station set up from now on."""
        self._running = True
        self._firmware = facts.firmware
        self.quirks = self._quirks_of(facts)
        self.setup = self._new_setup(_capabilities_from(self._kept.before(STATION_CAPABILITIES)))
        boot, since = self._station.boot, self._station.connected_since
        # A site that starts anew finds its stations connected: nothing has to be asked of them twice.
        self.setup.async_start(booted=boot is not None and since is not None and boot.at >= since)

    @callback
    def async_stop(self) -> None:
        """Leave the station alone."""
        self._running = False
        self.setup.async_stop()

    @callback
    def async_facts(self, facts: StationFacts) -> None:
        """Mind what is known of the kind of station that it has told to be."""
        if self._firmware not in {None, facts.firmware}:
            self.setup.async_other_firmware()
        self._firmware = facts.firmware
        self.quirks = self._quirks_of(facts)
        self.setup.async_quirks(self.quirks)

    @callback
    def async_cards_changed(self) -> None:
        """Bring the station's own list of cards up to date."""
        self.setup.async_again()

    @callback
    def async_came(self) -> None:
        """Tell the owner where a station has come without its password, and there is none to give it any more."""
        due = self._config.password_due
        bare = self._station.security_profile == 0 and self._new_password is None
        self._issues.password_due(due if bare else None)

    @callback
    def heard(self, action: str, payload: Mapping[str, Any]) -> None:
        """Hear of a call of the station."""
        self.setup.heard(action, payload)
        if not self._running or self._pushing or self._new_password is None:
            return
        if self._pushed_on is None or self._pushed_on != self._station.connected_since:
            self._pushing = True
            self._site.hass.async_create_background_task(
                self._async_push_password(), f"password of {self._station.identity}", eager_start=False
            )

    def _quirks_of(self, facts: StationFacts) -> Quirks:
        self.brand = quirks_of(self._site.quirks, vendor=facts.vendor, model=facts.model, firmware=facts.firmware)
        return self.brand.overridden(self._config.quirks)

    @callback
    def _async_learned(self, known: Known) -> None:
        self._issues.metering(refused=known.report.refuses_metering)
        self._kept.keep(STATION_CAPABILITIES, known.capabilities.to_json())
        self._tell_learned()

    @property
    def _new_password(self) -> str | None:
        return self._site.house.new_passwords.get(self._station.identity)

    async def _async_push_password(self) -> None:
        """Give the station the password that a flow has made."""
        try:
            password, version = self._new_password, self._station.version
            if password is None or version is None:
                return
            calls, since = Calls(self._station), self._station.connected_since
            result = await async_push_password(dialect_for(calls, version), version, password)
            self._pushed_on = since
            if result is not PasswordPush.EITHER or self._config.password_due is None:
                # Else it may not have heard it: it is given it once more where it comes without.
                self._site.house.password_given(self._station.identity)
            if result is PasswordPush.NEW:
                self._site.house.password_taken(self._station.identity)
            self._issues.password(taken=result is not PasswordPush.OLD)
        except GoneError:
            _LOGGER.debug("%s went away before it was given its password", self._station.identity)
        finally:
            self._pushing = False


def _capabilities_from(text: str | None) -> Capabilities:
    if text is None:
        return Capabilities()
    try:
        return Capabilities.from_json(text)
    except ValueError:
        # Asked for again when the station comes.
        return Capabilities()
