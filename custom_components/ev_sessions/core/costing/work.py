"""How much there is to look at, so that nobody asks for hours of it."""

from datetime import timedelta

from ..tariff import Tariff
from .slices import Edges
from .usage import Usage

#: So many looks at an element take some seconds; a real tariff and a real session need some thousands.
MOST_WORK = 3_000_000


def work_of(tariff: Tariff, usage: Usage) -> int:
    """Return how often a component is looked at, at most, when a usage is costed."""
    edges = Edges.of(tariff)
    days = (usage.periods[-1].end - usage.periods[0].start) // timedelta(days=1) + 2
    cuts = days * (len(edges.minutes) + len(edges.months_mwh)) + len(edges.energies_mwh) + len(edges.durations_us)
    components = sum(len(element.price_components) for element in tariff.elements)
    return (len(usage.periods) + cuts) * components
