"""The fallbacks of a site's chargers, against its circuits."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import ConfigEntry

from ...core.balancing.circuits.bounds import bounds_of
from ...core.balancing.circuits.circuit import Wiring
from ...core.balancing.circuits.fallback import (
    Excess,
    FallbackCheck,
    FallbackClaim,
    assumed_house_a,
    fallbacks_that_fit,
)
from ...core.balancing.evse.draw import PerLine
from ..config.circuits import Tree, on_their_circuits, tree_of_entry
from ..config.site import ChargerConfig, SiteConfig, chargers_of


def check_fallbacks(
    entry: ConfigEntry[Any],
    chargers: Iterable[ChargerConfig] | None = None,
    *,
    worst_a: PerLine | None = None,
    tree: Tree | None = None,
    lacking: Collection[str] = (),
) -> FallbackCheck | None:
    """Return whether the chargers' fallbacks pass the site's circuits; `fallbacks_a` is by charger.

    `chargers` and `tree` stand in for the entry's own; `worst_a` is the greatest load of the house
    that was measured. `lacking` are the chargers that were seen not to fall back by themselves, though
    they should. None without a grid connection, where nothing can be guarded, or without a meter,
    where nothing has to be.
    """
    site = SiteConfig.from_entry(entry)
    chargers = tuple(chargers_of(entry) if chargers is None else chargers)
    tree = tree_of_entry(entry, chargers) if tree is None else tree
    if tree is None:
        return None
    if site.meter is None and not any(one.limited_by_circuits for one in on_their_circuits(chargers, tree, site)):
        return None
    bounds = bounds_of(tree.circuits, site.wiring.line_count, site.wiring)
    claims = [_claim(charger, site, tree.above[charger.id], lacks=charger.id in lacking) for charger in chargers]
    return fallbacks_that_fit(claims, bounds, house_at_worst(site, bounds.root.limit_a, worst_a), site.voltage_v)


def house_at_worst(site: SiteConfig, fuse_a: PerLine, worst_a: PerLine | None) -> PerLine:
    """Return what the house may take on each line: as its owner says, else at least what was measured.

    Without a meter only what the owner says is reckoned with, as it is when the chargers are balanced.
    """
    if site.meter is None:
        return (site.house_worst_a or 0.0,) * len(fuse_a)
    assumed_a = assumed_house_a(fuse_a, site.house_worst_a)
    if site.house_worst_a is not None or worst_a is None or len(worst_a) != len(fuse_a):
        return assumed_a
    return tuple(max(one, min(measured, fuse)) for one, measured, fuse in zip(assumed_a, worst_a, fuse_a, strict=True))


def _claim(charger: ChargerConfig, site: SiteConfig, circuit_id: str, *, lacks: bool) -> FallbackClaim:
    # An uncontrolled charger offers what its hardware allows.
    each_a = charger.fallback_of(site) if charger.controllable else charger.hardware_limit_a or charger.max_a
    most_a = max(charger.max_a, charger.hardware_limit_a or 0.0)
    hardware_a = charger.hardware_limit_a
    if lacks:
        # It goes on with whatever it was told last.
        hardware_a = charger.hardware_limit_a or charger.max_a
    elif charger.station is not None or charger.sets_fail_safe or not charger.stays_at_limit_without_us:
        hardware_a = None
    return FallbackClaim(
        id=charger.id,
        use=charger.line_use,
        fallback_a=min(each_a * len(charger.evses), most_a),
        circuit_id=circuit_id,
        priority=charger.priority,
        fixed=not charger.controllable,
        hardware_a=hardware_a if charger.controllable else None,
    )


def with_fallbacks_that_fit(
    chargers: Iterable[ChargerConfig], check: FallbackCheck | None
) -> tuple[ChargerConfig, ...]:
    """Return the chargers with the fallbacks that the fuses carry: 0 for those that find no room."""
    if check is None or check.fits:
        return tuple(chargers)
    granted = check.fallbacks_a
    return tuple(
        replace(charger, fallback_a=0.0) if charger.controllable and not granted[charger.id] else charger
        for charger in chargers
    )


def told_of(
    excess: Excess, chargers: Iterable[ChargerConfig], fitting_a: Mapping[str, float], wiring: Wiring
) -> dict[str, str]:
    """Return the words of an excess for a sentence; `fitting_a` is what would fit, by charger."""
    line = "" if excess.line is None else wiring.lines[excess.line]
    place = line if excess.is_root and line else f"{excess.circuit} {line}".rstrip()
    proposal = (f"{charger.name} {fitting_a[charger.id]:g} A" for charger in chargers if charger.id in fitting_a)
    return {
        "line": place,
        "sum_a": f"{excess.sum_a:.1f}".removesuffix(".0"),
        "fuse_a": f"{excess.limit_a:.1f}".removesuffix(".0"),
        "proposal": ", ".join(proposal),
    }
