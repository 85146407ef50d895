"""Make what is shown of a site from its last decision and from what is shown of its EVSEs."""

from collections.abc import Sequence
from decimal import Decimal
from math import inf
from typing import TYPE_CHECKING

from ..core.balancing.load import BalancingState, Decision
from ..core.balancing.reasons import ReasonKey
from ..core.costing.saving import Saving
from ..core.prices.ahead import Ahead
from .costs.recosting_job import Progress
from .view import CapacityView, EvseView, MonthView, SiteView

if TYPE_CHECKING:
    from .runtime import SiteRuntime

_ASKS_FOR_NOTHING = frozenset({ReasonKey.NO_CAR, ReasonKey.CAR_SATISFIED, ReasonKey.NOT_CONTROLLED})


def view_of(site: SiteRuntime) -> SiteView:
    """Return what is to be shown of a site now."""
    return site_view(
        None if site.load is None else site.load.decision,
        [evse.view for evse in site.evses],
        price_per_kwh=None if site.prices is None else site.prices.now.price_per_kwh,
        ahead=site.price_shown.ahead,
        window_s=site.price_shown.length_s,
        unpriced_mwh=site.price_shown.unpriced_mwh,
        capacity=site.peaks.view,
        balancing=site.balancing,
        recosting=site.costs.recosting.progress,
        saving=site.costs.saving.saving,
        month_co2_kg=None if site.carbon is None else site.carbon.month.kg,
    )


def site_view(
    decision: Decision | None,
    evses: Sequence[EvseView],
    *,
    price_per_kwh: Decimal | None,
    ahead: Ahead,
    window_s: float,
    unpriced_mwh: int | None,
    capacity: CapacityView | None,
    balancing: bool,
    recosting: Progress | None = None,
    saving: Saving,
    month_co2_kg: float | None = None,
) -> SiteView:
    """Return the view of a site; without a decision nothing is balanced yet."""
    least = _least(evses)
    powers = [evse.power_w for evse in evses if evse.power_w is not None]
    return SiteView(
        headroom_a=None if decision is None else decision.headroom_a,
        chargers_power_w=sum(powers) if powers else None,
        balancing_state=BalancingState.OFF if decision is None else decision.state,
        balancing_reason=None if least is None else least.limit_reason,
        balancing_reason_key=None if least is None else least.limit_reason_key,
        price_per_kwh=price_per_kwh,
        ahead=ahead,
        window_s=window_s,
        unpriced_mwh=unpriced_mwh,
        capacity=capacity,
        month=_sum_of([evse.month for evse in evses]),
        balancing=balancing,
        saving=saving,
        month_co2_kg=month_co2_kg,
        recosting_percent=None if recosting is None else recosting.percent,
        recosted=None if recosting is None else (recosting.done, recosting.total),
        meter=None if decision is None else decision.meter,
    )


def _sum_of(months: list[MonthView]) -> MonthView:
    costs = [month.cost for month in months if month.cost is not None]
    return MonthView(
        start=next((month.start for month in months), None),
        energy_mwh=sum(month.energy_mwh for month in months),
        cost=sum(costs[1:], costs[0]) if costs else None,
        sessions=sum(month.sessions for month in months),
    )


def _least(evses: Sequence[EvseView]) -> EvseView | None:
    """Return the car that has the least of those that ask for anything, else of all."""
    decided = [evse for evse in evses if evse.limit_reason_key is not None]
    asking = [evse for evse in decided if evse.limit_reason_key not in _ASKS_FOR_NOTHING]
    return min(asking or decided, key=lambda evse: inf if evse.limit_a is None else evse.limit_a, default=None)
