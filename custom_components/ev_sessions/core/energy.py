"""Energy as the ledger keeps it: whole thousandths of a watt-hour (mWh).

Integers make sums exact; `split` hands out a whole in parts that sum to it.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

MWH_PER_WH = 1_000
MWH_PER_KWH = 1_000_000


def mwh_from_kwh(energy_kwh: Decimal | float | str) -> int:
    """Return thousandths of a Wh for kWh, nearest, ties to even."""
    value = energy_kwh if isinstance(energy_kwh, Decimal) else Decimal(str(energy_kwh))
    return int((value * MWH_PER_KWH).to_integral_value(ROUND_HALF_EVEN))


def kwh_from_mwh(energy_mwh: int) -> float:
    """Return kWh for thousandths of a Wh, for showing."""
    return energy_mwh / MWH_PER_KWH


def split(whole: int, weights: Sequence[int]) -> list[int]:
    """Split `whole` in proportion to non-negative integer `weights`, by largest remainders.

    The parts sum to `whole` exactly; of equal remainders the earlier part is served
    first. A negative whole is split like its absolute value. All weights zero (or none)
    is an error of the caller: ValueError.
    """
    total = sum(weights)
    if total <= 0:
        msg = "split needs at least one positive weight"
        raise ValueError(msg)
    sign = -1 if whole < 0 else 1
    rest = abs(whole)
    parts: list[int] = []
    remainders: list[tuple[int, int]] = []
    for index, weight in enumerate(weights):
        part, remainder = divmod(abs(whole) * weight, total)
        parts.append(part)
        remainders.append((-remainder, index))
        rest -= part
    for _, index in sorted(remainders)[:rest]:
        parts[index] += 1
    return [sign * part for part in parts]
