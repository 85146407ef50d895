"""What the owner configured: the site's entry and its subentries, read into frozen records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self

from homeassistant.config_entries import ConfigEntry, ConfigSubentry

from ...chargers.entities.mapping import EvseMapping
from ...const import (
    CIRCUIT_ROOT,
    CONF_BOUNDARY_SNAP,
    CONF_CIRCUIT,
    CONF_CONNECTION,
    CONF_CONTROLLABLE,
    CONF_CURRENCY,
    CONF_ENTITY_ID,
    CONF_EVSES,
    CONF_FACTOR,
    CONF_FAIL_SAFE,
    CONF_FALLBACK_A,
    CONF_FLASH_LIMIT,
    CONF_FOR,
    CONF_GAP,
    CONF_HARDWARE_LIMIT_A,
    CONF_HOLIDAYS,
    CONF_HOUSE_WORST_A,
    CONF_KIND,
    CONF_LEAST_INTERVAL_S,
    CONF_LIMIT_A,
    CONF_LINES,
    CONF_MARGIN_A,
    CONF_MAX_A,
    CONF_METER,
    CONF_METER_TIMEOUT_S,
    CONF_MIN_A,
    CONF_OCPI_TARIFF,
    CONF_OCPP,
    CONF_OTHER_CONTROLLER,
    CONF_PARENT,
    CONF_PAYER,
    CONF_PRICE,
    CONF_PRIORITY,
    CONF_RULE,
    CONF_SOURCE_DEVICE_ID,
    CONF_STAYS_AT_LIMIT,
    CONF_STEP_A,
    CONF_TIME_ZONE,
    CONF_TRANSPORT,
    CONF_TURN_MIN,
    CONF_UNIT,
    CONF_VEHICLE,
    CONF_VOLTAGE_V,
    CONF_WAKE_ENTITY,
    CONF_WIRING,
    DEFAULT_FALLBACK_A,
    DEFAULT_MARGIN_A,
    DEFAULT_PRIORITY,
    DEFAULT_STEP_A,
    DEFAULT_TURN_MIN,
    FOR_PAYERS,
    GAP_UNPRICED,
    SUBENTRY_CHARGER,
    SUBENTRY_CIRCUIT,
    SUBENTRY_TARIFF,
    TARIFF_ENTITY,
    TARIFF_OCPI,
    TARIFF_PLAN,
    TRANSPORT_ENTITIES,
)
from ...core.balancing.circuits.circuit import Circuit, Connection, LineUse, Wiring
from ...core.balancing.override import OtherController
from ...core.prices.price import GapRule
from ...core.tariff import TimelinePrice
from ...core.tariff.plan import Plan
from ...meters.mapping import MeterConfig
from .ocpp import CentralConfig, StationConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteConfig:
    """A site. `meter_timeout_s` None: learned from the meter; `fallback_a` 0: pause; `ocpp` None: no listener.

    `house_worst_a` is what the house takes at the worst on a line, as its owner says; where not
    all cars fit, they take turns of `turn_s`.
    """

    name: str
    wiring: Wiring
    voltage_v: float
    currency: str
    time_zone: str
    meter: MeterConfig | None = None
    margin_a: float = DEFAULT_MARGIN_A
    meter_timeout_s: float | None = None
    fallback_a: float = DEFAULT_FALLBACK_A
    house_worst_a: float | None = None
    turn_s: float = DEFAULT_TURN_MIN * 60
    ocpp: CentralConfig | None = None

    @classmethod
    def from_entry(cls, entry: ConfigEntry[Any]) -> Self:
        """Read a site's entry."""
        return cls.from_data(entry.title, entry.data)

    @classmethod
    def from_data(cls, name: str, data: Mapping[str, Any]) -> Self:
        """Read a site's name and the data of its entry."""
        meter, timeout_s = data.get(CONF_METER), data.get(CONF_METER_TIMEOUT_S)
        return cls(
            name=name,
            wiring=Wiring(data[CONF_WIRING]),
            voltage_v=float(data[CONF_VOLTAGE_V]),
            currency=data[CONF_CURRENCY],
            time_zone=data[CONF_TIME_ZONE],
            meter=None if meter is None else MeterConfig.from_data(meter),
            margin_a=float(data.get(CONF_MARGIN_A, DEFAULT_MARGIN_A)),
            meter_timeout_s=None if timeout_s is None else float(timeout_s),
            fallback_a=float(data.get(CONF_FALLBACK_A, DEFAULT_FALLBACK_A)),
            house_worst_a=None if data.get(CONF_HOUSE_WORST_A) is None else float(data[CONF_HOUSE_WORST_A]),
            turn_s=float(data.get(CONF_TURN_MIN, DEFAULT_TURN_MIN)) * 60,
            ocpp=None if data.get(CONF_OCPP) is None else CentralConfig.from_data(data[CONF_OCPP]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffConfig:
    """A tariff: the price of an entity, a fixed one in major unit per kWh, a plan of several, or OCPI's JSON.

    `unit` stands in for the entity's own where that says nothing; `holidays` is an entity that
    knows which days are some.
    """

    id: str
    name: str
    kind: str
    entity_id: str | None = None
    unit: str | None = None
    gap: GapRule = field(default_factory=GapRule)
    boundary_snap: bool = True
    price: Decimal | None = None
    plan: Plan | None = None
    ocpi: Mapping[str, Any] | None = None
    holidays: str | None = None

    @classmethod
    def from_subentry(cls, subentry: ConfigSubentry) -> Self:
        """Read a tariff's subentry."""
        data = subentry.data
        if data[CONF_KIND] == TARIFF_PLAN:
            return cls._from_plan(subentry)
        if data[CONF_KIND] == TARIFF_OCPI:
            return cls(
                id=subentry.subentry_id,
                name=subentry.title,
                kind=TARIFF_OCPI,
                ocpi=data[CONF_OCPI_TARIFF],
                holidays=data.get(CONF_HOLIDAYS),
            )
        if data[CONF_KIND] == TARIFF_ENTITY:
            return cls(
                id=subentry.subentry_id,
                name=subentry.title,
                kind=data[CONF_KIND],
                entity_id=data[CONF_ENTITY_ID],
                unit=data.get(CONF_UNIT),
                gap=GapRule.from_data(data.get(CONF_GAP, {CONF_RULE: GAP_UNPRICED})),
                boundary_snap=data.get(CONF_BOUNDARY_SNAP, True),
            )
        return cls(
            id=subentry.subentry_id,
            name=subentry.title,
            kind=data[CONF_KIND],
            price=Decimal(data[CONF_PRICE]),
        )

    @classmethod
    def _from_plan(cls, subentry: ConfigSubentry) -> Self:
        data = subentry.data
        entity_id = data.get(CONF_ENTITY_ID)
        gap = GapRule.from_data(data.get(CONF_GAP, {CONF_RULE: GAP_UNPRICED}))
        boundary_snap = data.get(CONF_BOUNDARY_SNAP, True)
        factor = Decimal(data.get(CONF_FACTOR) or 1)
        read = TimelinePrice(source=entity_id or "", multiply=factor, gap=gap, boundary_snap=boundary_snap)
        return cls(
            id=subentry.subentry_id,
            name=subentry.title,
            kind=data[CONF_KIND],
            entity_id=entity_id,
            unit=data.get(CONF_UNIT),
            gap=gap,
            boundary_snap=boundary_snap,
            plan=Plan.from_data(data, None if entity_id is None else read),
            holidays=data.get(CONF_HOLIDAYS),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerConfig:
    """A charger. `fallback_a` None: the site's; 0: it pauses. `priority` 10 goes first.

    `lines` are the site's lines in the charger's own order. `flash_limit`: its limit is kept
    in flash, which wears out, so it is never set for balancing. A charger without a limit
    that may be set is on or off: its least current is its greatest. `fail_safe` names what the
    charger or its integration does by itself when nobody speaks to it, and `hardware_limit_a` is
    what it charges with when nobody limits it: its own switch. `station` is there
    where the charger speaks OCPP to us. `circuit_id` None: it hangs on the grid connection.
    `limited_by_circuits`: without a grid meter, a circuit above it may be too small for all on it,
    or be limited by somebody else. `wake_entity` is a button or a script that wakes a sleeping car.
    `default_vehicle_id` and `default_payer_id` are subentries: whose its sessions are where nothing
    says otherwise.
    """

    id: str
    name: str
    unique_id: str | None
    transport: str
    source_device_id: str | None
    evses: tuple[EvseMapping, ...]
    controllable: bool
    connection: Connection
    lines: tuple[int, ...]
    min_a: float
    max_a: float
    step_a: float = DEFAULT_STEP_A
    priority: int = DEFAULT_PRIORITY
    fallback_a: float | None = None
    stays_at_limit_without_us: bool = True
    least_interval_s: float = 0.0
    flash_limit: bool = False
    fail_safe: str | None = None
    hardware_limit_a: float | None = None
    station: StationConfig | None = None
    circuit_id: str | None = None
    limited_by_circuits: bool = False
    other_controller: OtherController = OtherController.NONE
    wake_entity: str | None = None
    default_vehicle_id: str | None = None
    default_payer_id: str | None = None

    @classmethod
    def from_subentry(cls, subentry: ConfigSubentry) -> Self:
        """Read a charger's subentry."""
        return cls.from_data(subentry.subentry_id, subentry.title, subentry.data, subentry.unique_id)

    @classmethod
    def from_data(cls, charger_id: str, name: str, data: Mapping[str, Any], unique_id: str | None = None) -> Self:
        """Read a charger's data, whether or not there is a subentry yet."""
        fallback_a, fail_safe = data.get(CONF_FALLBACK_A), data.get(CONF_FAIL_SAFE)
        hardware_limit_a = data.get(CONF_HARDWARE_LIMIT_A)
        evses = tuple(EvseMapping.from_data(evse) for evse in data[CONF_EVSES])
        flash_limit, max_a = bool(data.get(CONF_FLASH_LIMIT, False)), float(data[CONF_MAX_A])
        other_controller = OtherController(data.get(CONF_OTHER_CONTROLLER, OtherController.NONE))
        # What can only be let and stopped takes all that it may, or nothing.
        no_limit = data[CONF_TRANSPORT] == TRANSPORT_ENTITIES and all(evse.limit is None for evse in evses)
        on_off = data[CONF_CONTROLLABLE] and (flash_limit or no_limit)
        return cls(
            id=charger_id,
            name=name,
            unique_id=unique_id,
            transport=data[CONF_TRANSPORT],
            source_device_id=data.get(CONF_SOURCE_DEVICE_ID),
            evses=evses,
            # What another one alone shall set is watched.
            controllable=data[CONF_CONTROLLABLE] and other_controller is not OtherController.OBSERVE,
            connection=Connection(data[CONF_CONNECTION]),
            lines=tuple(data[CONF_LINES]),
            min_a=max_a if on_off else float(data[CONF_MIN_A]),
            max_a=max_a,
            step_a=float(data.get(CONF_STEP_A, DEFAULT_STEP_A)),
            priority=int(data.get(CONF_PRIORITY, DEFAULT_PRIORITY)),
            fallback_a=None if fallback_a is None else float(fallback_a),
            stays_at_limit_without_us=data.get(CONF_STAYS_AT_LIMIT, fail_safe is None),
            least_interval_s=float(data.get(CONF_LEAST_INTERVAL_S) or 0.0),
            flash_limit=flash_limit,
            fail_safe=fail_safe,
            hardware_limit_a=None if hardware_limit_a is None else float(hardware_limit_a),
            station=None if CONF_OCPP not in data else StationConfig.from_data(data[CONF_OCPP]),
            circuit_id=data.get(CONF_CIRCUIT),
            other_controller=other_controller,
            wake_entity=data.get(CONF_WAKE_ENTITY),
            default_vehicle_id=data.get(CONF_VEHICLE),
            default_payer_id=data.get(CONF_PAYER),
        )

    @property
    def line_use(self) -> LineUse:
        """How an EVSE of the charger loads the site's lines."""
        return LineUse.of(self.connection, self.lines)

    @property
    def entity_ids(self) -> tuple[str, ...]:
        """All entities of the charger."""
        return tuple(entity_id for evse in self.evses for entity_id in evse.entity_ids)

    @property
    def sets_fail_safe(self) -> bool:
        """Whether the charger is told by us what to do when nobody speaks to it."""
        return self.controllable and all(evse.fail_safe is not None for evse in self.evses)

    def fallback_of(self, site: SiteConfig) -> float:
        """Return the current that the charger is left at when nobody speaks to it, in A.

        A fallback below what the charger can do is a pause.
        """
        fallback_a = site.fallback_a if self.fallback_a is None else self.fallback_a
        return 0.0 if fallback_a < self.min_a else min(fallback_a, self.max_a)


def root_subentry(entry: ConfigEntry[Any]) -> ConfigSubentry | None:
    """Return the subentry of the grid connection; None where somebody removed it."""
    for subentry in entry.get_subentries_of_type(SUBENTRY_CIRCUIT):
        if subentry.data[CONF_KIND] == CIRCUIT_ROOT:
            return subentry
    return None


def root_circuit(entry: ConfigEntry[Any]) -> Circuit | None:
    """Return the grid connection of a site; None where somebody removed it."""
    subentry = root_subentry(entry)
    return None if subentry is None else circuit_from(subentry)


def circuit_from(subentry: ConfigSubentry) -> Circuit:
    """Read a circuit's subentry."""
    return Circuit(
        id=subentry.subentry_id,
        name=subentry.title,
        limit_a=tuple(float(limit) for limit in subentry.data[CONF_LIMIT_A]),
        parent_id=subentry.data.get(CONF_PARENT),
    )


def first_tariff(entry: ConfigEntry[Any]) -> TariffConfig | None:
    """Return the tariff that the house pays; None where somebody removed it."""
    for subentry in entry.get_subentries_of_type(SUBENTRY_TARIFF):
        if subentry.data.get(CONF_FOR) != FOR_PAYERS:
            return TariffConfig.from_subentry(subentry)
    return None


def payer_tariffs(entry: ConfigEntry[Any]) -> tuple[TariffConfig, ...]:
    """Return the tariffs by which only payers are billed."""
    found = entry.get_subentries_of_type(SUBENTRY_TARIFF)
    return tuple(TariffConfig.from_subentry(one) for one in found if one.data.get(CONF_FOR) == FOR_PAYERS)


def chargers_of(entry: ConfigEntry[Any]) -> tuple[ChargerConfig, ...]:
    """Return the chargers of a site, in the order in which they were added."""
    chargers = entry.get_subentries_of_type(SUBENTRY_CHARGER)
    return tuple(ChargerConfig.from_subentry(subentry) for subentry in chargers)
