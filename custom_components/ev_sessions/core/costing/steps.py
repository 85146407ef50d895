"""Step sizes: what is missing to whole steps, once for energy and once for time (OCPI CDR, `step_size`)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ..tariff import ComponentType, Tariff
from .result import CostLine, Rule

_US_PER_S = 1_000_000
_MWH_PER_WH = 1_000
_TIMES = frozenset({ComponentType.TIME, ComponentType.PARKING_TIME})


def step_lines(lines: Sequence[CostLine], tariff: Tariff) -> Iterator[CostLine]:
    """Yield what is billed beyond what was used.

    For energy, and for the kind of time that is the last to have a price, the session's total
    of that kind is rounded up to whole steps of the component that counted last, at that
    component's price; a total of whole steps stays. What has no component is not in the
    total. Switching between elements, or from charging to parking, rounds nothing. The time
    of a reservation is a total of its own.
    """
    yield from _rounded_up(lines, tariff, lambda line: line.component is ComponentType.ENERGY, _MWH_PER_WH)
    times = [line for line in lines if line.component in _TIMES]
    yield from _rounded_up(times, tariff, lambda line: line.reservation, _US_PER_S)
    counted = [line for line in times if not line.reservation]
    if counted:
        last = counted[-1].component
        yield from _rounded_up(counted, tariff, lambda line: line.component is last, _US_PER_S)


def _rounded_up(
    lines: Sequence[CostLine], tariff: Tariff, counts: Callable[[CostLine], bool], per_step: int
) -> Iterator[CostLine]:
    counted = [line for line in lines if counts(line)]
    if not counted:
        return
    last = counted[-1]
    step = tariff.elements[last.element].price_components[last.place].step_size * per_step
    # Free tariffs come with a step of 0.
    missing = -sum(line.quantity for line in counted) % step if step else 0
    if missing:
        yield replace(last, quantity=missing, rule=Rule.STEP_SIZE)
