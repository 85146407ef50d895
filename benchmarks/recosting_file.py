"""A ledger of sessions of forty periods, all of one tariff that asks for more than a price per kWh."""

from contextlib import closing
from pathlib import Path
import random
import sqlite3
from typing import Any

from benchmarks.ledger_file import FIRST_DAY, insert_rows, rows_of_session
from custom_components.ev_sessions.core.tariff.reading import tariff_from_ocpi
from custom_components.ev_sessions.core.tariff.writing import tariff_data
from custom_components.ev_sessions.store import ChargerWish, Kind, Ledger, SiteRecord
from custom_components.ev_sessions.store.schema import charging_period, costing, session

SITE_ID = "01BENCH0000000000000000000"
PERIODS = 40
_HOUR_US = 3_600_000_000
_ROWS_AT_ONCE = 20_000

#: A night price, a fee, and time: four elements.
TARIFF = {
    "currency": "EUR",
    "elements": [
        {"price_components": [{"type": "FLAT", "price": 0.5, "vat": 19, "step_size": 1}]},
        {
            "price_components": [{"type": "ENERGY", "price": 0.22, "vat": 19, "step_size": 1}],
            "restrictions": {"start_time": "22:00", "end_time": "06:00"},
        },
        {"price_components": [{"type": "ENERGY", "price": 0.31, "vat": 19, "step_size": 1}]},
        {"price_components": [{"type": "TIME", "price": 0.6, "vat": 19, "step_size": 60}]},
    ],
}


def make(path: Path, sessions: int) -> None:
    """Make the ledger; its costs are others than the tariff's, so that each is corrected."""
    ledger = Ledger(str(path))
    ledger.open()
    try:
        site = SiteRecord(id=SITE_ID, name="Flats", time_zone="Europe/Berlin", currency="EUR")
        ledger.put_site(site).result(60)
        version = ledger.put_version(
            Kind.TARIFF,
            site_id=SITE_ID,
            subentry_id="tariff",
            name="Night",
            time_zone="Europe/Berlin",
            currency="EUR",
            data=tariff_data(tariff_from_ocpi(TARIFF, "Europe/Berlin")),
            valid_from=FIRST_DAY,
        ).result(60)
        wish = ChargerWish(site_id=SITE_ID, subentry_id="bay", name="Bay", transport="entities")
        evse_id = ledger.put_charger(wish, FIRST_DAY).result(60).evse_ids[1]
    finally:
        ledger.close()
    dice = random.Random(2026)
    first_us = int(FIRST_DAY.timestamp()) * 1_000_000
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("BEGIN")
        waiting: dict[str, list[dict[str, Any]]] = {table.name: [] for table in (session, charging_period, costing)}
        for number in range(sessions):
            start_us = first_us + number * 12 * _HOUR_US
            whole, periods, cost = rows_of_session(SITE_ID, evse_id, start_us, dice, periods_of=PERIODS)
            waiting[session.name].append(whole)
            waiting[charging_period.name] += periods
            waiting[costing.name].append(cost | {"tariff_version_id": version.id})
            if len(waiting[charging_period.name]) >= _ROWS_AT_ONCE:
                insert_rows(connection, waiting)
        insert_rows(connection, waiting)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
