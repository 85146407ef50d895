"""When somebody else limited circuits, to what, and what came of it: for whoever has to prove it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ...core.moment import instant_of
from ...store import LIMIT_ENDED, LIMITED, OUTSIDE, AuditRecord
from ..ledger.ledger import asked
from ..runtime import SiteRuntime

#: So many lines of the trail are looked at: a limit that comes every ten minutes for two years.
_MOST = 220_000


async def async_circuit_limits(
    sites: Sequence[SiteRuntime], start: datetime | None, end: datetime | None
) -> dict[str, Any]:
    """Return the limits from outside that overlap [start, end), oldest first, as JSON values."""
    found: list[dict[str, Any]] = []
    for site in sites:
        # Who asks just when a limit ends is to find its end, also while the ledger takes nothing for a backup.
        unwritten = [] if site.circuits is None else site.circuits.unwritten
        trail = await asked(site.ledger.audit_trail(site_id=site.entry_id, who=OUTSIDE, limit=_MOST))
        written = {_mark(one) for one in trail}
        found.extend(_limits(site, [*trail, *(one for one in unwritten if _mark(one) not in written)], start, end))
    return {"limits": sorted(found, key=lambda limit: str(limit["start"]))}


def _mark(one: AuditRecord) -> tuple[str, str, int]:
    """Return what tells a line about a limit from all others."""
    return one.action, one.subject_id, one.new["start_us"]


def _limits(
    site: SiteRuntime, trail: Sequence[AuditRecord], start: datetime | None, end: datetime | None
) -> list[dict[str, Any]]:
    """Return those of a site: what has ended, and what has begun and not ended."""
    ended = {(one.subject_id, one.new["start_us"]) for one in trail if one.action == LIMIT_ENDED}
    told = [
        one
        for one in trail
        if one.action == LIMIT_ENDED or (one.action == LIMITED and (one.subject_id, one.new["start_us"]) not in ended)
    ]
    rows: list[dict[str, Any]] = []
    for one in told:
        began = instant_of(one.new["start_us"])
        over = instant_of(one.new["end_us"]) if "end_us" in one.new else None
        if (end is None or began < end) and (start is None or over is None or over > start):
            rows.append(_row(site.name, one.new, began, over, site.zone))
    return rows


def _row(site: str, new: dict[str, Any], began: datetime, over: datetime | None, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "site": site,
        "circuit": new["name"],
        "start": began.astimezone(zone).isoformat(),
        "end": None if over is None else over.astimezone(zone).isoformat(),
        "limit_kw": _kilowatts(new["limit_w"]),
        "limit_a": new["limit_a"],
        "before_kw": _kilowatts(new.get("before_w")),
        "mean_kw": _kilowatts(new.get("mean_w")),
        "greatest_kw": _kilowatts(new.get("greatest_w")),
    }


def _kilowatts(power_w: float | None) -> float | None:
    return None if power_w is None else round(power_w / 1000, 3)
