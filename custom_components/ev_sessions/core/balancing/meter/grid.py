"""A grid meter's raw values, in whatever form it has them, as currents on the site's lines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import product
from math import isfinite, sqrt

from ...reading import EvseReading, GridReading
from ..circuits.circuit import LineUse, Protection, Wiring

#: House loads seen through their power draw up to this much more current.
_POWER_FACTOR = 0.95

#: How far currents x voltage may be from the power while both tell of the same flow.
_SIGN_TOLERANCE = 0.15
_SIGN_TOLERANCE_W = 100.0

#: A voltage outside of these parts of the nominal one is a wrong unit, or of another wiring.
_LEAST_VOLTAGE = 0.7
_MOST_VOLTAGE = 1.3

#: More than this times the fuse is a wrong unit or a broken value, not a current.
_ABSURD = 10.0


class MeterForm(StrEnum):
    """What a grid meter shows."""

    LINE_CURRENTS = "line_currents"
    LINE_POWERS = "line_powers"
    TOTAL_POWER = "total_power"


@dataclass(frozen=True, slots=True, kw_only=True)
class GridMeter:
    """How to read a meter. Voltage: line to neutral; line to line where there is none.

    `signed`: a negative current means export. `invert`: the meter counts export positive.
    """

    form: MeterForm
    wiring: Wiring
    voltage_v: float = 230.0
    signed: bool = True
    invert: bool = False

    @property
    def protection(self) -> Protection:
        """What the meter can guard; the total of a single line is that line."""
        if self.form is MeterForm.TOTAL_POWER and self.wiring is not Wiring.SINGLE_PHASE:
            return Protection.TOTAL_ONLY
        return Protection.PER_LINE

    @property
    def power_factor(self) -> float:
        """The power factor to assume for the house's share of what the meter shows."""
        return 1.0 if self.form is MeterForm.LINE_CURRENTS else _POWER_FACTOR

    @property
    def value_count(self) -> int:
        """How many values the meter shows in each direction."""
        return 1 if self.form is MeterForm.TOTAL_POWER else self.wiring.line_count

    def read(
        self,
        at: datetime,
        imported: Sequence[float | None],
        exported: Sequence[float | None] | None = None,
        total_power_w: float | None = None,
        *,
        voltage_v: float | None = None,
    ) -> GridReading | None:
        """Return the reading of A or W values; None where one is missing or no number.

        `exported` are the values of meters that show the directions apart. Where only the
        total is known it stands on every line, as if all of it were there. A measured
        `voltage_v` that can be true takes the place of the nominal one.
        """
        if voltage_v is not None and not _LEAST_VOLTAGE <= voltage_v / self.voltage_v <= _MOST_VOLTAGE:
            voltage_v = None
        reading = self._read(at, imported, exported, total_power_w, voltage_v or self.voltage_v)
        return reading if reading is None or voltage_v is None else replace(reading, voltage_v=voltage_v)

    def _read(
        self,
        at: datetime,
        imported: Sequence[float | None],
        exported: Sequence[float | None] | None,
        total_power_w: float | None,
        voltage_v: float,
    ) -> GridReading | None:
        values = _net(imported, exported, self.value_count)
        if values is None:
            return None
        sign = -1.0 if self.invert else 1.0
        if total_power_w is not None:
            total_power_w = sign * total_power_w if isfinite(total_power_w) else None
        if self.form is not MeterForm.LINE_CURRENTS:
            powers = tuple(sign * value for value in values)
            if self.form is MeterForm.TOTAL_POWER:
                currents = (powers[0] / voltage_v,) * self.wiring.line_count
            else:
                currents = tuple(power / self._of_line(voltage_v) for power in powers)
            return GridReading(at=at, currents_a=currents, power_w=sum(powers))
        if self.signed:
            currents = tuple(sign * value for value in values)
            return GridReading(at=at, currents_a=currents, power_w=total_power_w)
        magnitudes = tuple(abs(value) for value in values)
        if total_power_w is None:
            return GridReading(at=at, currents_a=magnitudes, signed=False)
        currents = signed_by_power(magnitudes, total_power_w, self._of_line(voltage_v))
        return GridReading(at=at, currents_a=currents, power_w=total_power_w)

    def _of_line(self, voltage_v: float) -> float:
        """Return what a line's current is multiplied by to have the line's power."""
        return voltage_v / sqrt(3) if self.wiring is Wiring.THREE_PHASE_THREE_WIRE else voltage_v


