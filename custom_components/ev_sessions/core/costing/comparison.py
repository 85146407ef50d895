"""What many sessions cost under a tariff: their costs, summed without a rounding on the way."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ..energy import kwh_from_mwh
from .result import CostResult
from .shown import amount_text, rounded_text


@dataclass(slots=True, kw_only=True)
class CostSum:
    """The costs of sessions under one tariff; `not_covered` began when it did not hold."""

    currency: str
    sessions: int = 0
    not_covered: int = 0
    excl_tax: Fraction = Fraction(0)
    incl_tax: Fraction = Fraction(0)
    unpriced_mwh: int = 0
    flags: dict[str, int] = field(default_factory=dict)

    def put(self, result: CostResult) -> None:
        """Count a session."""
        self.sessions += 1
        self.excl_tax += result.excl_tax
        self.incl_tax += result.incl_tax
        self.unpriced_mwh += result.unpriced_mwh
        for flag in result.flags:
            self.flags[flag] = self.flags.get(flag, 0) + 1

    def to_json(self) -> dict[str, Any]:
        """Return the sum as JSON values; each flag with the number of its sessions."""
        return {
            "currency": self.currency,
            "sessions": self.sessions,
            "not_covered": self.not_covered,
            "total_excl_tax": amount_text(self.excl_tax, self.currency),
            "total_incl_tax": amount_text(self.incl_tax, self.currency),
            "total_rounded": rounded_text(self.incl_tax, self.currency),
            "unpriced_kwh": kwh_from_mwh(self.unpriced_mwh),
            "flags": self.flags,
        }
