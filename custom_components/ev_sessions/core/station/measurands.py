"""Sampled values of OCPP 1.6, 2.0.1 and 2.1 as one sample of a meter, in one set of units.

What cannot be a number, or has a unit that nobody knows, is left out: it says nothing.
Only what is measured at the outlet counts (and the battery's state of charge): the inlet's
or the cable's meter is another one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final, NamedTuple

from ..vehicles.battery import believable_percent
from .events import MeterSample, SignedFormat, SignedValue

_REGISTER: Final = "Energy.Active.Import.Register"
_OUTLET: Final = "Outlet"
#: Beyond this no meter of a house counts (1 TWh in mWh, and far above any power).
_MOST: Final = Decimal(10) ** 15
_MOST_DIGITS: Final = 40
_MOST_SCALE: Final = 12
_USUAL_VOLTAGE_V: Final = 230.0

_LINES: Final = ("L1", "L2", "L3")
_BETWEEN: Final = ("L1-L2", "L2-L3", "L3-L1")
_FACTORS: Final[Mapping[str, Mapping[str, Decimal]]] = {
    "Energy": {"": Decimal(1000), "wh": Decimal(1000), "kwh": Decimal(1_000_000)},
    "Power": {"": Decimal(1), "w": Decimal(1), "kw": Decimal(1000)},
    "Current": {"": Decimal(1), "a": Decimal(1)},
    "Voltage": {"": Decimal(1), "v": Decimal(1)},
    "SoC": {"": Decimal(1), "percent": Decimal(1), "%": Decimal(1)},
}


class SampledValue(NamedTuple):
    """One value of a sample as it stood in a message; `signed` is the record beside or in place of it."""

    value: object
    measurand: str | None = None
    unit: str | None = None
    multiplier: int = 0  # the value counts 10 to this power (2.x)
    phase: str | None = None
    location: str | None = None
    signed: SignedValue | None = None


@dataclass(frozen=True, slots=True)
class _Values:
    """The values of one measurand, by phase (empty: all together); None is one that could not be read."""

    by_phase: dict[str, Decimal | None]

    def together(self) -> Decimal | None:
        """Return the total: as told, else the sum over the lines, else over what is between them."""
        if not self.by_phase:
            return None
        if (total := self.by_phase.get("")) is not None:
            return total
        for phases in (_LINES, _BETWEEN):
            parts = [self.by_phase[phase] for phase in phases if phase in self.by_phase]
            if parts:
                known = [part for part in parts if part is not None]
                return sum(known, Decimal(0)) if len(known) == len(parts) else None
        return None

    def per_line(self) -> tuple[float, ...] | None:
        """Return the lines' values in their order; None where one could not be read."""
        parts = [self.by_phase[phase] for phase in _LINES if phase in self.by_phase]
        known = tuple(float(part) for part in parts if part is not None)
        return known if known and len(known) == len(parts) else None


_NOTHING: Final = _Values({})


def sample_of(values: Iterable[SampledValue]) -> MeterSample:
    """Return the sample that values of one instant make up."""
    measured: dict[str, _Values] = {}
    signed: list[SignedValue] = []
    for value in values:
        if value.signed is not None:
            signed.append(value.signed)
            if value.signed.format is SignedFormat.SIGNED_DATA or value.unit is None:
                continue  # beside a signed record the number's unit is anybody's guess
        meaning = _meaning(value.measurand, value.unit, value.phase, value.location)
        if not meaning.counts:
            continue
        if (of_measurand := measured.get(meaning.measurand)) is None:
            of_measurand = measured[meaning.measurand] = _Values({})
        of_measurand.by_phase[meaning.phase] = _number(value, meaning)

    def total(*measurands: str) -> float | None:
        found = (measured.get(measurand, _NOTHING).together() for measurand in measurands)
        return next((float(number) for number in found if number is not None), None)

    power_w = total("Power.Active.Import")
    voltages_v = measured.get("Voltage", _NOTHING)
    return MeterSample(
        register_mwh=_whole(measured.get(_REGISTER, _NOTHING).together()),
        returned_mwh=_whole(measured.get("Energy.Active.Export.Register", _NOTHING).together()),
        power_w=power_w,
        currents_a=_currents_a(measured.get("Current.Import", _NOTHING), voltages_v, power_w),
        voltages_v=voltages_v.per_line() or _alone(voltages_v),
        offered_a=_greatest(measured, "Current.Offered", "Current.Import.Offered"),
        offered_w=total("Power.Offered", "Power.Import.Offered"),
        soc_percent=believable_percent(total("SoC", "Display.PresentSOC")),
        signed=tuple(signed),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meaning:
    """What the words beside a value say of it. `unit` is one of its kind; None: nobody knows it."""

    counts: bool
    measurand: str
    phase: str
    unit: tuple[str, str] | None


@lru_cache(maxsize=1024)  # a house has a few dozen, in each message again
def _meaning(measurand: str | None, unit: str | None, phase: str | None, location: str | None) -> _Meaning:
    measurand = measurand or _REGISTER
    kind = "SoC" if measurand == "Display.PresentSOC" else measurand.partition(".")[0]
    word = (unit or "").strip().lower()
    return _Meaning(
        counts=location in {None, "", _OUTLET} or measurand == "SoC",
        measurand=measurand,
        phase=(phase or "").removesuffix("-N"),  # the line, what is between two, N, or empty for all together
        unit=(kind, word) if word in _FACTORS.get(kind, {}) else None,
    )


def _number(value: SampledValue, meaning: _Meaning) -> Decimal | None:
    """Return the number in our unit; None where it is none, or its unit is of another kind."""
    told = value.value
    if meaning.unit is None or isinstance(told, bool) or not isinstance(told, str | int | float | Decimal):
        return None
    try:
        text = str(told).strip()
    except ValueError:  # a whole number of thousands of digits
        return None
    if len(text) > _MOST_DIGITS or abs(value.multiplier) > _MOST_SCALE:
        return None
    return _read(text, meaning.unit, value.multiplier)


@lru_cache(maxsize=4096)  # a voltage trembles between a few dozen values, and most outlets stand still
def _read(text: str, unit: tuple[str, str], multiplier: int) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > _MOST:
        return None
    if multiplier:
        number = number.scaleb(multiplier)
    kind, word = unit
    number *= _FACTORS[kind][word]
    return number if abs(number) <= _MOST else None


def _whole(number: Decimal | None) -> int | None:
    return None if number is None or number < 0 else round(number)


def _greatest(measured: Mapping[str, _Values], *measurands: str) -> float | None:
    for measurand in measurands:
        numbers = [number for number in measured.get(measurand, _NOTHING).by_phase.values() if number is not None]
        if numbers:
            return float(max(numbers))
    return None


def _alone(values: _Values) -> tuple[float, ...] | None:
    number = values.by_phase.get("")
    return None if number is None else (float(number),)


def _currents_a(currents: _Values, voltages_v: _Values, power_w: float | None) -> tuple[float, ...] | None:
    """Return the lines' currents; one that is told for all is each line's, and the power tells how many there are."""
    if (lines := currents.per_line()) is not None:
        return lines
    if (alone := _alone(currents)) is None:
        return None
    voltage_v = (voltages_v.per_line() or _alone(voltages_v) or (_USUAL_VOLTAGE_V,))[0]
    each_w = alone[0] * voltage_v
    if power_w is None or each_w <= 0:
        return alone
    return alone * min(3, max(1, round(power_w / each_w)))
