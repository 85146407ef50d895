"""The session ledger: one database for all sites of a Home Assistant.

A table over the rooms beside it: what a method does stands in the function that it names. All
of them return a `concurrent.futures.Future` at once and never block; `open` and `close` do.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from functools import partial, wraps
import logging
from typing import Any, Concatenate

from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from . import (
    audit,
    carbon,
    check,
    costings,
    cutting,
    edits,
    figures,
    imports,
    interval_means,
    listing,
    month_energy,
    places,
    prices,
    recosting,
    retention,
    session_owners,
    settings,
    signed,
    slots,
    stale,
    stations,
    steps,
    steps_together,
    tokens,
    totals,
    traces,
    transactions,
    uptime,
    versions,
)
from .connect import engine_of, ledger_url
from .errors import LedgerClosedError, LedgerDamagedError, LedgerError
from .essentials import Essentials, essentials, put_back
from .opening import OpenReport, open_ledger, put_mark
from .readers import Readers
from .writer import HOLD_LIMIT_S, QUEUE_LIMIT, Together, Writer

_LOGGER = logging.getLogger(__name__)

type _Method[**P, T] = Callable[Concatenate["Ledger", P], Future[T]]


def _writes[**P, T](work: Callable[Concatenate[Connection, P], T]) -> _Method[P, T]:
    """Return a method that writes in one transaction; it waits while the database takes none."""

    @wraps(work)
    def method(self: Ledger, /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return self._write(lambda connection: work(connection, *args, **kwargs), patient=True)

    return method


def _writes_together[**P, T](
    work: Callable[Concatenate[Connection, P], T], many: Callable[[Connection, Sequence[Any]], Sequence[T]]
) -> _Method[P, T]:
    """Return a method that writes as others do; those that wait beside each other are written together by `many`.

    It is given the arguments of each, which have to be told by their places.
    """

    @wraps(work)
    def method(self: Ledger, /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        together = Together(many=many, asked=args) if not kwargs else None
        return self._write(lambda connection: work(connection, *args, **kwargs), patient=True, together=together)

    return method


def _settles[**P, T](work: Callable[Concatenate[Connection, P], T]) -> _Method[P, T]:
    """Return a method that writes what others refer to: it is held in memory as well."""

    @wraps(work)
    def method(self: Ledger, /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        def write(connection: Connection) -> T:
            done = work(connection, *args, **kwargs)
            self._essentials = essentials(connection)
            return done

        return self._write(write, patient=True)

    return method


def _edits[**P, T](work: Callable[Concatenate[Connection, P], T]) -> _Method[P, T]:
    """Return a method that writes in one transaction for a person who waits: trouble is told at once."""

    @wraps(work)
    def method(self: Ledger, /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return self._write(lambda connection: work(connection, *args, **kwargs), patient=False)

    return method


def _reads[**P, T](query: Callable[Concatenate[Connection, P], T]) -> _Method[P, T]:
    """Return a method that reads one state of the ledger, beside the writer."""

    @wraps(query)
    def method(self: Ledger, /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return self._read(lambda connection: query(connection, *args, **kwargs))

    return method


class Ledger:
    """One ledger, by URL or by the path of a SQLite file.

    `on_trouble` is called from a thread with the error when the database stops taking
    writes, and with None when it takes them again: once each. A file that is found damaged
    while it is open is mended, or set aside, as at a start; then `on_mended` is called from a thread
    with what was done, and what waited is written.
    """

    def __init__(
        self,
        where: str,
        *,
        on_trouble: Callable[[LedgerError | None], None] = lambda _: None,
        on_mended: Callable[[OpenReport], None] = lambda _: None,
        queue_limit: int = QUEUE_LIMIT,
        hold_limit_s: float = HOLD_LIMIT_S,
    ) -> None:
        self.url = ledger_url(where)
        self._writer_of = partial(
            Writer, on_trouble=on_trouble, mend=self._mend, queue_limit=queue_limit, hold_limit_s=hold_limit_s
        )
        self._on_mended = on_mended
        self._essentials: Essentials = {}
        self._mends = False  # somebody has asked for it
        self._suspect = False
        self._writer: Writer | None = None
        self._readers: Readers | None = None

    def open(self, *, full_check: bool = False) -> OpenReport:
        """Open, make, migrate or mend the ledger; blocks. With `full_check` every page is looked at.

        Raises LedgerUnwritableError, LedgerTooNewError or NotALedgerError.
        """
        if self._writer is not None:
            raise LedgerError("the ledger is open already")
        opened = open_ledger(self.url, full=full_check)
        self._remember(opened.connection)
        self._writer = self._writer_of(opened.engine, opened.connection)
        self._writer.start()
        self._readers = Readers(engine_of(self.url, writes=False))
        self._suspect = False
        if opened.report.check.outcome is check.Outcome.CUT_SHORT:
            self._read(check.full_check).add_done_callback(self._checked)
        return opened.report

    def _checked(self, future: Future[check.CheckReport]) -> None:
        """Take note of what the rest of the check found, which went on in the background."""
        error = LedgerClosedError("closed meanwhile") if future.cancelled() else future.exception()
        if error is None and future.result().outcome in {check.Outcome.DAMAGED, check.Outcome.INDEX}:
            error = LedgerDamagedError("; ".join(future.result().findings[:5]))
        if isinstance(error, LedgerDamagedError):
            self._suspect = True
            _LOGGER.error("The ledger is damaged, and is mended now: %s", error)
            self._ask_to_mend(error)

    def _remember(self, connection: Connection) -> None:
        """Hold in memory what must not be missing; where that cannot be read, damage will be found soon enough."""
        try:
            with connection.begin():
                self._essentials = essentials(connection)
        except DBAPIError as error:
            _LOGGER.debug("Places and tariffs could not be read: %s", error)

    def _ask_to_mend(self, error: LedgerDamagedError) -> None:
        """Let the writer come upon damage that somebody else has found."""
        if self._mends:
            return
        self._mends = True

        def find(_connection: Connection) -> None:
            if self._mends:
                raise error

        self._write(find, patient=True).add_done_callback(self._looked)

    def _looked(self, future: Future[None]) -> None:
        # Where it could not be mended now, the next one who comes upon it asks again.
        self._mends = self._mends and future.exception() is None

    def _mend(self, damage: LedgerDamagedError) -> tuple[Engine, Connection]:
        """Return a sound file, from the writer's thread, whose own connection is closed."""
        _LOGGER.warning("The ledger is looked at and mended, because of: %s", damage)
        readers, self._readers = self._readers, None
        if readers is not None:
            readers.drain()
        try:
            opened = open_ledger(self.url, full=True)
            with opened.connection.begin():
                put_back(opened.connection, self._essentials)
        finally:
            self._readers = Readers(engine_of(self.url, writes=False))
        self._suspect = self._mends = False
        self._on_mended(opened.report)
        return opened.engine, opened.connection

    def close(self, timeout_s: float = 30.0) -> None:
        """Write what waits, then end all threads and connections; blocks. Closing twice does nothing."""
        writer, readers = self._writer, self._readers
        self._writer = self._readers = None
        if readers is not None:
            readers.close()
        if writer is not None:
            writer.close(partial(put_mark, suspect=self._suspect), timeout_s)

    def pause_for_backup(self) -> Future[None]:
        """Finish what waits, bring all of it into the file, and hold writes in memory until resumed."""
        if self._writer is None:
            return _failed(LedgerClosedError("the ledger is not open"))
        return self._writer.pause()

    def resume_after_backup(self) -> bool:
        """Write again; return whether the hold lasted until now, so that the backup's copy is whole."""
        return self._writer is not None and self._writer.resume()

    @property
    def waiting_writes(self) -> int:
        """How many writes wait."""
        return 0 if self._writer is None else self._writer.waiting

    @property
    def last_written_at(self) -> datetime | None:
        """When something was last written since the ledger was opened; None: nothing yet."""
        return None if self._writer is None else self._writer.last_written_at

    def _write[T](
        self, work: Callable[[Connection], T], *, patient: bool, together: Together | None = None
    ) -> Future[T]:
        if self._writer is None:
            return _failed(LedgerClosedError("the ledger is not open"))
        return self._writer.submit(work, patient=patient, together=together)

    def _read[T](self, query: Callable[[Connection], T]) -> Future[T]:
        if self._readers is None and self._writer is not None:
            # The file is being mended: whoever asks now is answered when it is sound.
            return self._writer.submit(query, patient=False)
        if self._readers is None:
            return _failed(LedgerClosedError("the ledger is not open"))
        future = self._readers.submit(query)
        future.add_done_callback(self._heard)
        return future

    def _heard(self, future: Future[Any]) -> None:
        error = None if future.cancelled() else future.exception()
        if isinstance(error, LedgerDamagedError):
            self._ask_to_mend(error)

    # What happens
    commit_step = _writes_together(steps.commit_step, steps_together.commit_steps)
    commit_prices = _writes(costings.commit_prices)
    put_bills = _writes(costings.put_bills)
    put_prices = _writes(prices.put_prices)
    put_setting = _writes_together(settings.put_setting, settings.put_settings)
    put_intervals = _writes(uptime.put_intervals)
    put_intensities = _writes(carbon.put_intensities)
    put_interval_means = _writes(interval_means.put_interval_means)
    append_trace = _writes(traces.append_trace)
    prune = _writes(retention.prune)
    take_stale = _writes(stale.take_stale)
    renewed = _writes(stale.renewed)
    start_transaction = _writes(transactions.start_transaction)
    put_transaction = _writes(transactions.put_transaction)
    retract_transaction = _writes(transactions.retract_transaction)
    put_signed_record = _writes(signed.put_signed_record)
    see_token = _writes(tokens.see_token)
    put_station_setting = _writes(stations.put_station_setting)
    remove_station_settings = _writes(stations.remove_station_settings)
    put_local_list = _writes(stations.put_local_list)
    remove_local_list = _writes(stations.remove_local_list)

    # What there is
    put_site = _settles(places.put_site)
    archive_site = _settles(places.archive_site)
    put_charger = _settles(places.put_charger)
    archive_charger = _settles(places.archive_charger)
    put_version = _settles(versions.put_version)
    put_audit = _writes(audit.record)
    archive_thing = _settles(versions.archive_thing)

    # What people change
    update_session = _edits(edits.update_session)
    delete_session = _edits(edits.delete_session)
    split_session = _edits(cutting.split_session)
    merge_sessions = _edits(cutting.merge_sessions)
    add_session = _edits(cutting.add_session)
    undo_edit = _edits(cutting.undo_edit)
    import_sessions = _edits(imports.import_sessions)
    import_prices = _edits(prices.import_prices)
    put_token = _edits(tokens.put_token)
    assign_tokens = _edits(tokens.assign_tokens)
    announce_thing = _edits(versions.announce_thing)
    remove_token = _edits(tokens.remove_token)

    # What people ask
    sessions_page = _reads(listing.sessions_page)
    sessions_of = _reads(listing.sessions_of)
    periods_of = _reads(listing.periods_of)
    cost_lines_of = _reads(listing.cost_lines_of)
    lines_of = _reads(listing.lines_of)
    house_lines_of = _reads(listing.house_lines_of)
    month_energy_before = _reads(month_energy.month_energy_before)
    events_of = _reads(listing.events_of)
    count_ended = _reads(recosting.count_ended)
    ended_after = _reads(recosting.ended_after)
    billed_since = _reads(recosting.billed_since)
    corrections_of = _reads(recosting.corrections_of)
    unfinished_costs = _reads(listing.unfinished_costs)
    open_sessions = _reads(listing.open_sessions)
    last_session = _reads(listing.last_session)
    unpriced_periods = _reads(listing.unpriced_periods)
    unpriced_energy = _reads(listing.unpriced_energy)
    span_totals = _reads(totals.span_totals)
    visits = _reads(slots.visits)
    first_starts = _reads(slots.first_starts)
    slots = _reads(slots.slots)
    intervals_of = _reads(uptime.intervals_of)
    intervals_going_on = _reads(uptime.intervals_going_on)
    prices_of = _reads(prices.prices_of)
    carbon_of = _reads(carbon.carbon_of)
    last_intensity = _reads(carbon.last_intensity)
    carbon_between = _reads(carbon.carbon_between)
    interval_means = _reads(interval_means.interval_means)
    transaction = _reads(transactions.transaction)
    open_transactions = _reads(transactions.open_transactions)
    transactions_of = _reads(transactions.transactions_of)
    running_tokens = _reads(transactions.running_tokens)
    signed_records_of = _reads(signed.signed_records_of)
    signatures_of = _reads(signed.signatures_of)
    id_tokens = _reads(tokens.id_tokens)
    tokens_of = _reads(tokens.tokens_of)
    find_token = _reads(tokens.find_token)
    token_owner = _reads(tokens.token_owner)
    last_charge = _reads(session_owners.last_charge)
    station_settings = _reads(stations.station_settings)
    local_list_of = _reads(stations.local_list_of)
    settings = _reads(settings.settings)
    snapshots = _reads(places.snapshots)
    sites = _reads(places.sites)
    chargers = _reads(places.chargers)
    versions = _reads(versions.versions)
    trace_of = _reads(traces.trace_of)
    audit_trail = _reads(audit.audit_trail)
    check = _reads(check.full_check)
    figures = _reads(figures.figures)


def _failed[T](error: LedgerError) -> Future[T]:
    future: Future[T] = Future()
    future.set_exception(error)
    return future
