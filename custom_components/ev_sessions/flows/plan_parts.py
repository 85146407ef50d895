"""The parts that a plan may have beside its prices by time: one short form each, none of which has to be opened."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from decimal import Decimal
from itertools import chain
from typing import Any, ClassVar, override

from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import TextSelector, TimeSelector
import probatio as vol

from ..const import (
    CONF_ENTITY_ID,
    CONF_FACTOR,
    CONF_FEES,
    CONF_FREE_ENERGY,
    CONF_GAP,
    CONF_HOLIDAYS,
    CONF_RULE,
    CONF_SUN_PRICE,
    CONF_SUN_READ,
    CONF_TAX_INSIDE,
    CONF_TIERS,
    CONF_UNIT,
    CONF_VAT_PERCENT,
    GAP_UNPRICED,
)
from ..core.money import exact_text
from ..core.prices.unit import GREATEST_PLAUSIBLE_PRICE, greatest_price
from ..core.tariff.plan_parts import FreePer, PlanFees, PlanFree, PlanTier
from ..core.tariff.restrictions import Restrictions
from ..core.tariff.writing import restrictions_data
from . import checks
from .fields import any_number, choice, entity, minutes, money, optional, whole
from .gap import gap_answers, gap_errors, gap_fields, gap_from

_TIERS = 3
#: A leaflet has the night, and perhaps another span of the day.
_FREE_SPANS = (("exempt_start", "exempt_end"), ("exempt2_start", "exempt2_end"))


class PlanPart(ABC):
    """A form: its fields, what the answers mean in the plan's data, and the answers that the data has."""

    @abstractmethod
    def fields(self, currency: str) -> dict[Any, Any]:
        """Return the fields."""

    @abstractmethod
    def errors(self, hass: HomeAssistant, answers: Mapping[str, Any], currency: str) -> Mapping[str, str]:
        """Return what is wrong with the answers."""

    @abstractmethod
    def data(self, answers: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the plan's data have of it; `now` is what they had."""

    @abstractmethod
    def answers(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return it as it was entered."""


class TierPart(PlanPart):
    """Free kilowatt-hours, and other prices from an energy of the month on."""

    @override
    def fields(self, currency: str) -> dict[Any, Any]:
        fields: dict[Any, Any] = {
            optional("free_kwh"): any_number(),
            vol.Required("free_per", default=FreePer.MONTH.value): choice([one.value for one in FreePer], "free_per"),
        }
        for number in range(1, _TIERS + 1):
            fields |= {
                optional(f"tier_{number}_kwh"): any_number(),
                optional(f"tier_{number}_price"): money(f"{currency}/kWh"),
            }
        return fields

    @override
    def errors(self, hass: HomeAssistant, answers: Mapping[str, Any], currency: str) -> Mapping[str, str]:
        given = _tier_answers(answers)
        if any((kwh is None) is not (price is None) for kwh, price in given):
            return {"base": "tier_half"}
        kwhs = [kwh for kwh, _ in given if kwh is not None]
        if any(_absurd(price, currency) for _, price in given if price is not None):
            return {"base": "price_absurd"}
        amounts = [*kwhs, *([free] if (free := answers.get("free_kwh")) is not None else [])]
        if any(not 0 < kwh <= 1_000_000 for kwh in amounts) or kwhs != sorted(set(kwhs)):
            return {"base": "tier_order"}
        return {}

    @override
    def data(self, answers: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
        free = answers.get("free_kwh")
        tiers = [
            PlanTier(from_kwh=_decimal(kwh), price=_decimal(price))
            for kwh, price in _tier_answers(answers)
            if kwh is not None and price is not None
        ]
        return {
            CONF_FREE_ENERGY: None
            if free is None
            else PlanFree(kwh=_decimal(free), per=FreePer(answers["free_per"])).to_data(),
            CONF_TIERS: [tier.to_data() for tier in tiers],
        }

    @override
    def answers(self, data: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if (free := data.get(CONF_FREE_ENERGY)) is not None:
            found = {"free_kwh": float(free["kwh"]), "free_per": free["per"]}
        for number, tier in enumerate(data.get(CONF_TIERS) or (), start=1):
            found |= {f"tier_{number}_kwh": float(tier["from_kwh"]), f"tier_{number}_price": float(tier["price"])}
        return found


class _FeesPart(PlanPart):
    """Fields of the fees; those of the other form stay as they are."""

    amounts: ClassVar[Mapping[str, str]]
    counts: ClassVar[Mapping[str, str]]

    @override
    def errors(self, hass: HomeAssistant, answers: Mapping[str, Any], currency: str) -> Mapping[str, str]:
        amounts = [answers[name] for name in self.amounts if answers.get(name) is not None]
        if any(not 0 <= _decimal(amount) <= GREATEST_PLAUSIBLE_PRICE for amount in amounts):
            return {"base": "fee_out_of_range"}
        return {}

    @override
    def data(self, answers: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
        amounts = {name: _optional_text(answers.get(field)) for field, name in self.amounts.items()}
        counts = {name: int(answers.get(field) or 0) for field, name in self.counts.items()}
        return {CONF_FEES: PlanFees.from_data({**(now.get(CONF_FEES) or {}), **amounts, **counts}).to_data()}

    @override
    def answers(self, data: Mapping[str, Any]) -> dict[str, Any]:
        fees = PlanFees.from_data(data.get(CONF_FEES) or {})
        amounts = {field: getattr(fees, name) for field, name in self.amounts.items()}
        counts = {field: getattr(fees, name) for field, name in self.counts.items()}
        found: dict[str, Any] = {field: float(amount) for field, amount in amounts.items() if amount is not None}
        return found | {field: count for field, count in counts.items() if count}


class FeePart(_FeesPart):
    """What a session costs beside its energy, its bounds, and the steps in which it is counted."""

    amounts: ClassVar[Mapping[str, str]] = {
        "session_fee": "session",
        "hour_price": "hour",
        "session_least": "least",
        "session_most": "most",
    }
    counts: ClassVar[Mapping[str, str]] = {"step_wh": "step_wh", "step_min": "step_min"}

    @override
    def fields(self, currency: str) -> dict[Any, Any]:
        return {
            optional("session_fee"): money(currency),
            optional("hour_price"): money(f"{currency}/h"),
            optional("session_least"): money(currency),
            optional("session_most"): money(currency),
            optional("step_wh"): whole(0, 1_000_000),
            optional("step_min"): minutes(),
        }

    @override
    def errors(self, hass: HomeAssistant, answers: Mapping[str, Any], currency: str) -> Mapping[str, str]:
        if errors := super().errors(hass, answers, currency):
            return errors
        least, most = answers.get("session_least"), answers.get("session_most")
        if least is not None and most is not None and least > most:
            return {"base": "least_above_most"}
        return {}


class StayPart(_FeesPart):
    """What staying costs when the car has had enough."""

    amounts: ClassVar[Mapping[str, str]] = {"idle_price": "idle_hour", "idle_most": "idle_most"}
    counts: ClassVar[Mapping[str, str]] = {"idle_grace_min": "idle_grace_min", "idle_step_min": "idle_step_min"}

    @override
    def fields(self, currency: str) -> dict[Any, Any]:
        return {
            optional("idle_price"): money(f"{currency}/h"),
            optional("idle_grace_min"): minutes(),
            optional("idle_step_min"): minutes(),
            optional("idle_most"): money(currency),
            **{optional(name): TimeSelector() for span in _FREE_SPANS for name in span},
        }

    @override
    def errors(self, hass: HomeAssistant, answers: Mapping[str, Any], currency: str) -> Mapping[str, str]:
        if errors := super().errors(hass, answers, currency):
            return errors
        others = ("idle_grace_min", "idle_step_min", "idle_most", *chain(*_FREE_SPANS))
        if answers.get("idle_price") is None and any(answers.get(name) for name in others):
            return {"base": "idle_without_price"}
        halves = any((start in answers) is not (end in answers) for start, end in _FREE_SPANS)
        return {"base": "exempt_half"} if halves else {}

    @override
    def data(self, answers: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
        data = super().data(answers, now)
        exempt = [
            {"start_time": answers[start][:5], "end_time": answers[end][:5]}
            for start, end in _FREE_SPANS
            if start in answers
        ]
        if answers.get("idle_price") is not None:
            # What the form has no field for stays as it was.
            shown = _free_spans(_fees(now))
            exempt += [restrictions_data(one) for one in _fees(now).idle_exempt if one not in shown]
        fees: dict[str, Any] = {**data[CONF_FEES], "idle_exempt": exempt or None}
        return {CONF_FEES: PlanFees.from_data(fees).to_data()}

    @override
    def answers(self, data: Mapping[str, Any]) -> dict[str, Any]:
        found = super().answers(data)
        for names, span in zip(_FREE_SPANS, _free_spans(_fees(data)), strict=False):
            times = zip(names, (span.start_time, span.end_time), strict=True)
            found |= {name: at.isoformat() for name, at in times if at is not None}
        return found


def _fees(data: Mapping[str, Any]) -> PlanFees:
    return PlanFees.from_data(data.get(CONF_FEES) or {})


def _free_spans(fees: PlanFees) -> list[Restrictions]:
    """Return the times at which staying is free that the form shows: spans of each day, as many as it has fields."""
    of_each_day = [
        one
        for one in fees.idle_exempt
        if None not in {one.start_time, one.end_time}
        and one == Restrictions(start_time=one.start_time, end_time=one.end_time)
    ]
    return of_each_day[: len(_FREE_SPANS)]


_SUN_GRID, _SUN_FEED_IN, _SUN_FIXED, _SUN_FREE, _SUN_READ = "as_grid", "feed_in", "fixed", "free", "read"


class SunPart(PlanPart):
    """What energy from the own roof costs."""

    @override
    def fields(self, currency: str) -> dict[Any, Any]:
        rules = [_SUN_GRID, _SUN_FEED_IN, _SUN_FIXED, _SUN_FREE, _SUN_READ]
        return {
            vol.Required("sun_rule", default=_SUN_FEED_IN): choice(rules, "sun_rule", as_list=True),
            optional(CONF_SUN_PRICE): money(f"{currency}/kWh"),
        }

    @override
    def errors(self, hass: HomeAssistant, answers: Mapping[str, Any], currency: str) -> Mapping[str, str]:
        price = answers.get(CONF_SUN_PRICE)
        if answers["sun_rule"] in {_SUN_FEED_IN, _SUN_FIXED} and price is None:
            return {CONF_SUN_PRICE: "sun_without_price"}
        return {CONF_SUN_PRICE: "price_absurd"} if _absurd(price or 0, currency) else {}

    @override
    def data(self, answers: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
        rule = answers["sun_rule"]
        price = None if rule in {_SUN_GRID, _SUN_READ} else answers.get(CONF_SUN_PRICE)
        return {
            CONF_SUN_PRICE: "0" if rule == _SUN_FREE else _optional_text(price),
            CONF_SUN_READ: rule == _SUN_READ,
        }

    @override
    def answers(self, data: Mapping[str, Any]) -> dict[str, Any]:
        if data.get(CONF_SUN_READ):
            return {"sun_rule": _SUN_READ}
        if data.get(CONF_SUN_PRICE) is None:
            return {}
        price = float(data[CONF_SUN_PRICE])
        return {"sun_rule": _SUN_FREE} if price == 0 else {"sun_rule": _SUN_FEED_IN, CONF_SUN_PRICE: price}


class ReadPart(PlanPart):
    """The entity on top of whose price the plan is."""

    @override
    def fields(self, currency: str) -> dict[Any, Any]:
        return {
            optional(CONF_ENTITY_ID): entity("sensor", "input_number", "number", "event"),
            optional(CONF_UNIT): TextSelector(),
            optional(CONF_FACTOR): any_number(),
            **gap_fields(currency),
        }

    @override
    def errors(self, hass: HomeAssistant, answers: Mapping[str, Any], currency: str) -> Mapping[str, str]:
        if errors := gap_errors(answers):
            return errors
        if not 0 < answers.get(CONF_FACTOR, 1) <= 100:
            return {CONF_FACTOR: "factor_out_of_range"}
        entity_id = answers.get(CONF_ENTITY_ID)
        return {} if entity_id is None else checks.price_error(hass, entity_id, answers.get(CONF_UNIT), currency)

    @override
    def data(self, answers: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
        return {
            CONF_ENTITY_ID: answers.get(CONF_ENTITY_ID),
            CONF_UNIT: answers.get(CONF_UNIT),
            CONF_FACTOR: _optional_text(answers.get(CONF_FACTOR)),
            CONF_GAP: gap_from(answers),
        }

    @override
    def answers(self, data: Mapping[str, Any]) -> dict[str, Any]:
        found = {name: data[name] for name in (CONF_ENTITY_ID, CONF_UNIT) if data.get(name) is not None}
        if data.get(CONF_FACTOR) is not None:
            found[CONF_FACTOR] = float(data[CONF_FACTOR])
        return found | gap_answers(data.get(CONF_GAP) or {CONF_RULE: GAP_UNPRICED})


_TAX_NONE, _TAX_ON_TOP, _TAX_INSIDE = "none", "on_top", "inside"


class TaxPart(PlanPart):
    """The tax that comes on top of the prices, or is in them."""

    @override
    def fields(self, currency: str) -> dict[Any, Any]:
        rules = [_TAX_NONE, _TAX_ON_TOP, _TAX_INSIDE]
        return {
            vol.Required("tax_rule", default=_TAX_ON_TOP): choice(rules, "tax_rule", as_list=True),
            optional(CONF_VAT_PERCENT): any_number(),
        }

    @override
    def errors(self, hass: HomeAssistant, answers: Mapping[str, Any], currency: str) -> Mapping[str, str]:
        if answers["tax_rule"] == _TAX_NONE:
            return {}
        vat = answers.get(CONF_VAT_PERCENT)
        return {} if vat is not None and 0 <= vat <= 100 else {CONF_VAT_PERCENT: "vat_out_of_range"}

    @override
    def data(self, answers: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
        rule = answers["tax_rule"]
        vat = None if rule == _TAX_NONE else _optional_text(answers.get(CONF_VAT_PERCENT))
        return {CONF_VAT_PERCENT: vat, CONF_TAX_INSIDE: rule == _TAX_INSIDE}

    @override
    def answers(self, data: Mapping[str, Any]) -> dict[str, Any]:
        if data.get(CONF_VAT_PERCENT) is None:
            return {}
        rule = _TAX_INSIDE if data.get(CONF_TAX_INSIDE) else _TAX_ON_TOP
        return {"tax_rule": rule, CONF_VAT_PERCENT: float(data[CONF_VAT_PERCENT])}


class HolidayPart(PlanPart):
    """The entity that tells which days are holidays."""

    @override
    def fields(self, currency: str) -> dict[Any, Any]:
        return {optional(CONF_HOLIDAYS): entity("binary_sensor", "calendar")}

    @override
    def errors(self, hass: HomeAssistant, answers: Mapping[str, Any], currency: str) -> Mapping[str, str]:
        entity_id = answers.get(CONF_HOLIDAYS)
        error = None if entity_id is None else checks.entity_error(hass, entity_id)
        return {} if error is None else {CONF_HOLIDAYS: error}

    @override
    def data(self, answers: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
        return {CONF_HOLIDAYS: answers.get(CONF_HOLIDAYS)}

    @override
    def answers(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {} if data.get(CONF_HOLIDAYS) is None else {CONF_HOLIDAYS: data[CONF_HOLIDAYS]}


def _tier_answers(answers: Mapping[str, Any]) -> list[tuple[float | None, float | None]]:
    numbers = range(1, _TIERS + 1)
    return [(answers.get(f"tier_{number}_kwh"), answers.get(f"tier_{number}_price")) for number in numbers]


def _absurd(price: float, currency: str) -> bool:
    return abs(_decimal(price)) > greatest_price(currency)


def _decimal(number: float) -> Decimal:
    return Decimal(str(number))


def _optional_text(number: float | None) -> str | None:
    return None if number is None else exact_text(_decimal(number))
