"""By what sessions are priced: one price per kWh at a time, or the cost engine where a tariff has more."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...core.costing import Circumstances
from ...core.costing.running import RunningCost
from ...core.costing.session_cost import BesideLine
from ...core.costing.slices import Edges
from ...core.local_time import local_boundaries
from ...core.prices.timeline import PriceTimeline
from ...core.sessions.session import ChargingPeriod
from ...core.tariff import Tariff
from ...core.tariff.house import asks_for_owner, asks_for_trace, is_per_kwh
from .billing import Billings

type Cuts = Callable[[datetime, datetime], tuple[datetime, ...]]

_DAY = timedelta(days=1)


def _nothing_known(_start: datetime) -> Circumstances:
    return Circumstances()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """The tariff of now; None: nothing is priced. What has a price from before `since` keeps it.

    `price` gives a period its price where the price of the moment is all. `timelines` are the
    prices that are read, as they are known now; `known` is what a cost depends on besides, for
    a session that begins at an instant.
    """

    currency: str
    zone: ZoneInfo
    tariff: Tariff | None = None
    version_id: str | None = None
    since: datetime | None = None
    price: Callable[[ChargingPeriod], ChargingPeriod] = lambda period: period
    timelines: Callable[[], Mapping[str, PriceTimeline]] = dict
    known: Callable[[datetime], Circumstances] = _nothing_known
    billings: Callable[[], Billings] = Billings

    @property
    def by_engine(self) -> bool:
        """Whether sessions cost more than their energy times the price of the moment."""
        return self.tariff is not None and not is_per_kwh(self.tariff)

    @property
    def asks_the_ledger(self) -> bool:
        """Whether the last word on a cost needs what the ledger has: the session's trace, or whose it is."""
        return self.tariff is not None and (asks_for_trace(self.tariff) or asks_for_owner(self.tariff))

    def running(
        self, start: datetime, before: Sequence[BesideLine] = (), *, voucher: bool = False
    ) -> RunningCost | None:
        """Return the cost of a session that begins at an instant, with nothing in it; None where the price is all.

        So it is not with a voucher, under no tariff.
        """
        if self.tariff is None or not (self.by_engine or before or voucher):
            return None
        return RunningCost(self.tariff, self.zone, self.known(start), before=before)

    def cuts(self, price_cuts: Cuts) -> Cuts:
        """Return where charging periods are cut: where the price changes, and where anything of the tariff may."""
        if self.tariff is None or not self.by_engine:
            return price_cuts
        clock = _ClockCuts(zone=self.zone, minutes=Edges.of(self.tariff).minutes)
        return lambda start, end: tuple(sorted({*price_cuts(start, end), *clock.between(start, end)}))


@dataclass(slots=True, kw_only=True)
class _ClockCuts:
    """The instants at which the local clock may decide; asked for at every reading, looked for once a day."""

    zone: ZoneInfo
    minutes: tuple[int, ...]
    _known: tuple[datetime, datetime] | None = None
    _cuts: list[datetime] = field(default_factory=list)

    def between(self, start: datetime, end: datetime) -> Sequence[datetime]:
        """Return those inside (start, end)."""
        if not self.minutes:
            return ()
        if self._known is None or not self._known[0] <= start <= end <= self._known[1]:
            self._known = (start, max(end, start + _DAY))
            self._cuts = sorted(local_boundaries(*self._known, self.minutes, self.zone))
        return self._cuts[bisect_right(self._cuts, start) : bisect_left(self._cuts, end)]
