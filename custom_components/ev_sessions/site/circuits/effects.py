"""What a change of a circuit does to the chargers of a site."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Any

from homeassistant.config_entries import ConfigEntry

from ...core.balancing.circuits.bounds import Bounds, bounds_of, counted
from ...core.balancing.circuits.circuit import Circuit
from ...core.balancing.circuits.tree import outline
from ...core.balancing.meter.grid import power_at_one_ampere_w
from ..config.circuits import CircuitConfig, circuits_of, tree_of
from ..config.site import ChargerConfig, SiteConfig, chargers_of
from .fallbacks import check_fallbacks


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What other circuits do to the chargers, by name.

    `never`: not even their least current passes. `pausing`: their fallback does not pass beside
    those of the others, so that they pause when nobody balances. `most`: who could have so much
    alone before, and so much now, in A.
    """

    never: tuple[str, ...] = ()
    pausing: tuple[str, ...] = ()
    most: tuple[tuple[str, float, float], ...] = ()

    @property
    def any(self) -> bool:
        """Whether anybody is affected."""
        return bool(self.never or self.pausing or self.most)


def effects_of(entry: ConfigEntry[Any], configs: Iterable[CircuitConfig]) -> Effects:
    """Return what circuits that stand in for a site's own do to its chargers."""
    configs = tuple(configs)
    site, chargers = SiteConfig.from_entry(entry), chargers_of(entry)
    tree = tree_of(site, configs, chargers)
    if tree is None:
        return Effects()
    bounds = bounds_of(tree.circuits, site.wiring.line_count, site.wiring)
    never = [one for one in chargers if most_alone_a(bounds, tree.above[one.id], site, one) < one.min_a]
    check = check_fallbacks(entry, chargers, tree=tree)
    granted = {} if check is None else check.fallbacks_a
    pausing = [
        charger
        for charger in chargers
        if charger not in never
        and charger.controllable
        and charger.fallback_of(site)
        and not granted.get(charger.id, 1)
    ]
    before, after = _most_of_each(entry, circuits_of(entry)), _most_of_each(entry, configs)
    return Effects(
        never=tuple(one.name for one in never),
        pausing=tuple(one.name for one in pausing),
        most=tuple(
            (one.name, before[one.id], after[one.id])
            for one in chargers
            if one not in never and one.id in before and before[one.id] != after[one.id]
        ),
    )


def _most_of_each(entry: ConfigEntry[Any], configs: Iterable[CircuitConfig]) -> dict[str, float]:
    """Return the most that each charger can have alone, in A; nothing where there is no grid connection yet."""
    site, chargers = SiteConfig.from_entry(entry), chargers_of(entry)
    tree = tree_of(site, configs, chargers)
    if tree is None:
        return {}
    bounds = bounds_of(tree.circuits, site.wiring.line_count, site.wiring)
    return {one.id: min(one.max_a, most_alone_a(bounds, tree.above[one.id], site, one)) for one in chargers}


def most_alone_a(bounds: Bounds, circuit_id: str, site: SiteConfig, charger: ChargerConfig) -> float:
    """Return the most that the circuits above a charger let it have while nothing else runs, in A of its limit."""
    use = charger.line_use
    watts_per_a = power_at_one_ampere_w(use, site.wiring, site.voltage_v)
    most_a = inf
    for place in bounds.chains[circuit_id]:
        circuit = bounds.circuits[place]
        for line in use.lines:
            most_a = min(most_a, circuit.limit_a[line] / use.factor / counted(circuit))
        if circuit.limit_w is not None:
            most_a = min(most_a, circuit.limit_w / watts_per_a)
        if circuit.unbalance_a is not None and len(use.lines) < site.wiring.line_count:
            most_a = min(most_a, circuit.unbalance_a / use.factor)
    return most_a


def outlined(entry: ConfigEntry[Any]) -> str:
    """Return the circuits of a site and the chargers on them as a list in Markdown."""
    site, chargers = SiteConfig.from_entry(entry), chargers_of(entry)
    tree = tree_of(site, circuits_of(entry), chargers)
    if tree is None:
        return ""
    own = {charger.id for charger in chargers}
    on = tree.above
    lines: list[str] = []
    for depth, circuit in outline(tree.circuits):
        if circuit.id in own:
            continue
        lines.append(f"{'    ' * depth}- **{circuit.name}** {_limits(circuit)}")
        lines.extend(f"{'    ' * (depth + 1)}- {one.name}" for one in chargers if on[one.id] == circuit.id)
    return "\n".join(lines)


def _limits(circuit: Circuit) -> str:
    each = [f"{limit:g}" for limit in circuit.limit_a]
    text = f"{each[0]} A" if len(set(each)) == 1 else f"{'/'.join(each)} A"
    if circuit.limit_w is not None and circuit.limit_w < inf:
        text += f", {circuit.limit_w / 1000:g} kW"
    return text
