"""The fallbacks of a site's chargers, against its fuses."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import ConfigEntry

from ..core.fallback import FallbackCheck, FallbackClaim, assumed_house_a, fallbacks_that_fit
from .config import ChargerConfig, SiteConfig, chargers_of, root_circuit


def check_fallbacks(entry: ConfigEntry[Any], chargers: Iterable[ChargerConfig] | None = None) -> FallbackCheck | None:
    """Return whether the chargers' fallbacks pass the site's fuses; `fallbacks_a` is by charger.

    `chargers` stand in for the entry's own. None without a grid connection, where nothing
    can be guarded, or without a meter, where nothing is.
    """
    site, root = SiteConfig.from_entry(entry), root_circuit(entry)
    if root is None or site.meter is None:
        return None
    claims = [_claim(charger, site) for charger in (chargers_of(entry) if chargers is None else chargers)]
    return fallbacks_that_fit(claims, root.limit_a, assumed_house_a(root.limit_a))


def _claim(charger: ChargerConfig, site: SiteConfig) -> FallbackClaim:
    # An uncontrolled charger offers what its hardware allows.
    each_a = charger.fallback_of(site) if charger.controllable else charger.max_a
    return FallbackClaim(
        id=charger.id,
        use=charger.line_use,
        fallback_a=min(each_a * len(charger.evses), charger.max_a),
        priority=charger.priority,
        fixed=not charger.controllable,
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


def proposal_of(chargers: Iterable[ChargerConfig], check: FallbackCheck) -> str:
    """Return the fallbacks that fit for a sentence: "Garage 6 A, Carport 0 A"."""
    return ", ".join(f"{charger.name} {check.fallbacks_a[charger.id]:g} A" for charger in chargers)
