"""Where a charging period has to be cut: at quarter hours of local time, and where the price changes."""

from ...moment import instant_of, us_of
from ...quarter import quarters_us
from .step import TrackerContext


def cuts_us(start_us: int, end_us: int, context: TrackerContext) -> list[int]:
    """Return the instants inside (start, end) at which a period is cut, in their order, in whole ms."""
    if end_us - start_us <= 1:
        return []
    cuts = {us_of(at) // 1000 * 1000 for at in context.price_cuts(instant_of(start_us), instant_of(end_us))}
    cuts.update(quarters_us(start_us, end_us, context.zone))
    return sorted(cut_us for cut_us in cuts if start_us < cut_us < end_us)
