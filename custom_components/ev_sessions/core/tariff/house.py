"""How a tariff is looked at while energy flows: by one price per kWh at a time, or by the cost engine."""

from .component import ComponentType, PriceComponent, TimelinePrice
from .extras import NONE
from .restrictions import Restrictions
from .tariff import Tariff, TariffElement


def is_per_kwh(tariff: Tariff) -> bool:
    """Return whether a session costs its energy times the price of the moment, and nothing else.

    So it is where only the clock, the calendar and a price that is read decide, beside a price
    of the own sun. Fees, times, steps and limits, and what a session's own energy or power decides,
    are the cost engine's.
    """
    bounds = (tariff.min_price, tariff.max_price, tariff.start, tariff.end)
    if tariff.extras != NONE or any(bound is not None for bound in bounds):
        return False
    return all(_is_simple(element) for element in tariff.elements)


def asks_for_trace(tariff: Tariff) -> bool:
    """Return whether it matters what flowed when within a period, beyond what the clock cuts it by."""
    return any(
        value is not None
        for element in tariff.elements
        for value in (
            element.restrictions.min_power_kw,
            element.restrictions.max_power_kw,
            element.restrictions.min_current_a,
            element.restrictions.max_current_a,
            element.restrictions.min_duration_s,
            element.restrictions.max_duration_s,
        )
    )


def asks_for_owner(tariff: Tariff) -> bool:
    """Return whether it matters whose a session is, which may be said as late as at its end."""
    return any(one.vehicle is not None or one.payer is not None for one in tariff.extras.discounts)


def _is_simple(element: TariffElement) -> bool:
    components, restrictions = element.price_components, element.restrictions
    if any(component.type is not ComponentType.ENERGY or component.step_size > 1 for component in components):
        return False
    if restrictions == Restrictions(solar=True):
        return all(_is_fixed(component) for component in components)
    return _by_the_clock(restrictions) == restrictions


def _is_fixed(component: PriceComponent) -> bool:
    return not isinstance(component.price, TimelinePrice)


def _by_the_clock(restrictions: Restrictions) -> Restrictions:
    """Return what of restrictions is of the clock and the calendar."""
    return Restrictions(
        start_time=restrictions.start_time,
        end_time=restrictions.end_time,
        start_date=restrictions.start_date,
        end_date=restrictions.end_date,
        day_of_week=restrictions.day_of_week,
        months=restrictions.months,
    )
