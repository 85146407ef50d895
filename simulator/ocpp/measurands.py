"""What a station measures, as values with unit and phase, the same for all versions."""

from collections.abc import Iterable
from dataclasses import dataclass

from simulator.plant.appliances import VOLTAGE_V

from .behaviour import Behaviour
from .outlet import Outlet

_ENERGY = "Energy.Active.Import.Register"
_BY_PHASE = {"Power.Active.Import": ("W", VOLTAGE_V), "Current.Import": ("A", 1.0)}
_PHASES = ("L1", "L2", "L3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value; `measurand` and `unit` None where the station does not tell them."""

    value: float
    measurand: str | None
    unit: str | None
    phase: str | None = None


def measure(
    outlet: Outlet, register_wh: float, offered_a: float, wanted: Iterable[str], behaviour: Behaviour
) -> tuple[Value, ...]:
    """Return what an outlet shows of the wanted measurands; energy is the register as the station tells it."""
    found: list[Value] = []
    for measurand in wanted:
        if measurand == _ENERGY:
            found += energy(register_wh, behaviour)
        else:
            found += _others(measurand, outlet, offered_a)
    if behaviour.tells_unit:
        return tuple(found)
    return tuple(Value(value=one.value, measurand=one.measurand, unit=None, phase=one.phase) for one in found)


def energy(register_wh: float, behaviour: Behaviour) -> list[Value]:
    """Return the energy register in the station's own way."""
    kwh = behaviour.energy_unit == "kWh"
    value = round(register_wh / 1000, 6) if kwh else round(register_wh, 3)
    unit = behaviour.energy_unit if behaviour.tells_unit else None
    measurand = _ENERGY if behaviour.tells_measurand else None
    if not behaviour.energy_by_phase:
        return [Value(value=value, measurand=measurand, unit=unit)]
    third = round(value / 3, 6)
    parts = (third, third, round(value - 2 * third, 6))
    return [
        Value(value=part, measurand=measurand, unit=unit, phase=phase)
        for part, phase in zip(parts, _PHASES, strict=True)
    ]


def _others(measurand: str, outlet: Outlet, offered_a: float) -> list[Value]:
    currents_a = outlet.currents_a
    lines = len(currents_a)
    if measurand in _BY_PHASE:
        unit, factor = _BY_PHASE[measurand]
        sums = [] if measurand == "Current.Import" else [_value(measurand, outlet.power_w, unit)]
        return sums + _phases(measurand, [current * factor for current in currents_a], unit)
    if measurand == "Voltage":
        return _phases(measurand, [VOLTAGE_V] * lines, "V")
    soc = outlet.soc_percent
    plain: dict[str, tuple[float | None, str | None]] = {
        "Current.Offered": (offered_a, "A"),
        "Power.Offered": (offered_a * VOLTAGE_V * lines, "W"),
        "SoC": (soc, "Percent"),
        "Power.Reactive.Import": (41.0, "var"),
        "Frequency": (50.0, None),
        "Power.Factor": (0.99, None),
    }
    value, unit_or_none = plain.get(measurand, (None, None))
    return [] if value is None else [_value(measurand, value, unit_or_none)]


def _value(measurand: str, value: float, unit: str | None) -> Value:
    return Value(value=round(value, 2), measurand=measurand, unit=unit)


def _phases(measurand: str, values: Iterable[float], unit: str) -> list[Value]:
    return [
        Value(value=round(value, 2), measurand=measurand, unit=unit, phase=phase)
        for value, phase in zip(values, _PHASES, strict=False)
    ]
