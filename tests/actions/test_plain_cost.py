"""Odd tariffs under odd sessions: the action says what a reckoning by hand says that knows only the rules."""

from fractions import Fraction
import random
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.ev_sessions.const import DOMAIN

from .past import act
from .plain_cost import Draw, plain_cost

#: All is reckoned exactly; what has no end as a decimal is told to twelve digits.
_NEAR = Fraction(1, 10**12)
_DIGITS = {"EUR": 2, "JPY": 0, "KWD": 3}
_AT_ONCE = 40


def rounded(amount: Fraction, digits: int) -> Fraction:
    """Return an amount to so many digits, half away from zero."""
    whole = (2 * abs(amount) * 10**digits + 1) // 2
    return Fraction(whole if amount >= 0 else -whole, 10**digits)


@pytest.mark.parametrize("first", range(0, 160, _AT_ONCE))
async def test_the_action_agrees_with_a_reckoning_minute_by_minute(hass: HomeAssistant, first: int) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    for seed in range(first, first + _AT_ONCE):
        question = Draw(seed).question()
        periods = [one.data for one in question.periods]
        random.Random(seed).shuffle(periods)
        asked: dict[str, Any] = {"ocpi_tariff": question.tariff, "periods": periods, "time_zone": question.zone}
        found = await act(hass, "calculate_cost", **asked, circumstances=question.known)
        excl, incl = plain_cost(question)
        said = Fraction(found["total_excl_tax"]), Fraction(found["total_incl_tax"])
        assert abs(said[0] - excl) <= _NEAR, (seed, question)
        assert abs(said[1] - incl) <= _NEAR, (seed, question)
        assert Fraction(found["total_rounded"]) == rounded(said[1], _DIGITS[question.tariff["currency"]]), seed
        assert sum(Fraction(one["amount_excl_tax"]) for one in found["periods"]) == said[0], seed
        assert sum(Fraction(one["amount"]) for one in found["taxes"]) == said[1] - said[0], seed
