"""How far below the fuse the house is kept: nothing where the meter is quick, more the later it shows a rise."""

from dataclasses import replace

from ..load import SiteLimits

#: A breaker carries 1.13 times its rating for an hour (IEC 60898-1), 3 A more at 25 A: what strays for seconds
#: (light, electronics) does it no harm, so up to this delay nothing is left free.
_HARMLESS_S = 15.0
#: What a rise that nobody sees for longer may be is left free, up to 1 A for a meter of a minute.
_A_PER_S = 1.0 / 45.0
_MOST_A = 1.0


def automatic_margin_a(period_s: float, delay_s: float) -> float:
    """Return what a meter of that period and delay needs, in A."""
    return min(_MOST_A, max(0.0, (period_s + delay_s - _HARMLESS_S) * _A_PER_S))


def with_margin(limits: SiteLimits, period_s: float, delay_s: float) -> SiteLimits:
    """Return the limits with that margin on top of the owner's own."""
    margin_a = automatic_margin_a(period_s, delay_s)
    return replace(limits, margin_a=limits.margin_a + margin_a) if margin_a else limits
