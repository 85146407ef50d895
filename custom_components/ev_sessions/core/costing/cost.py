"""What a session costs: the sum, over its charging periods, of energy times price.

One rule holds everywhere: a period costs its energy times its price, exactly. So the cost
of a session can always be built again from its periods alone, and costing it twice gives
the same figure.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from ..money import Money, add, average_price, cost_of, subtract, weighted_mean
from ..prices.price import PriceAt
from ..prices.timeline import PriceTimeline
from ..sessions.session import ChargingPeriod, PriceBasis
from ..tariff import CERTAINTY, Tariff


class CostRole(StrEnum):
    """Whose cost it is: what the house pays, or what a payer is billed."""

    HOUSE = "house"
    PAYER = "payer"


@dataclass(frozen=True, slots=True)
class _Share:
    """What one period contributes."""

    energy_mwh: int
    cost: Decimal | None  # None: unpriced


_NO_SHARE = _Share(0, Decimal(0))


class CostTally:
    """The running cost of one session: `put` each period, new or changed, in any order.

    A period counts once, as it was put last; putting one costs the same however long the
    session is. What comes beside the energy (times, fees, limits) is told by `settle`. Nothing is
    rounded, so a tally and one built again with `of` agree.
    """

    __slots__ = ("_beside", "_cost", "_shares", "currency", "energy_mwh", "unpriced_mwh")

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.energy_mwh = 0
        self.unpriced_mwh = 0
        self._cost = Decimal(0)
        self._beside = Decimal(0)
        self._shares: dict[int, _Share] = {}

    @classmethod
    def of(cls, currency: str, periods: Iterable[ChargingPeriod]) -> CostTally:
        """Return the tally of the periods that a ledger has of a session."""
        tally = cls(currency)
        for period in periods:
            tally.put(period)
        return tally

    def put(self, period: ChargingPeriod) -> None:
        """Count `period` as it is now; what its index counted before no longer counts."""
        old = self._shares.get(period.index, _NO_SHARE)
        new = _Share(period.energy_mwh, period_cost(period))
        self._shares[period.index] = new
        self.energy_mwh += new.energy_mwh - old.energy_mwh
        self.unpriced_mwh += _unpriced(new) - _unpriced(old)
        if old.cost is not None:
            self._cost = subtract(self._cost, old.cost)
        if new.cost is not None:
            self._cost = add(self._cost, new.cost)

    def settle(self, total: Decimal) -> None:
        """Let the whole cost be `total`: what is beside the energy of the periods that are put by now."""
        self._beside = subtract(total, self._cost)

    @property
    def total(self) -> Money:
        """The cost of the energy that has a price, and of what comes beside it."""
        return Money(amount=add(self._cost, self._beside), currency=self.currency)

    @property
    def cost(self) -> Money | None:
        """The cost to show: None where energy flowed and none of it has a price."""
        return None if 0 < self.unpriced_mwh == self.energy_mwh else self.total

    @property
    def average_price(self) -> Decimal | None:
        """The mean price per kWh of the energy that has a price, fees included; None where there is none."""
        return average_price(self.total.amount, self.energy_mwh - self.unpriced_mwh)


def period_cost(period: ChargingPeriod) -> Decimal | None:
    """Return the exact cost of a period; None where its energy is unpriced."""
    if period.price_per_kwh is None:
        return None
    return cost_of(period.energy_mwh, period.price_per_kwh)


def priced(period: ChargingPeriod, tariff: Tariff, timeline: PriceTimeline) -> ChargingPeriod:
    """Return the period with the price of its span, or with none where none is known.

    Where the sun has a price of its own, the period's is the mean of both by their energy,
    so that what it costs is its energy times its price as ever.
    """
    return priced_at(period, tariff, tariff.span_price(period.start, period.end, timeline))


def priced_at(period: ChargingPeriod, tariff: Tariff, price: PriceAt) -> ChargingPeriod:
    """Return the period with the price of its span, where that is known to be `price`."""
    solar_mwh = min(period.solar_mwh or 0, period.energy_mwh)
    if solar_mwh > 0 and (sun := tariff.sun_price) is not None:
        price = _with_sun(price, sun, period.energy_mwh - solar_mwh, solar_mwh)
    return replace(period, price_per_kwh=price.price_per_kwh, price_basis=price.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChange:
    """A period whose price became another: for the ledger, and for its audit trail."""

    old: ChargingPeriod
    new: ChargingPeriod


def reprice(
    periods: Iterable[ChargingPeriod],
    tariff: Tariff,
    timeline: PriceTimeline,
    *,
    unpriced_only: bool = True,
) -> tuple[PriceChange, ...]:
    """Return the periods whose price is another by what the timeline knows now.

    By default only unpriced energy gets its price. Else a price also gives way to one that
    is known at least as surely; a price that was known is never lost to a timeline that
    has forgotten it. Bounds and energy stay.
    """
    changes: list[PriceChange] = []
    for old in periods:
        if unpriced_only and old.price_basis is not PriceBasis.NONE:
            continue
        new = priced(old, tariff, timeline)
        surer = CERTAINTY.index(new.price_basis) <= CERTAINTY.index(old.price_basis)
        if surer and new != old:
            changes.append(PriceChange(old=old, new=new))
    return tuple(changes)


def _with_sun(price: PriceAt, sun: Decimal, grid_mwh: int, solar_mwh: int) -> PriceAt:
    if grid_mwh == 0:
        return PriceAt(sun, PriceBasis.FIXED)
    if price.price_per_kwh is None:
        return price
    return PriceAt(weighted_mean([(price.price_per_kwh, grid_mwh), (sun, solar_mwh)]), price.basis)


def _unpriced(share: _Share) -> int:
    return share.energy_mwh if share.cost is None else 0
