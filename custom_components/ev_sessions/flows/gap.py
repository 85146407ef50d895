"""What energy costs while the price that is read is not known."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import probatio as vol

from ..const import CONF_MAX_S, CONF_PRICE, CONF_RULE, GAP_FALLBACK, GAP_HOLD, GAP_UNPRICED
from .fields import choice, minutes, money

_FIELD_RULE = "gap_rule"
_FIELD_HOLD_MIN = "hold_min"
_FIELD_GAP_PRICE = "gap_price"


def gap_fields(currency: str) -> dict[Any, Any]:
    """Return the fields that ask for it."""
    return {
        vol.Required(_FIELD_RULE, default=GAP_UNPRICED): choice([GAP_UNPRICED, GAP_HOLD, GAP_FALLBACK], "gap_rule"),
        vol.Optional(_FIELD_HOLD_MIN): minutes(),
        vol.Optional(_FIELD_GAP_PRICE): money(f"{currency}/kWh"),
    }


def gap_errors(answers: Mapping[str, Any]) -> dict[str, str]:
    """Return what is missing to the rule that was chosen."""
    if answers[_FIELD_RULE] == GAP_HOLD and not answers.get(_FIELD_HOLD_MIN):
        return {"base": "hold_without_time"}
    if answers[_FIELD_RULE] == GAP_FALLBACK and answers.get(_FIELD_GAP_PRICE) is None:
        return {"base": "fallback_without_price"}
    return {}


def gap_from(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rule as a tariff keeps it."""
    gap: dict[str, Any] = {CONF_RULE: answers[_FIELD_RULE]}
    if gap[CONF_RULE] == GAP_HOLD:
        gap[CONF_MAX_S] = answers[_FIELD_HOLD_MIN] * 60
    if gap[CONF_RULE] == GAP_FALLBACK:
        gap[CONF_PRICE] = format(Decimal(str(answers[_FIELD_GAP_PRICE])), "f")
    return gap


def gap_answers(gap: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rule as it was entered."""
    answers: dict[str, Any] = {_FIELD_RULE: gap[CONF_RULE]}
    if CONF_MAX_S in gap:
        answers[_FIELD_HOLD_MIN] = gap[CONF_MAX_S] / 60
    if CONF_PRICE in gap:
        answers[_FIELD_GAP_PRICE] = float(gap[CONF_PRICE])
    return answers
