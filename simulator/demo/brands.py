"""The chargers of the demo, each of another brand, its stations, and what no flow can know of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandedCharger:
    """A charger as its brand's integration shows it, by unique ids.

    `hidden` are entities that the brand's integration hides at first and that are of use.
    """

    name: str
    domain: str
    drawn: str
    register: str
    hidden: tuple[str, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)


CHARGERS = (
    BrandedCharger(
        name="Garage",
        domain="lektrico",
        drawn="503104_current_l1",
        register="503104_lifetime_energy",
        # Its number goes to 32 A, its wires do not.
        answers={"max_a": 16, "priority": 7},
    ),
    BrandedCharger(
        name="Carport",
        domain="peblar",
        drawn="23-45-A4O-MOF_current_phase_1",
        register="23-45-A4O-MOF_energy_total",
        hidden=tuple(f"23-45-A4O-MOF_current_phase_{line}" for line in (1, 2, 3)),
        answers={"priority": 5, "wired_to": "three_lines_l2_l3_l1"},
    ),
    BrandedCharger(
        name="Driveway",
        domain="openevse",
        drawn="84f3eb5e1c20-charging_current",
        register="84f3eb5e1c20-usage_total",
        # Three that fall back to 6 A beside half a house are too many for L3: this one pauses.
        answers={"priority": 3, "wired_to": "line_neutral_l3", "fallback_a": 0},
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoVehicle:
    """A car of the household; at its charger it is the one where nothing else says so."""

    name: str
    charger: str
    answers: Mapping[str, Any]
    payer: bool = False


PAYER = "Employer"
VEHICLES = (
    DemoVehicle(
        name="Company car", charger="Garage", answers={"plate": "B-EV 1", "battery_kwh": 77, "phases": "3"}, payer=True
    ),
    DemoVehicle(name="Family car", charger="Carport", answers={"battery_kwh": 40, "phases": "3"}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedStation:
    """A station that speaks OCPP: it is discovered by its identity, and taken in under a name.

    `behind_breaker`: it hangs on the demo's circuit, else on the grid connection.
    """

    identity: str
    name: str
    answers: Mapping[str, Any]
    behind_breaker: bool = False


#: The barn has a breaker of its own, that carries less than its charger could give.
BREAKER = "Barn breaker"
BREAKER_A = 13.0

#: Everything beside half a house is too much for the fuse when nobody balances: these pause then.
_OF_STATION = {"protection": "new_password", "free": True, "max_a": 16, "fallback_a": 0}

STATIONS = (
    AdoptedStation(
        identity="BARN-01",
        name="Barn",
        answers={"evse_count": 2, "priority": 4, **_OF_STATION},
        behind_breaker=True,
    ),
    AdoptedStation(
        identity="ANNEX-01",
        name="Annex",
        answers={"evse_count": 1, "priority": 2, "wired_to": "three_lines_l3_l1_l2", **_OF_STATION},
    ),
)
