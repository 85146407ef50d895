"""Taking prices in that somebody hands over: read off the loop, held against what is known, written in one go."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant

from ...core.energy import kwh_from_mwh
from ...core.prices.merge import Merged, merged
from ...core.prices.price import PriceInterval, PriceSlot
from ...core.prices.price_import import MOST_ROWS, NoPricesError, PriceContext, PriceRowProblem, ReadPrices, read_prices
from ..ledger.ledger import asked
from ..prices.repricing import PriceBook
from ..refusal import failed, ledger_errors, refuse
from ..runtime import SiteRuntime
from .access import Access
from .asked_tariff import tariff_of_site

_MIB = 1024 * 1024
LIMIT_MIB = 16
#: So many intervals are held against what is known at once: the memory of a timeline is bounded.
_AT_ONCE = 5_000
#: So many rows that cannot be taken are told of.
_MOST_TOLD = 100
#: What people read of data that is no list of prices.
_REASONS = {
    "empty": "import_prices_empty",
    "header": "import_prices_header",
    "no_list": "import_prices_no_list",
    "too_many": "import_prices_too_many",
    "unit": "import_prices_unit",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceImport:
    """What is handed over: the data or the path of a file, the unit of its prices, and what may be done."""

    data: Any
    path: str | None
    unit: str | None
    replace: bool
    dry_run: bool
    tariff: str | None = None


async def async_import_prices(
    hass: HomeAssistant, site: SiteRuntime, access: Access, given: PriceImport
) -> dict[str, Any]:
    """Add prices to a site's tariff, its own where none is named, and price what waited for them; return what was done.

    Where any row cannot be taken, none is.
    """
    book = site.book if given.tariff is None else tariff_of_site([site], given.tariff).book
    if book is None:
        raise refuse("site_without_tariff", site=site.name)
    if book.tariff.timeline_price is None:
        raise refuse("tariff_reads_no_prices", tariff=book.name)
    if (given.data is None) == (given.path is None):
        raise refuse("import_data_or_path")
    context = PriceContext(currency=site.currency, unit=given.unit, zone=site.zone, now=site.clock().utc)
    read = await hass.async_add_executor_job(_read, hass, given, context)
    with ledger_errors():
        found = await _async_merged(hass, book, read.intervals)
        taken = (*found.new, *found.other) if given.replace else found.new
        problems = list(read.problems)
        if not given.replace:
            problems += [PriceRowProblem(row=0, reason="known_otherwise")] * len(found.other)
        done: dict[str, Any] = {
            "added": len(found.new),
            "replaced": len(found.other) if given.replace else 0,
            "duplicates": len(found.known),
            "rejected": _told(read, found if not given.replace else None, site),
        }
        if given.dry_run:
            return done
        if problems:
            raise refuse("import_prices_rejected", count=str(len(problems)), reason=problems[0].reason)
        if taken:
            slots = [PriceSlot.of_interval(one) for one in taken]
            for tariff_id in _reading_the_same(site, book):
                await asked(
                    site.ledger.import_prices(
                        tariff_id,
                        book.tariff.currency,
                        slots,
                        site_id=site.entry_id,
                        who=access.who,
                        at=context.now,
                    )
                )
            repriced = await site.costs.async_prices_imported(taken, _reading_the_same(site, book))
            done["priced_kwh"] = kwh_from_mwh(repriced.priced_mwh)
            done["unpriced_kwh"] = kwh_from_mwh(repriced.unpriced_mwh)
    return done


def _reading_the_same(site: SiteRuntime, book: PriceBook) -> list[str]:
    """Return the tariff, and all others that read the same price: what is known of it is known to each."""
    read = book.tariff.timeline_price
    others = [other.tariff_id for other, _ in site.books if read is not None and _source(other) == read.source]
    return list(dict.fromkeys((book.tariff_id, *others)))


def _source(book: PriceBook) -> str | None:
    read = book.tariff.timeline_price
    return None if read is None else read.source


def _read(hass: HomeAssistant, given: PriceImport, context: PriceContext) -> ReadPrices:
    data = given.data if given.path is None else _file(hass, given.path)
    if isinstance(data, str) and len(data) > LIMIT_MIB * _MIB:
        raise refuse("import_too_large", limit=str(LIMIT_MIB))
    try:
        return read_prices(data, context)
    except NoPricesError as err:
        raise refuse(_REASONS[err.reason], detail=err.detail, most=str(MOST_ROWS)) from err


def _file(hass: HomeAssistant, path: str) -> str:
    if not hass.config.is_allowed_path(path):
        raise refuse("import_path_not_allowed", path=path)
    try:
        with Path(path).open("rb") as file:
            # The size on the disk says nothing of what is no plain file.
            text = file.read(LIMIT_MIB * _MIB + 1)
    except OSError as err:
        raise failed("import_file_unreadable", path=path, reason=err.strerror or str(err)) from err
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError:
        return text.decode("cp1252", errors="replace")


async def _async_merged(hass: HomeAssistant, book: PriceBook, given: Sequence[PriceInterval]) -> Merged:
    """Hold intervals against the ledger's, so many at a time."""
    parts: list[Merged] = []
    for some in batched(given, _AT_ONCE, strict=False):
        timeline = await book.async_timeline(some[0].start, some[-1].end, book.tariff.new_timeline())
        parts.append(await hass.async_add_executor_job(merged, some, timeline))
    return Merged(
        new=tuple(one for part in parts for one in part.new),
        known=tuple(one for part in parts for one in part.known),
        other=tuple(one for part in parts for one in part.other),
    )


def _told(read: ReadPrices, found: Merged | None, site: SiteRuntime) -> list[dict[str, Any]]:
    """Return what is wrong, the first hundred of it: a row, or the start of an interval that is known otherwise."""

    def problems() -> Iterator[dict[str, Any]]:
        for one in read.problems:
            yield {"row": one.row, "reason": one.reason}
        for other in () if found is None else found.other:
            yield {"start": other.start.astimezone(site.zone).isoformat(), "reason": "known_otherwise"}

    return [one for one, _ in zip(problems(), range(_MOST_TOLD), strict=False)]
