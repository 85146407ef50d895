"""The fallbacks of a site's chargers, against its fuses."""

from collections.abc import Iterable
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
