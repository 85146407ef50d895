"""What a charge costs, told to a station that shows that to who charges (OCPP 2.x, I02 and E06)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
import logging
from typing import Any, Final, Protocol

from homeassistant.core import HomeAssistant, callback

from ....chargers.ocpp.command import async_send
from ....chargers.ocpp.limiter import CommandedStation
from ....chargers.ocpp.rpc import CallFailedError, RefusedError
from ....chargers.ocpp.v2.commands import cost_updated
from ....core.money import Money, subtract
from ....core.station.transaction import StationTransaction
from ...evse.evse import EvseRuntime

_LOGGER = logging.getLogger(__name__)

#: The key of a charger's settings under which the ledger has what its transactions began with.
STATION_COSTS: Final = "costs"
#: A display need not be newer than a person looks at it.
_EVERY_S: Final = 60.0


class HasEvse(Protocol):
    """What leads to an EVSE; its sessions are there only once its site has begun."""

    @property
    def evse(self) -> EvseRuntime:
        """The EVSE."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Charge:
    """A transaction in its session, which had cost `before` when it began: a session may have several."""

    transaction_id: str
    session_id: str
    before: Decimal = Decimal(0)


class Costs:
    """The costs of the transactions of one station. `currency` is that of the site, `shows` what the station shows.

    `keep` writes what they began with: over a restart a charge must not begin to count anew.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        station: CommandedStation,
        *,
        currency: str,
        shows: Callable[[], str | None],
        kept: object,
        keep: Callable[[dict[str, Any]], None],
        evses: Mapping[int, HasEvse],
    ) -> None:
        self._hass = hass
        self._station = station
        self._currency = currency
        self._shows = shows
        self._keep = keep
        self._charges = _charges_from(kept)
        self._told: dict[int, tuple[float, Decimal]] = {}
        self._refused = False
        self._evses = evses

    @property
    def _wanted(self) -> bool:
        return self._shows() == self._currency

    @callback
    def async_connected(self) -> None:
        """Try once more what the station refused before."""
        self._refused = False
        self._told.clear()

    @callback
    def async_look(self, evse: int, transaction: StationTransaction | None) -> None:
        """Look at what an EVSE's transaction costs now, and tell it now and then."""
        if transaction is None or not self._wanted:
            return
        charge = self._charges.get(evse)
        if charge is None or charge.transaction_id != transaction.id:
            charge = self._begin(evse, transaction.id)
        if charge is not None:
            self._async_tell(evse, charge)

    def total_cost(self, transaction_id: str) -> float | None:
        """Return what a transaction cost that has just ended; None where that is not known."""
        if not self._wanted:
            return None
        for evse, charge in self._charges.items():
            if charge.transaction_id == transaction_id:
                cost = self._cost_of(evse, charge)
                return None if cost is None else float(cost)
        return None

    def _begin(self, evse: int, transaction_id: str) -> _Charge | None:
        progress = self._evses[evse].evse.recorder.progress
        if progress is None:
            return None
        before = progress.cost or Decimal(0)
        self._charges[evse] = charge = _Charge(
            transaction_id=transaction_id, session_id=progress.session_id, before=before
        )
        self._keep({str(number): _to_json(one) for number, one in self._charges.items()})
        return charge

    def _cost_of(self, evse: int, charge: _Charge) -> Decimal | None:
        recorder = self._evses[evse].evse.recorder
        progress, cost = recorder.progress, None
        if progress is not None and progress.session_id == charge.session_id:
            cost = progress.cost
        elif recorder.shown is not None and (last := recorder.shown.last_session) is not None:
            cost = last.cost if last.id == charge.session_id else None
        return None if cost is None else Money(amount=subtract(cost, charge.before), currency=self._currency).rounded

    @callback
    def _async_tell(self, evse: int, charge: _Charge) -> None:
        if self._refused or not self._station.connected:
            return
        cost, now_s = self._cost_of(evse, charge), self._hass.loop.time()
        told_s, told = self._told.get(evse, (None, None))
        if cost is None or cost == told or (told_s is not None and now_s - told_s < _EVERY_S):
            return
        self._told[evse] = (now_s, cost)
        self._hass.async_create_background_task(
            self._async_send(charge.transaction_id, cost), f"cost to {self._station.identity}", eager_start=False
        )

    async def _async_send(self, transaction_id: str, cost: Decimal) -> None:
        try:
            await async_send(self._station, cost_updated(transaction_id, float(cost)))
        except RefusedError as error:
            self._refused = True
            _LOGGER.debug("%s shows no cost while it charges: %s", self._station.identity, error)
        except CallFailedError as error:
            _LOGGER.debug("%s was not told the cost: %s", self._station.identity, error)


def _to_json(charge: _Charge) -> list[str]:
    return [charge.transaction_id, charge.session_id, str(charge.before)]


def _charges_from(kept: object) -> dict[int, _Charge]:
    try:
        return {
            int(number): _Charge(transaction_id=transaction_id, session_id=session_id, before=Decimal(before))
            for number, (transaction_id, session_id, before) in (kept if isinstance(kept, dict) else {}).items()
        }
    except ArithmeticError, TypeError, ValueError:
        return {}  # no figure is better than a wrong one
