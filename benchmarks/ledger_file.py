"""A ledger of 100,000 sessions of ten periods: forty chargers of a house of flats over five years.

Made once, in under a minute, and kept in `.cache/`; the same seed gives the same file.
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
import hashlib
from pathlib import Path
import random
import sqlite3
import sys
from time import perf_counter
from typing import Any

from sqlalchemy import Table
from ulid_transform import ulid_at_time

from custom_components.ev_sessions.store import ChargerWish, Ledger, SiteRecord
from custom_components.ev_sessions.store.schema import METADATA, charging_period, costing, session

SESSIONS = 100_000
PERIODS = 10
CHARGERS = 40
FIRST_DAY = datetime(2021, 1, 1, tzinfo=UTC)
YEARS = 5

_CACHE = Path(__file__).resolve().parent.parent / ".cache" / "benchmarks"
_QUARTER_US = 900_000_000
_HOUR_US = 3_600_000_000
_ROWS_AT_ONCE = 20_000


def ledger_file() -> Path:
    """Return the file; it is made where it is missing, or was made for another schema."""
    meaning = "\n".join(f"{table.name}.{column.name} {column.type!r}" for table, column in _columns())
    meaning += "".join(str(sorted(index.columns.keys())) for table in METADATA.sorted_tables for index in table.indexes)
    own = Path(__file__).read_text()
    path = _CACHE / f"ledger-{hashlib.sha256((meaning + own).encode()).hexdigest()[:12]}.db"
    if not path.exists():
        _CACHE.mkdir(parents=True, exist_ok=True)
        for old in _CACHE.glob("ledger-*"):
            old.unlink()
        begin = perf_counter()
        making = path.with_suffix(".making")
        _make(making)
        making.rename(path)
        took_s = perf_counter() - begin
        print(f"made {path.name}, {path.stat().st_size / 1e6:.0f} MB in {took_s:.1f} s", file=sys.stderr)
    return path


def _columns() -> Iterator[tuple[Table, Any]]:
    return ((table, column) for table in METADATA.sorted_tables for column in table.columns)


def _make(path: Path) -> None:
    ledger = Ledger(str(path))
    ledger.open()
    try:
        site = SiteRecord(id="01BENCH0000000000000000000", name="Flats", time_zone="Europe/Berlin", currency="EUR")
        ledger.put_site(site).result(60)
        evses = []
        for number in range(CHARGERS):
            wish = ChargerWish(site_id=site.id, subentry_id=f"bay-{number}", name=f"Bay {number}", transport="entities")
            evses.append(ledger.put_charger(wish, FIRST_DAY).result(60).evse_ids[1])
    finally:
        ledger.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-262144")
        connection.execute("BEGIN")
        waiting: dict[str, list[dict[str, Any]]] = {table.name: [] for table in (session, charging_period, costing)}
        for whole, periods, cost in _sessions(site.id, evses):
            waiting[session.name].append(whole)
            waiting[charging_period.name] += periods
            waiting[costing.name].append(cost)
            if len(waiting[charging_period.name]) >= _ROWS_AT_ONCE:
                insert_rows(connection, waiting)
        insert_rows(connection, waiting)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def insert_rows(connection: sqlite3.Connection, waiting: dict[str, list[dict[str, Any]]]) -> None:
    """Write rows by the names of their tables, and forget them."""
    for table in (session, charging_period, costing):
        rows = waiting[table.name]
        if rows:
            # What a row does not name is null.
            names = [column.name for column in table.columns if column.name in rows[0]]
            values = ", ".join(f":{name}" for name in names)
            connection.executemany(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({values})", rows)  # noqa: S608 - our own names
            rows.clear()


def _sessions(site_id: str, evses: list[str]) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]]:
    """Return rows of sessions, oldest first; each EVSE has about one in eighteen hours."""
    dice = random.Random(2026)
    first_us = int(FIRST_DAY.timestamp()) * 1_000_000
    step_us = YEARS * 365 * 24 * _HOUR_US // SESSIONS
    for number in range(SESSIONS):
        plugged_us = first_us + number * step_us + dice.randrange(step_us)
        start_us = plugged_us - plugged_us % _QUARTER_US
        yield rows_of_session(site_id, evses[number % len(evses)], start_us, dice)


def rows_of_session(
    site_id: str, evse_id: str, start_us: int, dice: random.Random, *, periods_of: int = PERIODS
) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]:
    """Return the row of a session that begins at an instant, those of its periods, and that of its cost."""
    session_id = ulid_at_time(start_us / 1e6)
    # One in fifty was plugged in and out without charging.
    energies = [0 if dice.random() < 0.02 else dice.randrange(500_000, 2_750_000)] * periods_of
    price_nano = dice.randrange(150, 450)  # in thousandths of a euro per kWh
    periods = [
        {
            "session_id": session_id,
            "period_index": index,
            "evse_id": evse_id,
            "start_us": start_us + index * _QUARTER_US,
            "end_us": start_us + (index + 1) * _QUARTER_US,
            "duration_ms": 900_000,
            "activity": "charging",
            "suspended_by": None,
            "energy_mwh": energy,
            "solar_mwh": energy // 4,
            "estimated_mwh": 0,
            "quality": "measured",
            "mean_power_mw": energy * 4,
            "least_power_mw": energy * 3,
            "greatest_power_mw": energy * 5,
            "mean_current_ma": None,
            "least_current_ma": None,
            "greatest_current_ma": None,
            "price_per_kwh": f"0.{price_nano}",
            "price_basis": "interval",
            "currency": "EUR",
            "cost_nano": energy * price_nano,
        }
        for index, energy in enumerate(energies)
    ]
    whole = sum(energies)
    return (
        {
            "id": session_id,
            "site_id": site_id,
            "evse_id": evse_id,
            "status": "ended",
            "end_reason": "unplugged",
            "start_us": start_us,
            "end_us": start_us + periods_of * _QUARTER_US,
            "time_zone": "Europe/Berlin",
            "register_start_mwh": None,
            "register_end_mwh": None,
            "energy_mwh": whole,
            "solar_mwh": sum(period["solar_mwh"] for period in periods),
            "estimated_mwh": 0,
            "unpriced_mwh": 0,
            "connected_ms": periods_of * 900_000,
            "charging_ms": periods_of * 900_000,
            "waiting_ms": 0,
            "paused_ms": 0,
            "idle_ms": 0,
            "peak_power_mw": 11_040_000,
            "settled": 1,
            "period_count": periods_of,
            "vehicle_version_id": None,
            "payer_version_id": None,
            "id_token_id": None,
            "note": None,
            "origin": "tracker",
            "times_edited": 0,
            "edited": 0,
        },
        periods,
        {
            "id": ulid_at_time(start_us / 1e6),
            "session_id": session_id,
            "role": "house",
            "tariff_version_id": None,
            "current": 1,
            "final": 1,
            "currency": "EUR",
            "total_nano": whole * price_nano,
            "unpriced_mwh": 0,
            "average_price": f"0.{price_nano}",
            "costed_us": start_us + periods_of * _QUARTER_US,
        },
    )
