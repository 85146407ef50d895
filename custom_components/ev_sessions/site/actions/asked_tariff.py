"""A tariff that an action asks about, a site's own or one of OCPI's, and the sessions that are put under it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from homeassistant.core import HomeAssistant

from ...core.costing import Circumstances, Usage
from ...core.costing.cost import CostRole
from ...core.costing.reading import usage_of_session
from ...core.costing.work import MOST_WORK, work_of
from ...core.prices.timeline import PriceTimeline
from ...core.problem import InputError, ProblemKind
from ...core.tariff import Tariff
from ...core.tariff.reading import tariff_from, tariff_from_ocpi
from ...store import Kind, Ledger, StoredSession
from ..ledger.ledger import asked
from ..prices.billing import version_at
from ..prices.repricing import PriceBook
from ..prices.service import PriceService
from ..refusal import ledger_errors, refuse
from ..runtime import SiteRuntime

#: What people read of a field that cannot be taken.
_FIELD_ERRORS = {
    ProblemKind.MISSING: "field_missing",
    ProblemKind.WRONG_SHAPE: "field_wrong_shape",
    ProblemKind.NOT_A_NUMBER: "field_not_a_number",
    ProblemKind.OUT_OF_RANGE: "field_out_of_range",
    ProblemKind.UNKNOWN_WORD: "field_unknown_word",
    ProblemKind.UNKNOWN_FIELD: "field_unknown_field",
    ProblemKind.UNKNOWN_CURRENCY: "field_unknown_currency",
    ProblemKind.NOT_A_TIME: "field_not_a_time",
    ProblemKind.ENDS_BEFORE_START: "field_ends_before_start",
    ProblemKind.OVERLAP: "field_overlap",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedTariff:
    """A tariff, what people know it by, and the site whose it is; None: it was given.

    `is_house` says that it is what the house pays, and what nobody is billed by.
    """

    name: str
    tariff: Tariff
    owner: SiteRuntime | None = None
    is_house: bool = False
    book: PriceBook | None = None
    prices: PriceService | None = None

    def known_of(self, of_session: Circumstances, stored: StoredSession | None) -> Circumstances:
        """Return what is known besides: the holidays are those of the site whose it is, else of the session's.

        A voucher is spent once: where somebody is billed for the session, not on what the house pays.
        """
        if self.owner is None:
            return of_session
        known = replace(of_session, holidays=self.owner.holidays)
        billed = stored is not None and any(one.role is CostRole.PAYER for one in stored.costings)
        return replace(known, voucher=Decimal(0)) if billed and self.is_house else known

    async def async_timelines(self, usage: Usage) -> Mapping[str, PriceTimeline]:
        """Return the prices that a site's tariff reads, as far back as a usage goes."""
        read = self.tariff.timeline_price
        if self.book is None or read is None:
            return {}
        return {read.source: await self.async_timeline(self.book, usage.start, usage.periods[-1].end)}

    async def async_timeline(self, book: PriceBook, start: datetime, end: datetime) -> PriceTimeline:
        """Return what is known of its prices in [start, end), by its book and in memory."""
        now = self.tariff.new_timeline() if self.prices is None else self.prices.timeline
        with ledger_errors():
            return await book.async_timeline(start, end, now)

    def hold_feasible(self, usage: Usage) -> None:
        """Refuse what would take minutes to cost."""
        if work_of(self.tariff, usage) > MOST_WORK:
            raise refuse("cost_too_much_work", tariff=self.name)

    def hold_valid(self, usage: Usage, zone: tzinfo) -> None:
        """Refuse a tariff that does not hold when the session begins; one that began under it ends under it."""
        start, tariff = usage.start, self.tariff
        if tariff.end is not None and start >= tariff.end:
            raise refuse("tariff_ended", end=tariff.end.astimezone(zone).isoformat())
        if tariff.start is not None and start < tariff.start:
            raise refuse("tariff_not_begun", start=tariff.start.astimezone(zone).isoformat())


def tariff_of_site(sites: Sequence[SiteRuntime], tariff_id: str) -> AskedTariff:
    """Return a tariff of a site, its own or one of its payers', by its subentry's id; raise where there is none."""
    for site in sites:
        for book, prices in site.books:
            if tariff_id in {book.subentry_id, book.tariff_id}:
                return AskedTariff(
                    name=book.name,
                    tariff=book.tariff,
                    owner=site,
                    is_house=book is site.book,
                    book=book,
                    prices=prices,
                )
    raise refuse("tariff_not_found", tariff_id=tariff_id)


async def async_as_it_was(mine: AskedTariff, at: datetime) -> AskedTariff:
    """Return a site's tariff in the version that held at an instant: the first one before there was any."""
    book = mine.book
    if book is None:
        return mine
    with ledger_errors():
        versions = await asked(book.ledger.versions(Kind.TARIFF))
    version = version_at(versions, book.subentry_id, at)
    return mine if version is None else replace(mine, name=version.name, tariff=tariff_from(version.data))


def tariff_given(data: Any, time_zone: str) -> AskedTariff:
    """Return a tariff of OCPI's; raise with the field where it cannot be taken."""
    with input_errors():
        tariff = tariff_from_ocpi(data, time_zone)
    return AskedTariff(name=str(tariff.about.get("id", "OCPI")), tariff=tariff)


async def async_recorded(hass: HomeAssistant, ledger: Ledger, stored: StoredSession) -> Usage:
    """Return what a session of the ledger used, as its trace tells it."""
    session = stored.session
    with ledger_errors():
        found = (await asked(ledger.periods_of([session.id]))).get(session.id, ())
        trace = await asked(ledger.trace_of(session.id))
    periods = [one.period for one in found]
    return await hass.async_add_executor_job(
        usage_of_session, session.start, session.end or session.start, periods, trace
    )


@contextmanager
def input_errors() -> Iterator[None]:
    """Translate what is wrong with data that somebody gave: the first field, and how many more."""
    try:
        yield
    except InputError as error:
        first = error.problems[0]
        raise refuse(
            _FIELD_ERRORS[first.kind],
            path=first.path,
            value=first.value,
            more=str(len(error.problems) - 1),
        ) from error
