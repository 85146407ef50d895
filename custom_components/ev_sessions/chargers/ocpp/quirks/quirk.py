"""What is known of a brand's stations that they do not tell themselves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
import re
from typing import Any, Final, Self

from ....core.station.capabilities import RateUnit, VendorLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """All that deviates in one station; what is None or empty does not.

    `names` are the entries that it comes from. `keys` are a vendor's own configuration keys
    by the setting that they stand for.
    """

    names: tuple[str, ...] = ()
    #: It begins no transaction by itself.
    needs_remote_start: bool = False
    #: Profiles are taken at this level only.
    stack_level: int | None = None
    rate_units: tuple[RateUnit, ...] = ()
    least_sample_interval_s: int | None = None
    connection_timeout_s: int | None = None
    #: Measurands that it sends, but wrong.
    unwanted_measurands: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    vendor_limit: VendorLimit | None = None
    #: Versions of OCPP that are not offered to it.
    unwanted_versions: tuple[str, ...] = ()

    def overridden(self, facts: Mapping[str, Any]) -> Self:
        """Return the quirks with what is said otherwise, in the words of the data file; what is unknown is ignored."""
        known = {name: _MAKERS[name](value) for name, value in facts.items() if name in _MAKERS}
        if "keys" in known:
            known["keys"] = {**self.keys, **known["keys"]}
        return replace(self, **known)


def _vendor_limit(value: Any) -> VendorLimit | None:
    return None if value is None else VendorLimit(**value)


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


_MAKERS: Final[Mapping[str, Any]] = {
    "needs_remote_start": bool,
    "stack_level": _whole,
    "rate_units": lambda units: tuple(RateUnit(unit) for unit in units),
    "least_sample_interval_s": _whole,
    "connection_timeout_s": _whole,
    "unwanted_measurands": tuple,
    "keys": dict,
    "vendor_limit": _vendor_limit,
    "unwanted_versions": tuple,
}
assert {one.name for one in fields(Quirks)} == {"names", *_MAKERS}  # noqa: S101 -- a field without a maker could not be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the data file: whom it is about, and the facts with their sources."""

    name: str
    vendor: re.Pattern[str]
    model: re.Pattern[str]
    firmware: re.Pattern[str]
    facts: Mapping[str, Any]
    sources: Mapping[str, str]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Return the entry; raise KeyError or re.error where the data is not one."""
        patterns = {
            part: re.compile(data["match"].get(part, ""), re.IGNORECASE) for part in ("vendor", "model", "firmware")
        }
        return cls(
            name=data["name"],
            facts={name: fact["value"] for name, fact in data["facts"].items()},
            sources={name: fact["source"] for name, fact in data["facts"].items()},
            **patterns,
        )

    def matches(self, vendor: str, model: str, firmware: str) -> bool:
        """Tell whether a station is one of these."""
        return bool(self.vendor.search(vendor) and self.model.search(model) and self.firmware.search(firmware))


def quirks_of(entries: Iterable[Entry], *, vendor: str | None, model: str | None, firmware: str | None) -> Quirks:
    """Return what is known of a station by what it calls itself; a later entry wins over an earlier one."""
    found = Quirks()
    for entry in entries:
        if entry.matches(vendor or "", model or "", firmware or ""):
            found = replace(found.overridden(entry.facts), names=(*found.names, entry.name))
    return found
