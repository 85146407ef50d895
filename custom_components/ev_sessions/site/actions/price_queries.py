"""The prices of a span as an action gives them: of a site's own tariff, with what they are worth."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ...core.money import exact_text
from ...core.prices.price import PriceSegment
from ..refusal import refuse
from ..runtime import SiteRuntime
from .asked_tariff import AskedTariff, tariff_of_site

#: Ten thousand quarter hours: more in one answer no browser shows.
MOST_DAYS = 100
_AHEAD = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceQuery:
    """Which prices are asked for; without a start from now on, without an end two days of it."""

    tariff_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None


async def async_get_prices(sites: list[SiteRuntime], query: PriceQuery) -> dict[str, Any]:
    """Return the prices of a span, cut where price or basis changes; null where none is known."""
    site, under = _asked(sites, query)
    if under.book is None:
        raise refuse("site_without_tariff", site=site.name)
    start = query.start or site.clock().utc
    end = query.end or start + _AHEAD
    if end <= start:
        raise refuse("span_reversed")
    if end - start > timedelta(days=MOST_DAYS):
        raise refuse("span_too_long", days=str(MOST_DAYS))
    timeline = await under.async_timeline(under.book, start, end)
    return {
        "tariff": under.name,
        "currency": under.tariff.currency,
        "time_zone": under.tariff.time_zone,
        "prices": [_slot(one, site) for one in under.tariff.segments(start, end, timeline)],
    }


def _asked(sites: list[SiteRuntime], query: PriceQuery) -> tuple[SiteRuntime, AskedTariff]:
    """Return the site that is asked about, and the tariff: its own where none is named."""
    if query.tariff_id is not None:
        under = tariff_of_site(sites, query.tariff_id)
        if under.owner is not None:
            return under.owner, under
    if len(sites) > 1:
        raise refuse("site_needed")
    site = sites[0]
    if site.book is None:
        raise refuse("site_without_tariff", site=site.name)
    return site, tariff_of_site(sites, site.book.subentry_id)


def _slot(one: PriceSegment, site: SiteRuntime) -> dict[str, Any]:
    price = one.price.price_per_kwh
    return {
        "start": one.start.astimezone(site.zone).isoformat(),
        "end": one.end.astimezone(site.zone).isoformat(),
        "price": None if price is None else exact_text(price),
        "price_float": None if price is None else float(price),
        "basis": one.price.basis.value,
    }
