"""Tariffs: what is paid per kWh, per hour and once, when, and with which tax."""

from .component import ComponentType, PriceComponent, TimelinePrice
from .extras import Discount, Extras, IdleFee
from .restrictions import DayOfWeek, Moment, Reservation, Restrictions
from .tariff import CERTAINTY, Found, PriceLimit, Tariff, TariffElement, TariffType, TaxIncluded

__all__ = [
    "CERTAINTY",
    "ComponentType",
    "DayOfWeek",
    "Discount",
    "Extras",
    "Found",
    "IdleFee",
    "Moment",
    "PriceComponent",
    "PriceLimit",
    "Reservation",
    "Restrictions",
    "Tariff",
    "TariffElement",
    "TariffType",
    "TaxIncluded",
    "TimelinePrice",
]
