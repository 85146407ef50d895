"""The circuits that the owner configured, and the tree that they make with the chargers of a site."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any, Self

from homeassistant.config_entries import ConfigEntry, ConfigSubentry

from ...const import (
    CIRCUIT_ROOT,
    CONF_CONTINUOUS,
    CONF_DIMMING,
    CONF_ENTITY_ID,
    CONF_FACTORS,
    CONF_INTERVAL_ENTITY,
    CONF_INTERVAL_MIN,
    CONF_KIND,
    CONF_LARGE_KW,
    CONF_LIMIT_A,
    CONF_LIMIT_ENTITY,
    CONF_LIMIT_KW,
    CONF_MEAN_ENTITY,
    CONF_METER,
    CONF_MONTH_PEAK_ENTITY,
    CONF_OTHER_DEVICES,
    CONF_OTHER_POWER,
    CONF_PARENT,
    CONF_PEAK,
    CONF_TARGET_KW,
    CONF_UNBALANCE_A,
    CONF_UNIT,
    CONF_VALUE,
    SUBENTRY_CIRCUIT,
)
from ...core.balancing.circuits.bounds import bounds_of
from ...core.balancing.circuits.circuit import Circuit, CircuitMeter
from ...core.balancing.circuits.fallback import FallbackClaim
from ...core.balancing.circuits.tree import mended, outline, still_there, upward
from ...core.balancing.limits.dimming import SIMULTANEITY, Dimming
from ...core.balancing.meter.grid import GridMeter
from ...core.balancing.unmetered import crowded
from ...meters.mapping import MeterConfig
from .site import ChargerConfig, SiteConfig, chargers_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideConfig:
    """The entity by which somebody else limits a circuit.

    A number is in its own unit, else in `unit` (A or kW). `value`, in `unit`, holds while an
    entity that is on or off is on. `factors` are the simultaneity factors of `together`,
    `others` how many devices are dimmed with the chargers then, `other_power` the sensors that
    tell what they draw, and `large_w` the power of those that are left a part of it.
    """

    entity_id: str
    unit: str
    value: float | None = None
    dimming: Dimming = Dimming.NONE
    factors: tuple[float, ...] = SIMULTANEITY
    others: int = 0
    other_power: tuple[str, ...] = ()
    large_w: float = 0.0

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read `limit_entity` of a circuit's data."""
        return cls(
            entity_id=data[CONF_ENTITY_ID],
            unit=data[CONF_UNIT],
            value=data.get(CONF_VALUE),
            dimming=Dimming(data.get(CONF_DIMMING, Dimming.NONE)),
            factors=tuple(data.get(CONF_FACTORS) or SIMULTANEITY),
            others=max(int(data.get(CONF_OTHER_DEVICES) or 0), len(data.get(CONF_OTHER_POWER) or ())),
            other_power=tuple(data.get(CONF_OTHER_POWER) or ()),
            large_w=float(data.get(CONF_LARGE_KW) or 0.0) * 1000,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakConfig:
    """The peak demand that is to be kept: `target_kw` until the owner sets another one at run time.

    `mean_entity` shows the running mean of the meter's own interval, `month_peak_entity` the
    greatest one of the month so far, and `interval_entity` changes when an interval is over.
    """

    interval_min: int
    target_kw: float
    mean_entity: str | None = None
    month_peak_entity: str | None = None
    interval_entity: str | None = None

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read `peak` of a circuit's data."""
        return cls(
            interval_min=int(data[CONF_INTERVAL_MIN]),
            target_kw=float(data[CONF_TARGET_KW]),
            mean_entity=data.get(CONF_MEAN_ENTITY),
            month_peak_entity=data.get(CONF_MONTH_PEAK_ENTITY),
            interval_entity=data.get(CONF_INTERVAL_ENTITY),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitConfig:
    """A circuit as the owner described it. `limit_a` None: whatever the circuit above carries."""

    id: str
    name: str
    is_root: bool
    parent_id: str | None
    limit_a: tuple[float, ...] | None
    limit_w: float | None = None
    unbalance_a: float | None = None
    continuous: bool = False
    meter: MeterConfig | None = None
    outside: OutsideConfig | None = None
    peak: PeakConfig | None = None

    @classmethod
    def from_subentry(cls, subentry: ConfigSubentry) -> Self:
        """Read a circuit's subentry."""
        return cls.from_data(subentry.subentry_id, subentry.title, subentry.data)

    @classmethod
    def from_data(cls, circuit_id: str, name: str, data: Mapping[str, Any]) -> Self:
        """Read a circuit's data, whether or not there is a subentry yet."""
        limit_a, limit_kw, unbalance_a = data.get(CONF_LIMIT_A), data.get(CONF_LIMIT_KW), data.get(CONF_UNBALANCE_A)
        meter, outside, peak = data.get(CONF_METER), data.get(CONF_LIMIT_ENTITY), data.get(CONF_PEAK)
        return cls(
            id=circuit_id,
            name=name,
            is_root=data[CONF_KIND] == CIRCUIT_ROOT,
            parent_id=data.get(CONF_PARENT),
            limit_a=None if limit_a is None else tuple(float(limit) for limit in limit_a),
            limit_w=None if limit_kw is None else float(limit_kw) * 1000,
            unbalance_a=None if unbalance_a is None else float(unbalance_a),
            continuous=bool(data.get(CONF_CONTINUOUS, False)),
            meter=None if meter is None else MeterConfig.from_data(meter),
            outside=None if outside is None else OutsideConfig.from_data(outside),
            peak=None if peak is None else PeakConfig.from_data(peak),
        )

    @property
    def has_power_limit(self) -> bool:
        """Whether the power of all lines together is limited, always or at times."""
        outside_w = self.outside is not None and self.outside.dimming is not Dimming.EACH
        return self.limit_w is not None or outside_w or self.peak is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The circuits of a site as a tree, those that chargers are themselves included.

    By charger: `above` is the circuit that it hangs on, `on` the one of its EVSEs, which may be
    the charger itself. `moved` are circuits and
    chargers whose circuit was removed, with the one that they hang on now. `each` are the
    circuits of chargers which a circuit dims one by one, by that circuit.
    """

    circuits: tuple[Circuit, ...]
    above: Mapping[str, str]
    on: Mapping[str, str]
    moved: Mapping[str, str]
    each: Mapping[str, tuple[str, ...]]


def circuits_of(entry: ConfigEntry[Any]) -> tuple[CircuitConfig, ...]:
    """Return the circuits of a site, the grid connection first; nothing where somebody removed that."""
    found = [CircuitConfig.from_subentry(one) for one in entry.get_subentries_of_type(SUBENTRY_CIRCUIT)]
    roots = [circuit for circuit in found if circuit.is_root]
    return (roots[0], *(circuit for circuit in found if not circuit.is_root)) if roots else ()


def tree_of(
    site: SiteConfig,
    configs: Iterable[CircuitConfig],
    chargers: Iterable[ChargerConfig],
    parents_before: Mapping[str, str | None] | None = None,
) -> Tree | None:
    """Return the tree of circuits and chargers; None without a grid connection.

    `parents_before` are the parents of circuits that were removed, as far as they are known.
    """
    by_id = {config.id: config for config in configs}
    root = next((config for config in by_id.values() if config.is_root), None)
    if root is None:
        return None
    before = parents_before or {}
    found = mended([_circuit(config, site, root.id) for config in by_id.values()], before)
    circuits: dict[str, Circuit] = {}
    for _, circuit in outline(found.circuits):
        feeding = None if circuit.parent_id is None else circuits[circuit.parent_id]
        circuits[circuit.id] = _with_amperes(circuit, by_id[circuit.id], feeding, site)
    moved = dict(found.moved)
    above: dict[str, str] = {}
    on: dict[str, str] = {}
    each: dict[str, tuple[str, ...]] = {config.id: () for config in by_id.values() if _dims_each(config)}
    parents = {circuit.id: circuit.parent_id for circuit in circuits.values()}
    own: list[Circuit] = []
    for charger in chargers:
        circuit_id = root.id
        if charger.circuit_id is not None:
            circuit_id = still_there(charger.circuit_id, parents, before) or root.id
            if circuit_id != charger.circuit_id:
                moved[charger.id] = circuit_id
        dimmed_by = [one for one in _chain(circuit_id, parents) if one in each]
        on[charger.id] = above[charger.id] = circuit_id
        if dimmed_by or len(charger.evses) > 1:
            own.append(_own_circuit(charger, circuit_id, site, dimmed=bool(dimmed_by)))
            on[charger.id] = charger.id
            for one in dimmed_by:
                each[one] = (*each[one], charger.id)
    return Tree(circuits=(*circuits.values(), *own), above=above, on=on, moved=moved, each=each)


def tree_of_entry(entry: ConfigEntry[Any], chargers: Iterable[ChargerConfig] | None = None) -> Tree | None:
    """Return the tree of a site's entry; `chargers` stand in for its own."""
    chargers = chargers_of(entry) if chargers is None else chargers
    return tree_of(SiteConfig.from_entry(entry), circuits_of(entry), chargers)


def least_amperes(tree: Tree, circuit_id: str | None) -> tuple[float, ...]:
    """Return what each line of a circuit and of all above it carries at most."""
    chain = upward(tree.circuits, circuit_id)
    return tuple(min(limits) for limits in zip(*(circuit.limit_a for circuit in chain), strict=True))


def on_their_circuits(
    chargers: Iterable[ChargerConfig], tree: Tree | None, site: SiteConfig
) -> tuple[ChargerConfig, ...]:
    """Return the chargers with the circuits that their EVSEs hang on."""
    if tree is None:
        return tuple(replace(charger, circuit_id=None) for charger in chargers)
    placed = tuple(replace(charger, circuit_id=tree.on[charger.id]) for charger in chargers)
    bounds = bounds_of(tree.circuits, site.wiring.line_count, site.wiring)
    claims = [
        FallbackClaim(
            id=charger.id,
            use=charger.line_use,
            fallback_a=charger.max_a * len(charger.evses),
            circuit_id=charger.circuit_id,
        )
        for charger in placed
    ]
    limited = crowded(claims, bounds, (site.house_worst_a or 0.0,) * site.wiring.line_count, site.voltage_v)
    return tuple(replace(charger, limited_by_circuits=charger.id in limited) for charger in placed)


def _circuit(config: CircuitConfig, site: SiteConfig, root_id: str) -> Circuit:
    """Return a circuit whose amperes are not known yet where it has none of its own."""
    limit_w = config.limit_w
    if limit_w is None and config.has_power_limit:
        limit_w = inf
    return Circuit(
        id=config.id,
        name=config.name,
        limit_a=config.limit_a or (),
        parent_id=None if config.is_root else config.parent_id or root_id,
        limit_w=limit_w,
        unbalance_a=config.unbalance_a,
        continuous=config.continuous,
        moves=config.outside is not None or config.peak is not None,
        meter=None if config.is_root else circuit_meter(config, site),
    )


def circuit_meter(config: CircuitConfig, site: SiteConfig) -> CircuitMeter | None:
    """Return what a circuit's own meter can guard; None without one."""
    if config.meter is None:
        return None
    meter = grid_meter(config.meter, site)
    return CircuitMeter(
        protection=meter.protection,
        power_factor=meter.power_factor,
        has_heartbeat=config.meter.heartbeat is not None,
    )


def grid_meter(config: MeterConfig, site: SiteConfig) -> GridMeter:
    """Return how a meter of a site is read."""
    return GridMeter(
        form=config.form,
        wiring=site.wiring,
        voltage_v=site.voltage_v,
        signed=config.signed,
        invert=config.invert,
    )


def _with_amperes(circuit: Circuit, config: CircuitConfig, above: Circuit | None, site: SiteConfig) -> Circuit:
    """Return a circuit with its amperes per line: its own, else those of the circuit above and of its power."""
    count = site.wiring.line_count
    limit_a = config.limit_a
    if limit_a is None:
        limit_a = (0.0,) * count if above is None else above.limit_a
        if config.limit_w is not None:
            limit_a = tuple(min(limit, config.limit_w / site.voltage_v) for limit in limit_a)
    # Another wiring may have left it with more lines or with less.
    return replace(circuit, limit_a=(*limit_a, *[min(limit_a)] * count)[:count])


def _dims_each(config: CircuitConfig) -> bool:
    return config.outside is not None and config.outside.dimming is Dimming.EACH


def _own_circuit(charger: ChargerConfig, circuit_id: str, site: SiteConfig, *, dimmed: bool) -> Circuit:
    """Return the circuit that a charger is itself: its own maximum, shared by its EVSEs.

    A station may be told less by others, in A or W, for all its EVSEs together.
    """
    most_a = charger.max_a * charger.line_use.factor
    moves = dimmed or charger.station is not None
    return Circuit(
        id=charger.id,
        name=charger.name,
        limit_a=(most_a,) * site.wiring.line_count,
        parent_id=circuit_id,
        limit_w=inf if moves else None,
        moves=moves,
    )


def _chain(circuit_id: str, parents: Mapping[str, str | None]) -> list[str]:
    chain: list[str] = []
    at: str | None = circuit_id
    while at is not None:
        chain.append(at)
        at = parents[at]
    return chain
