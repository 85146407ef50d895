"""The session ledger with 100,000 sessions of ten periods, each figure over a cold connection.

Times are those of the whole call: connecting, asking, and making records of the rows; so
the database's own share is less. The file itself is warm in the system's cache but for the
figure `evicted_first_ms` in the details, measured after the system was asked to drop it.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
import os
from pathlib import Path
import tempfile
from time import perf_counter, process_time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import event
from sqlalchemy.engine import Connection
from ulid_transform import ulid_now

from benchmarks.ledger_file import ledger_file
from benchmarks.row import Measured, Row, repeated_ms
from custom_components.ev_sessions.core.reading import Activity
from custom_components.ev_sessions.core.sessions.session import ChargingPeriod, Session
from custom_components.ev_sessions.core.statistics.sums import Period, Sums, buckets_of
from custom_components.ev_sessions.store import ChargerWish, Ledger, PricedPeriod, SessionFilter, SiteRecord, StepRecord
from custom_components.ev_sessions.store.connect import engine_of, ledger_url
from custom_components.ev_sessions.store.listing import Order, last_session, open_sessions, periods_of, sessions_page
from custom_components.ev_sessions.store.slots import slots, visits
from custom_components.ev_sessions.store.totals import span_totals
from custom_components.ev_sessions.store.uptime import intervals_of

_TIMES = 9
_BERLIN = ZoneInfo("Europe/Berlin")
_MONTH = (
    datetime(2024, 3, 1, tzinfo=_BERLIN).astimezone(UTC),
    datetime(2024, 4, 1, tzinfo=_BERLIN).astimezone(UTC),
)

_YEAR = (
    datetime(2024, 1, 1, tzinfo=_BERLIN).astimezone(UTC),
    datetime(2025, 1, 1, tzinfo=_BERLIN).astimezone(UTC),
)


def _cold(query: Callable[[Connection], Any]) -> Measured:
    """Measure a query over new connections, and note the plans of its statements."""
    path = ledger_file()
    engine = engine_of(ledger_url(str(path)), writes=False)

    def once() -> None:
        with engine.connect() as connection, connection.begin():
            query(connection)

    _evict(path)
    begin = perf_counter()
    once()
    evicted_ms = (perf_counter() - begin) * 1000
    measured = repeated_ms(once, _TIMES)
    details = {**measured.details, "evicted_first_ms": round(evicted_ms, 3)}
    plans = _plans(engine.connect, query)
    engine.dispose()
    return Measured(value=measured.value, details=details, remarks=plans)


def _plans(connect: Callable[[], Connection], query: Callable[[Connection], Any]) -> tuple[str, ...]:
    """Return how SQLite answers each statement of a query."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        statements.append((statement, parameters))

    with connect() as connection:
        event.listen(connection, "before_cursor_execute", note)
        query(connection)
        event.remove(connection, "before_cursor_execute", note)
        driver: Any = connection.connection.driver_connection
        plans = []
        for statement, parameters in statements:
            rows = driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            plans.append(" / ".join(row[3] for row in rows))
    return tuple(plan for plan in plans if plan)


