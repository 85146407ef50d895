"""What a cost depends on besides the tariff and what was used: the month so far, holidays, who and with which code."""

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Self

from ..energy import mwh_from_kwh
from ..fields import Fields
from ..problem import InputError, Problem, ProblemKind
from ..tariff.extras import Discount

_FIELDS = frozenset({"month_kwh", "holidays", "codes", "vehicle", "payer", "voucher"})
_MOST = Decimal(1_000_000)
_MOST_LISTED = 1_000
#: A session has a few codes, as people say them.
MOST_CODES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """`month_mwh` was used in the local month before the session; a voucher is worth `voucher`, taxes inside.

    `vehicle_names` and `payer_names` are what else each is known as: other ids, a name.
    """

    month_mwh: int = 0
    holidays: frozenset[date] = frozenset()
    codes: frozenset[str] = frozenset()
    vehicle: str | None = None
    payer: str | None = None
    vehicle_names: frozenset[str] = frozenset()
    payer_names: frozenset[str] = frozenset()
    voucher: Decimal = Decimal(0)

    @classmethod
    def from_data(cls, data: Any) -> Self:
        """Read JSON; InputError names every field that is wrong."""
        problems: list[Problem] = []
        fields = Fields(data, "circumstances", problems)
        for name in fields.others(_FIELDS):
            fields.mark(name, ProblemKind.UNKNOWN_FIELD)
        whose: dict[str, Any] = {name: str(fields.raw(name)) for name in ("vehicle", "payer") if name in fields}
        read = cls(
            month_mwh=mwh_from_kwh(fields.number("month_kwh", least=Decimal(0), most=_MOST) or Decimal(0)),
            holidays=frozenset(_dates(fields)),
            codes=frozenset(map(str, _listed(fields, "codes"))),
            voucher=fields.number("voucher", least=Decimal(0), most=_MOST) or Decimal(0),
            **whose,
        )
        if problems:
            raise InputError(problems)
        return read

    def earn(self, discount: Discount, start: datetime, zone: tzinfo) -> bool:
        """Return whether a session that begins at `start` gets a discount."""
        day = start.astimezone(zone).date()
        return (
            (discount.start_date is None or day >= discount.start_date)
            and (discount.end_date is None or day < discount.end_date)
            and (discount.code is None or discount.code in self.codes)
            and discount.vehicle in {None, self.vehicle, *self.vehicle_names}
            and discount.payer in {None, self.payer, *self.payer_names}
        )


def _listed(fields: Fields, name: str) -> list[Any]:
    found = fields.raw(name) or []
    if isinstance(found, list | tuple) and len(found) <= _MOST_LISTED:
        return list(found)
    fields.mark(name, ProblemKind.WRONG_SHAPE)
    return []


def _dates(fields: Fields) -> list[date]:
    try:
        return [one if isinstance(one, date) else date.fromisoformat(one) for one in _listed(fields, "holidays")]
    except TypeError, ValueError:
        fields.mark("holidays", ProblemKind.NOT_A_TIME)
        return []
