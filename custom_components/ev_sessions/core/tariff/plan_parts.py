"""The parts of a plan beside its usual price: other prices at other times, tiers, free energy, fees, the own sun.

Each reads and writes plain JSON; what there is none of is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from ..fields import Fields
from ..money import exact_text
from ..prices.unit import GREATEST_PLAUSIBLE_PRICE
from ..problem import InputError, Problem
from .component import ComponentType
from .reading import restrictions_from
from .restrictions import Restrictions
from .writing import restrictions_data

_MOST_KWH = Decimal(1_000_000)
_MOST_MIN = 10_000
_MOST_WH = 1_000_000


class PricePer(StrEnum):
    """What a price of a plan is for."""

    KWH = "kwh"
    CHARGING_HOUR = "charging_hour"
    PARKING_HOUR = "parking_hour"  # in which the car asks for no power
    HOUR = "hour"  # charging or parking; what is held back is neither
    SESSION = "session"

    @property
    def counts(self) -> tuple[ComponentType, ...]:
        """As what it counts in OCPI's words."""
        return _COUNTS_AS[self]


_COUNTS_AS = {
    PricePer.KWH: (ComponentType.ENERGY,),
    PricePer.CHARGING_HOUR: (ComponentType.TIME,),
    PricePer.PARKING_HOUR: (ComponentType.PARKING_TIME,),
    PricePer.HOUR: (ComponentType.TIME, ComponentType.PARKING_TIME),
    PricePer.SESSION: (ComponentType.FLAT,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWindow:
    """Another price, per kWh or for time, and when it holds; of two that hold at once the first counts.

    With `holidays` it holds on holidays too, beside the days of `when`, or on them alone.
    """

    price: Decimal
    when: Restrictions
    holidays: bool = False
    per: PricePer = PricePer.KWH

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_data` wrote; InputError names what is wrong."""
        problems: list[Problem] = []
        fields = Fields(data, "", problems)
        fields.required("price")
        window = cls(
            price=_price(fields, "price") or Decimal(0),
            when=restrictions_from(fields.object("when")),
            holidays=fields.raw("holidays") is True,
            per=fields.word("per", PricePer) or PricePer.KWH,
        )
        _hold(problems)
        return window

    def to_data(self) -> dict[str, Any]:
        """Return the window as plain JSON."""
        data: dict[str, Any] = {"price": exact_text(self.price), "when": restrictions_data(self.when)}
        if self.per is not PricePer.KWH:
            data["per"] = self.per.value
        return data | ({"holidays": True} if self.holidays else {})

    def conditions(self, *, holidays_known: bool) -> tuple[Restrictions, ...]:
        """Return when it holds; a holiday is no weekday any more, where holidays are known."""
        when = self.when
        if not holidays_known:
            return () if self.holidays and not when.day_of_week else (when,)
        if not when.day_of_week and not self.holidays:
            return (when,)
        ordinary = (replace(when, holiday=False),) if when.day_of_week else ()
        return (*ordinary, replace(when, day_of_week=(), holiday=True)) if self.holidays else ordinary


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTier:
    """Another usual price from an energy of the local month on."""

    from_kwh: Decimal
    price: Decimal

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_data` wrote; InputError names what is wrong."""
        problems: list[Problem] = []
        fields = Fields(data, "", problems)
        for name in ("from_kwh", "price"):
            fields.required(name)
        tier = cls(
            from_kwh=fields.number("from_kwh", least=Decimal(0), most=_MOST_KWH) or Decimal(0),
            price=_price(fields, "price") or Decimal(0),
        )
        _hold(problems)
        return tier

    def to_data(self) -> dict[str, Any]:
        """Return the tier as plain JSON."""
        return {"from_kwh": exact_text(self.from_kwh), "price": exact_text(self.price)}


class FreePer(StrEnum):
    """What the free energy is of."""

    SESSION = "session"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFree:
    """The first `kwh` of each session, or of each local month of the site, cost nothing."""

    kwh: Decimal
    per: FreePer = FreePer.MONTH

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_data` wrote; InputError names what is wrong."""
        problems: list[Problem] = []
        fields = Fields(data, "", problems)
        fields.required("kwh")
        free = cls(
            kwh=fields.number("kwh", least=Decimal(0), most=_MOST_KWH) or Decimal(0),
            per=FreePer.SESSION if fields.raw("per") == FreePer.SESSION else FreePer.MONTH,
        )
        _hold(problems)
        return free

    def to_data(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {"kwh": exact_text(self.kwh), "per": self.per.value}

    @property
    def when(self) -> Restrictions:
        """Which energy is free."""
        if self.per is FreePer.SESSION:
            return Restrictions(max_kwh=self.kwh)
        return Restrictions(max_month_kwh=self.kwh)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFees:
    """What a session costs beside its energy, and how it is counted; None is no such fee.

    `idle_hour` is after `idle_grace_min` of idling, except in the times of `idle_exempt`, in
    whole steps of `idle_step_min`, and `idle_most` at most. Energy is billed in whole steps of
    `step_wh`, time in those of `step_min`; 0 bills what was used.
    """

    session: Decimal | None = None
    hour: Decimal | None = None
    idle_hour: Decimal | None = None
    idle_grace_min: int = 0
    idle_step_min: int = 0
    idle_exempt: tuple[Restrictions, ...] = ()
    idle_most: Decimal | None = None
    least: Decimal | None = None  # that a session costs, tax included
    most: Decimal | None = None  # that a session costs, tax included
    step_wh: int = 0
    step_min: int = 0

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_data` wrote; InputError names what is wrong."""
        problems: list[Problem] = []
        fields = Fields(data, "", problems)
        most = GREATEST_PLAUSIBLE_PRICE
        found: dict[str, Any] = {name: fields.number(name, least=Decimal(0), most=most) for name in _AMOUNTS}
        found |= {name: fields.whole(name, most=greatest) or 0 for name, greatest in _COUNTS.items()}
        exempt = fields.objects("idle_exempt") if "idle_exempt" in fields else []
        fees = cls(**found, idle_exempt=tuple(map(restrictions_from, exempt)))
        _hold(problems)
        return fees

    def to_data(self) -> dict[str, Any]:
        """Return the fees as plain JSON; what there is none of is left out."""
        amounts = {name: getattr(self, name) for name in _AMOUNTS}
        data: dict[str, Any] = {name: exact_text(amount) for name, amount in amounts.items() if amount is not None}
        data |= {name: count for name in _COUNTS if (count := getattr(self, name))}
        return data | (
            {"idle_exempt": [restrictions_data(one) for one in self.idle_exempt]} if self.idle_exempt else {}
        )


_AMOUNTS = ("session", "hour", "idle_hour", "idle_most", "least", "most")
_COUNTS = {"idle_grace_min": _MOST_MIN, "idle_step_min": _MOST_MIN, "step_wh": _MOST_WH, "step_min": _MOST_MIN}
NO_FEES = PlanFees()


def _price(fields: Fields, name: str) -> Decimal | None:
    return fields.number(name, least=-GREATEST_PLAUSIBLE_PRICE, most=GREATEST_PLAUSIBLE_PRICE)


def _hold(problems: list[Problem]) -> None:
    if problems:
        raise InputError(problems)
