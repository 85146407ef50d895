"""Integrations that tell their prices by an action of their own: who is recognised, and how each is asked.

A room per integration; each recognises its own price entity by its unique id and says
nothing of others, such as the price of gas or a day's mean.
"""

from collections.abc import Callable

from . import amber, easyenergy, energyzero, entsoe, green_planet, nordpool, omie, tibber, tibber_prices
from .action import Chosen, PriceAction, Way

__all__ = ["Chosen", "PriceAction", "Way", "action_for"]

_BY_PLATFORM: dict[str, Callable[[Chosen], PriceAction | None]] = {
    "amberelectric": amber.action,
    "easyenergy": easyenergy.action,
    "energyzero": energyzero.action,
    "entsoe": entsoe.action,
    "green_planet_energy": green_planet.action,
    "nordpool": nordpool.action,
    "omie": omie.action,
    "tibber": tibber.action,
    "tibber_prices": tibber_prices.action,
}


def action_for(chosen: Chosen) -> PriceAction | None:
    """Return how the prices behind an entity can be asked for; None where no action of its integration tells them."""
    known = _BY_PLATFORM.get(chosen.platform)
    return None if known is None else known(chosen)