def _net(
    imported: Sequence[float | None],
    exported: Sequence[float | None] | None,
    count: int,
) -> tuple[float, ...] | None:
    """Return import less export; None where a value is missing or no number."""
    outward = (0.0,) * count if exported is None else exported
    if len(imported) != count or len(outward) != count:
        return None
    values: list[float] = []
    for inward, out in zip(imported, outward, strict=True):
        if inward is None or out is None or not isfinite(inward) or not isfinite(out):
            return None
        # A meter with two directions may count its export below zero.
        values.append(inward if exported is None else inward - abs(out))
    return tuple(values)


def signed_by_power(magnitudes_a: tuple[float, ...], power_w: float, voltage_v: float) -> tuple[float, ...]:
    """Return currents with the signs that the total power tells.

    A line counts as export only where every combination of signs that explains the power
    has it so; what stays in doubt counts as load.
    """
    apparent_w = sum(magnitudes_a) * voltage_v
    tolerance_w = max(_SIGN_TOLERANCE_W, _SIGN_TOLERANCE * apparent_w)
    imports = [False] * len(magnitudes_a)
    explained = False
    for signs in product((1.0, -1.0), repeat=len(magnitudes_a)):
        flow_w = sum(s * a for s, a in zip(signs, magnitudes_a, strict=True)) * voltage_v
        if abs(flow_w - power_w) <= tolerance_w:
            explained = True
            imports = [known or s > 0 for known, s in zip(imports, signs, strict=True)]
    if not explained:
        return magnitudes_a
    return tuple(a if known else -a for a, known in zip(magnitudes_a, imports, strict=True))


def plausible(reading: GridReading, limit_a: tuple[float, ...]) -> bool:
    """Tell whether a reading can be true behind fuses of `limit_a`."""
    return len(reading.currents_a) == len(limit_a) and all(
        abs(current) <= _ABSURD * limit for current, limit in zip(reading.currents_a, limit_a, strict=True)
    )


def total_current_a(drawn_a: tuple[float, ...], wiring: Wiring) -> float:
    """Return the share of an EVSE's line currents in total power / voltage."""
    if wiring is Wiring.THREE_PHASE_THREE_WIRE:
        used = sum(1 for current in drawn_a if current)
        return sum(drawn_a) / (2.0 if used < len(drawn_a) else sqrt(3))
    return sum(drawn_a)


def drawn_per_line(reading: EvseReading, use: LineUse, wiring: Wiring, voltage_v: float) -> tuple[float, ...] | None:
    """Return what an EVSE draws on each of the site's lines; None where nothing tells.

    Measured currents are those of the EVSE's own lines in its own order; power alone is
    taken as spread evenly over them.
    """
    drawn = [0.0] * wiring.line_count
    currents = reading.currents_a
    if currents is not None and any(map(isfinite, currents)):
        # One figure for an EVSE on several lines is that of each of them.
        own = currents * len(use.lines) if len(currents) == 1 else currents
        for line, current in zip(use.lines, own, strict=False):
            drawn[line] = max(0.0, current) if isfinite(current) else 0.0
        return tuple(drawn)
    power_w = reading.power_w
    if power_w is None or not isfinite(power_w):
        return None
    volts = _voltage_sum_v(use, wiring, voltage_v)
    for line in use.lines:
        drawn[line] = max(0.0, power_w) / volts
    return tuple(drawn)


def summed_a(reading: EvseReading, wiring: Wiring, voltage_v: float) -> float | None:
    """Return the sum of an EVSE's currents by its power; None where that does not tell how many there are."""
    power_w = reading.power_w
    if power_w is None or not isfinite(power_w) or wiring is not Wiring.THREE_PHASE_FOUR_WIRE:
        return None
    return max(0.0, power_w) / voltage_v


def power_at_one_ampere_w(use: LineUse, wiring: Wiring, voltage_v: float) -> float:
    """Return the power of an EVSE at a limit of 1 A."""
    return use.factor * _voltage_sum_v(use, wiring, voltage_v)


def _voltage_sum_v(use: LineUse, wiring: Wiring, voltage_v: float) -> float:
    """Return the power of an EVSE that draws 1 A on each of its lines."""
    if wiring is Wiring.THREE_PHASE_THREE_WIRE:
        return voltage_v if len(use.lines) < wiring.line_count else voltage_v * sqrt(3)
    return voltage_v * len(use.lines)
