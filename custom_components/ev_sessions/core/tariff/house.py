"""Which tariffs a house can be priced by while energy flows: those with one price for all at one time."""

from .component import ComponentType, PriceComponent, TimelinePrice
from .extras import NONE
from .restrictions import Restrictions
from .tariff import Tariff


def unsuited_parts(tariff: Tariff) -> tuple[str, ...]:
    """Return the paths of the parts that depend on more than the clock and the calendar, or price more than energy.

    The running cost of a session is its energy times the price of the moment; fees, times and
    limits, and what a session's own energy or power decides, would be missing from it.
    """
    found = [
        f"elements[{number}].price_components[{place}]"
        for number, element in enumerate(tariff.elements)
        for place, component in enumerate(element.price_components)
        if component.type is not ComponentType.ENERGY or _asks_for_more(component)
    ]
    found += [
        f"elements[{number}].restrictions"
        for number, element in enumerate(tariff.elements)
        if _by_the_clock(element.restrictions) != element.restrictions
    ]
    limits = {"min_price": tariff.min_price, "max_price": tariff.max_price, "end_date_time": tariff.end}
    found += [name for name, value in limits.items() if value is not None]
    return (*found, *(("ev_sessions",) if tariff.extras != NONE else ()))


def _asks_for_more(component: PriceComponent) -> bool:
    """Return whether a price is read, or billed in steps that are more than a Wh."""
    return isinstance(component.price, TimelinePrice) or component.step_size > 1


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