def _evict(path: Path) -> None:
    """Ask the system to forget the file; where it cannot, the file stays warm."""
    with suppress(AttributeError, OSError), path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _open() -> Measured:
    path = ledger_file()
    reports = []

    def once() -> None:
        ledger = Ledger(str(path))
        begin = perf_counter()
        reports.append((ledger.open(), (perf_counter() - begin) * 1000))
        ledger.close()

    for _ in range(_TIMES):
        once()
    took = sorted(ms for _, ms in reports)
    report = reports[-1][0]
    return Measured(
        value=took[len(took) // 2],
        details={"least": round(took[0], 3), "greatest": round(took[-1], 3), "check": report.check.outcome.value},
        remarks=("after an orderly end; the check of so large a file is cut short and goes on in the background",),
    )


def _page() -> Measured:
    return _cold(lambda connection: sessions_page(connection, SessionFilter(), limit=100))


def _oldest_page() -> Measured:
    wanted = SessionFilter(start=_MONTH[0], end=_MONTH[1])
    return _cold(lambda connection: sessions_page(connection, wanted, order=Order.OLDEST, limit=100))


def _page_with_periods() -> Measured:
    def query(connection: Connection) -> None:
        _, page = sessions_page(connection, SessionFilter(), limit=100)
        periods_of(connection, [stored.session.id for stored in page])

    return _cold(query)


def _month() -> Measured:
    return _cold(lambda connection: span_totals(connection, [_MONTH]))


def _year() -> Measured:
    """Measure what a year of `get_statistics` asks: forty chargers, 20,000 sessions, by the hour."""

    def query(connection: Connection) -> None:
        evse_ids = [str(one) for one in connection.exec_driver_sql("SELECT id FROM evse").scalars()]
        slots(connection, *_YEAR, evse_ids)
        visits(connection, *_YEAR, evse_ids)
        intervals_of(connection, evse_ids, *_YEAR)

    return _cold(query)


def _year_of_one() -> Measured:
    """Measure the same for one charger of the forty, as a home would ask."""

    def query(connection: Connection) -> None:
        evse_id = str(connection.exec_driver_sql("SELECT id FROM evse LIMIT 1").scalar())
        slots(connection, *_YEAR, [evse_id])
        visits(connection, *_YEAR, [evse_id])

    return _cold(query)


def _year_summed() -> Measured:
    """Measure what becomes of it in memory: twelve months by charger."""
    engine = engine_of(ledger_url(str(ledger_file())), writes=False)
    with engine.connect() as connection:
        evse_ids = [str(one) for one in connection.exec_driver_sql("SELECT id FROM evse").scalars()]
        found = slots(connection, *_YEAR, evse_ids), visits(connection, *_YEAR, evse_ids)
    engine.dispose()
    groups = {evse_id: evse_id for evse_id in evse_ids}

    def once() -> None:
        sums = Sums(buckets_of(*_YEAR, Period.MONTH, _BERLIN), _BERLIN, "EUR", _YEAR[1], groups=groups)
        sums.add_slots(found[0])
        sums.add_visits(found[1])

    return repeated_ms(once, _TIMES)


def _start() -> Measured:
    """Measure what a start asks: the open sessions, and the last one of an EVSE."""

    def query(connection: Connection) -> None:
        open_sessions(connection)
        evse_id = connection.exec_driver_sql("SELECT id FROM evse LIMIT 1").scalar()
        last_session(connection, str(evse_id))

    return _cold(query)


def _commit() -> Measured:
    """Measure steps of one charger, one after the other, each on the disk before the next."""
    with tempfile.TemporaryDirectory(dir=ledger_file().parent) as folder:
        ledger = Ledger(str(Path(folder) / "ledger.db"))
        ledger.open()
        try:
            step = _first_step(ledger)
            return repeated_ms(lambda: ledger.commit_step(step).result(60), 200)
        finally:
            ledger.close()


def _group_commit() -> Measured:
    """Measure a thousand steps that are all waiting at once."""
    with tempfile.TemporaryDirectory(dir=ledger_file().parent) as folder:
        ledger = Ledger(str(Path(folder) / "ledger.db"))
        ledger.open()
        try:
            step = _first_step(ledger)
            begin = perf_counter()
            for future in [ledger.commit_step(step) for _ in range(1_000)]:
                future.result(60)
            return Measured(value=1_000 / (perf_counter() - begin))
        finally:
            ledger.close()


def _many_chargers() -> Measured:
    """Measure what fifty chargers tell at the same time, twenty times."""
    with tempfile.TemporaryDirectory(dir=ledger_file().parent) as folder:
        ledger = Ledger(str(Path(folder) / "ledger.db"))
        ledger.open()
        try:
            steps = [_first_step(ledger, f"bay {number}") for number in range(50)]
            begin, begin_cpu = perf_counter(), process_time()
            for _ in range(20):
                for future in [ledger.commit_step(step) for step in steps]:
                    future.result(60)
            took_s, computed_s = perf_counter() - begin, process_time() - begin_cpu
            return Measured(value=1_000 / took_s, details={"cpu_ms_each": round(computed_s, 3)})
        finally:
            ledger.close()


def _first_step(ledger: Ledger, name: str = "garage") -> StepRecord:
    now = datetime(2026, 11, 19, 18, tzinfo=UTC)
    site = SiteRecord(id=ulid_now(), name="Home", time_zone="Europe/Berlin", currency="EUR")
    ledger.put_site(site).result(60)
    wish = ChargerWish(site_id=site.id, subentry_id=name, name=name, transport="entities")
    evse_id = ledger.put_charger(wish, now).result(60).evse_ids[1]
    held = Session(id=ulid_now(), start=now, period_count=1, energy_mwh=2_750_000)
    period = ChargingPeriod(
        index=0, start=now, end=now, duration_ms=0, activity=Activity.CHARGING, energy_mwh=2_750_000
    )
    priced = PricedPeriod(session_id=held.id, period=period)
    return StepRecord(evse_id=evse_id, at=now, sessions=(held,), periods=(priced,), snapshot="{}" * 500)


ROWS = (
    Row(name="store: open, 100,000 sessions", unit="ms", at_most=50, measure=_open),
    Row(name="store: newest page of 100", unit="ms", at_most=50, measure=_page),
    Row(name="store: a month's page of 100, oldest first", unit="ms", at_most=50, measure=_oldest_page),
    Row(name="store: page of 100 with its periods", unit="ms", measure=_page_with_periods),
    Row(name="store: one month's totals", unit="ms", at_most=50, measure=_month),
    Row(name="store: a year of statistics, forty chargers", unit="ms", measure=_year),
    Row(name="store: a year of statistics, one of them", unit="ms", measure=_year_of_one),
    Row(name="store: that year summed by month", unit="ms", measure=_year_summed),
    Row(name="store: open and last sessions", unit="ms", at_most=50, measure=_start),
    Row(name="store: one step on the disk", unit="ms", measure=_commit),
    Row(name="store: steps that wait together", unit="per s", measure=_group_commit),
    Row(name="store: steps of fifty chargers at a time", unit="per s", measure=_many_chargers),
)
