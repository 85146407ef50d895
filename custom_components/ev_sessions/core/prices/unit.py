"""What a price's unit means: which currency, major or minor unit, per how much energy.

Home Assistant reads only what stands after the slash, so "ct/kWh" counts there as a
hundred times too much. Here the unit is read whole, or refused with a reason.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
import re

from ..money import minor_digits, product, unit_price

#: Beyond this no amount of money is meant, in any currency.
GREATEST_PLAUSIBLE_PRICE = Decimal(1_000_000)
#: Beyond so many euros per kWh a number is a mistake and no price: the market for electricity that
#: may be the dearest ends at a tenth of it.
_GREATEST_EUROS = 100
#: What a euro is, roughly and rather too much than too little. Of a currency that is not here
#: nothing is known but that the weakest pay some ten thousands per kWh.
_PER_EURO = {
    **dict.fromkeys(["CHF", "EUR", "GBP"], 1),
    **dict.fromkeys(["AUD", "BGN", "CAD", "NZD", "SGD", "USD"], 2),
    **dict.fromkeys(["BRL", "CNY", "DKK", "ILS", "PLN", "RON"], 10),
    **dict.fromkeys(["MXN", "NOK", "SEK", "ZAR"], 25),
    **dict.fromkeys(["CZK", "RUB", "INR", "TRY", "UAH"], 200),
    **dict.fromkeys(["HUF", "ISK", "JPY"], 500),
    "KRW": 2000,
}

#: ASCII digits only: `Decimal` would also take "1_000", "NaN" and digits of other scripts.
#: The exponent is bounded, or a text of ten characters could fill the memory.
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,64}(?:\.[0-9]{0,64})?|\.[0-9]{1,64})(?:[eE][+-]?[0-9]{1,3})?")

_KWH_PER = {"wh": Decimal("0.001"), "kwh": Decimal(1), "mwh": Decimal(1000)}

_CROWN = ("kr", "kr.", "kronor", "kroner", "krona", "krone")
_ORE = ("öre", "øre", "ore", "oere")

#: Signs of the major unit beside the ISO code itself, casefolded.
_MAJOR_SIGNS: dict[str, tuple[str, ...]] = {
    "AUD": ("$", "a$", "au$", "aud$"),
    "BGN": ("лв", "лв.", "lv", "lev"),
    "BRL": ("r$", "real", "reais"),
    "CAD": ("$", "c$", "ca$", "cad$"),
    "CHF": ("fr", "fr.", "sfr", "sfr."),
    "CNY": ("¥", "元", "yuan", "rmb"),
    "CZK": ("kč", "kc"),
    "DKK": (*_CROWN, "dkr"),
    "EUR": ("€", "euro", "euros"),
    "GBP": ("£", "pound", "pounds"),
    "HUF": ("ft", "forint"),
    "ILS": ("₪", "nis", "shekel"),
    "INR": ("₹", "rs", "rs.", "rupee", "rupees"),
    "ISK": _CROWN,
    "JPY": ("¥", "円", "yen"),
    "KRW": ("₩", "won"),
    "MXN": ("$", "mx$", "peso", "pesos"),
    "NOK": (*_CROWN, "nkr"),
    "NZD": ("$", "nz$", "nzd$"),
    "PLN": ("zł", "zl", "złoty", "zloty"),
    "RON": ("lei", "leu"),
    "RUB": ("₽", "руб", "руб."),  # noqa: RUF001 - Cyrillic is meant
    "SEK": (*_CROWN, "skr"),
    "SGD": ("$", "s$", "sg$"),
    "TRY": ("₺", "tl", "lira"),
    "UAH": ("₴", "грн", "грн."),
    "USD": ("$", "us$", "usd$", "dollar", "dollars"),
    "ZAR": ("r", "rand"),
}

_CENT = ("c", "ct", "cts", "ct.", "cent", "cents", "¢")

#: Signs of the minor unit beside "cent", casefolded.
_MINOR_SIGNS: dict[str, tuple[str, ...]] = {
    "BGN": ("ст", "ст.", "st", "stotinki"),
    "BRL": ("centavo", "centavos"),
    "CHF": ("rp", "rp.", "rappen", "centime", "centimes"),
    "CNY": ("fen", "分"),
    "CZK": ("h", "haléř", "haléře", "haléřů"),
    "DKK": _ORE,
    "EUR": ("eurocent", "eurocents", "centime", "centimes", "snt"),
    "GBP": ("p", "pence", "penny"),
    "INR": ("p", "paisa", "paise"),
    "MXN": ("centavo", "centavos"),
    "NOK": _ORE,
    "PLN": ("gr", "gr.", "grosz", "groszy"),
    "RON": ("ban", "bani"),
    "RUB": ("коп", "коп."),
    "SEK": _ORE,
    "TRY": ("kr", "kuruş", "kurus"),
    "UAH": ("коп", "коп."),
}


def greatest_price(currency: str) -> Decimal:
    """Return beyond what per kWh, in the major unit, a number is a mistake and no price."""
    per_euro = _PER_EURO.get(currency)
    return GREATEST_PLAUSIBLE_PRICE if per_euro is None else Decimal(_GREATEST_EUROS * per_euro)


class UnitFault(StrEnum):
    """Why a unit cannot be read."""

    MISSING = "missing"  # no unit at all
    NOT_PER_ENERGY = "not_per_energy"  # "EUR", "EUR/h"
    OTHER_CURRENCY = "other_currency"  # not (or not known to be) the site's currency


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitProblem:
    """A unit that cannot be read, as it was written, and why."""

    fault: UnitFault
    unit: str | None
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceUnit:
    """The unit of a price: `raw * factor` is the major unit of `currency` per kWh."""

    currency: str
    factor: Decimal

    @classmethod
    def parse(cls, text: str | None, currency: str) -> PriceUnit | UnitProblem:
        """Read a unit such as "ct/kWh" or "€ per MWh" of a site whose currency is given.

        Nothing is guessed: without a unit, without an energy, or with a sign that is not
        of `currency`, a `UnitProblem` comes back.
        """
        if text is None or not text.strip():
            return UnitProblem(fault=UnitFault.MISSING, unit=text, currency=currency)
        compact = re.sub(r"[\s\u00b7\u2060]+", "", re.sub(r"\s+per\s+", "/", text, flags=re.IGNORECASE))
        money, _, energy = compact.partition("/")
        kwh = _KWH_PER.get(energy.casefold())
        if kwh is None:
            return UnitProblem(fault=UnitFault.NOT_PER_ENERGY, unit=text, currency=currency)
        unit_of_money = _money_factor(money, currency)
        if unit_of_money is None:
            return UnitProblem(fault=UnitFault.OTHER_CURRENCY, unit=text, currency=currency)
        return cls(currency=currency, factor=unit_of_money / kwh)

    def per_kwh(self, raw: Decimal) -> Decimal | None:
        """Return `raw` as major unit per kWh; None where that is beyond any price."""
        if abs(price := product(raw, self.factor)) > greatest_price(self.currency):
            return None
        return unit_price(price)


def parse_price(raw: object) -> Decimal | None:
    """Return a number that Home Assistant shows, exactly as it is written; None for none.

    States are text, attributes may be int or float: a float counts as its shortest text.
    NaN, infinities, "unknown", "unavailable", booleans, and everything that is not plainly
    a decimal number ("0,25", "1_000") are no price. Negative numbers and 0 are prices.
    """
    text = str(raw).strip()
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _money_factor(sign: str, currency: str) -> Decimal | None:
    """Return what one of `sign` is in the major unit; None where it is another money."""
    minor_factor = Decimal(1).scaleb(-(minor_digits(currency) or 2))
    if sign == f"{currency[:2]}{currency[2:].lower()}":  # GBp is a penny, GBP a pound
        return minor_factor
    folded = sign.casefold()
    major = (currency.casefold(), *_MAJOR_SIGNS.get(currency, ()))
    minor = (*_MINOR_SIGNS.get(currency, ()), *_CENT)
    if folded in major:
        return Decimal(1)
    if folded in minor:
        return minor_factor
    for own in major:  # both at once: "€ct", "ct EUR", "c€"
        rest = folded.removeprefix(own) if folded.startswith(own) else folded.removesuffix(own)
        if rest != folded and rest.strip("-") in minor:
            return minor_factor
    return None
