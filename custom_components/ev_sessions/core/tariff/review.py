"""What looks wrong in a tariff that can be read: elements that never count, and those that overlap by halves.

A tariff with such elements still has one meaning, as the first element that matches counts;
but it is hardly the one that was meant.
"""

from dataclasses import replace
from itertools import combinations
from typing import Any

from .component import ComponentType
from .restrictions import DAYS, Restrictions
from .tariff import Tariff, TariffElement

#: Lower and upper bound of each restriction that is a span.
_SPANS = (
    ("start_date", "end_date"),
    ("min_kwh", "max_kwh"),
    ("min_current_a", "max_current_a"),
    ("min_power_kw", "max_power_kw"),
    ("min_duration_s", "max_duration_s"),
    ("min_month_kwh", "max_month_kwh"),
)
#: Each element is compared with each: no more than these are.
_MOST_LOOKED_AT = 60
_RESERVABLE = frozenset({ComponentType.TIME, ComponentType.FLAT})


def findings(tariff: Tariff) -> tuple[str, ...]:
    """Return what looks wrong, as words with the places of the elements: `unreachable_element_2`."""
    places = range(min(len(tariff.elements), _MOST_LOOKED_AT))
    unreachable = [number for number in places if not _counts(tariff, number)]
    overlapping = [
        (one, other)
        for one, other in combinations([number for number in places if number not in unreachable], 2)
        if _overlap(tariff.elements[one], tariff.elements[other])
    ]
    return (
        *(f"unreachable_element_{number}" for number in unreachable),
        *(f"overlapping_elements_{one}_{other}" for one, other in overlapping),
    )


def _counts(tariff: Tariff, number: int) -> bool:
    """Return whether a component of an element can ever count."""
    element = tariff.elements[number]
    if _contradicts_itself(element.restrictions):
        return False
    earlier = tariff.elements[:number]
    return any(
        not any(kind in _kinds(one) and _covers(one.restrictions, element.restrictions) for one in earlier)
        for kind in _kinds(element)
    )


def _kinds(element: TariffElement) -> frozenset[ComponentType]:
    """Return what an element prices; a reservation has neither energy nor parking."""
    kinds = frozenset(component.type for component in element.price_components)
    return kinds if element.restrictions.reservation is None else kinds & _RESERVABLE


def _contradicts_itself(restrictions: Restrictions) -> bool:
    spans = (_span(restrictions, names) for names in _SPANS)
    return any(least is not None and below is not None and least >= below for least, below in spans)


def _covers(one: Restrictions, other: Restrictions) -> bool:
    """Return whether one holds whenever the other does."""
    return (
        one.reservation is other.reservation
        and one.solar in {None, other.solar}
        and one.holiday in {None, other.holiday}
        and _days(one) >= _days(other)
        and _months(one) >= _months(other)
        and _minutes(one) >= _minutes(other)
        and all(_span_covers(_span(one, names), _span(other, names)) for names in _SPANS)
    )


def _overlap(one: TariffElement, other: TariffElement) -> bool:
    """Return whether two elements differ in one condition only, which overlaps and neither contains the other."""
    if not _kinds(one) & _kinds(other):
        return False
    mine, yours = one.restrictions, other.restrictions
    for names in (("start_time", "end_time"), ("day_of_week",), ("months",), *_SPANS):
        same: dict[str, Any] = {name: getattr(yours, name) for name in names}
        if mine != yours and replace(mine, **same) == yours:
            return not _covers(mine, yours) and not _covers(yours, mine) and _meet(mine, yours)
    return False


def _meet(one: Restrictions, other: Restrictions) -> bool:
    """Return whether both can hold at once, given that they differ in one condition only."""
    spans = ((_span(one, names), _span(other, names)) for names in _SPANS)
    return (
        bool(_days(one) & _days(other))
        and bool(_months(one) & _months(other))
        and bool(_minutes(one) & _minutes(other))
        and all(_before(mine[0], yours[1]) and _before(yours[0], mine[1]) for mine, yours in spans)
    )


def _days(restrictions: Restrictions) -> frozenset[str]:
    return frozenset(restrictions.day_of_week or DAYS)


def _months(restrictions: Restrictions) -> frozenset[int]:
    return frozenset(restrictions.months or range(1, 13))


def _minutes(restrictions: Restrictions) -> frozenset[int]:
    return frozenset(minute for start, end in restrictions.minutes for minute in range(start, end))


def _span(restrictions: Restrictions, names: tuple[str, str]) -> tuple[Any, Any]:
    return getattr(restrictions, names[0]), getattr(restrictions, names[1])


def _span_covers(one: tuple[Any, Any], other: tuple[Any, Any]) -> bool:
    least = one[0] is None or (other[0] is not None and one[0] <= other[0])
    return least and (one[1] is None or (other[1] is not None and one[1] >= other[1]))


def _before(least: Any, below: Any) -> bool:
    return least is None or below is None or least < below
