"""The schema: from nothing to now, the same on every database, and never a step back in the dark."""

from contextlib import closing
from pathlib import Path
import sqlite3

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
import pytest
from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, SmallInteger, String, create_engine
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.types import TypeDecorator

from custom_components.ev_sessions.store import (
    Ledger,
    LedgerTooNewError,
    LedgerUnwritableError,
    NotALedgerError,
    Outcome,
    migrations,
    opening,
)
from custom_components.ev_sessions.store.migrations import REVISIONS
from custom_components.ev_sessions.store.schema import METADATA
from custom_components.ev_sessions.store.upsert import _statement

from .builders import add_charger, add_session, add_site, opened

DIALECTS: list[Dialect] = [sqlite.dialect(), postgresql.dialect(), mysql.dialect()]  # type: ignore[no-untyped-call]


def test_migrations_lead_to_the_schema_that_the_code_uses(tmp_path: Path) -> None:
    opened(tmp_path).close()
    engine = create_engine(f"sqlite:///{tmp_path / 'ev_sessions.db'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_revisions_are_those_that_have_a_file() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(str(migrations.__file__)).parent))
    config.set_main_option("path_separator", "newline")
    script = ScriptDirectory.from_config(config)
    assert tuple(one.revision for one in reversed(list(script.walk_revisions()))) == REVISIONS


def test_no_column_is_of_a_kind_that_rounds_or_loses_the_zone() -> None:
    for table in METADATA.sorted_tables:
        for column in table.columns:
            kind = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
            assert isinstance(kind, BigInteger | Integer | SmallInteger | Boolean | String | LargeBinary), column


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.name)
def test_tables_and_upserts_can_be_said_to_every_database(dialect: Dialect) -> None:
    for table in METADATA.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            statement = str(CreateIndex(index).compile(dialect=dialect))
            assert "CREATE INDEX" in statement
            # PostgreSQL cuts longer names off.
            assert len(str(index.name)) <= 63
        keys = {column.key for column in table.primary_key}
        for changing in (tuple(column.key for column in table.columns if column.key not in keys), ()):
            said = str(_statement(dialect.name, table, changing).compile(dialect=dialect))
            assert ("ON CONFLICT" in said) is (dialect.name != "mysql")
            assert ("ON DUPLICATE KEY UPDATE" in said) is (dialect.name == "mysql")


def test_first_start_makes_the_ledger_and_the_next_finds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The look at a file that was closed in order has 10 ms: a busy machine may need more, and this is not about time.
    monkeypatch.setattr(opening, "CHECK_AFTER_CLOSE_S", 30.0)
    ledger = Ledger(f"sqlite:///{tmp_path / 'ev_sessions.db'}")
    first = ledger.open()
    ledger.close()
    second = ledger.open()
    ledger.close()
    assert (first.created, first.revision_before, first.revision) == (True, None, REVISIONS[-1])
    assert (second.created, second.revision_before, second.closed_clean) == (False, REVISIONS[-1], True)
    assert second.check.outcome is Outcome.PASSED


def test_ledger_lies_in_a_folder_with_an_odd_name(tmp_path: Path) -> None:
    folder = tmp_path / "100 % of Ann's #1 house?"
    folder.mkdir()
    opened(folder).close()
    assert (folder / "ev_sessions.db").stat().st_size > 0


def test_migration_that_is_interrupted_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def power_cut(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        # After the tables were made, before the transaction ends.
        patch.setattr(opening, "_take_marks", power_cut)
        with pytest.raises(KeyboardInterrupt):
            opened(tmp_path)
    with closing(sqlite3.connect(tmp_path / "ev_sessions.db")) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    opened(tmp_path).close()


def _bytes(folder: Path) -> bytes:
    return (folder / "ev_sessions.db").read_bytes()


def test_ledger_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    add_site(ledger)
    add_session(ledger, add_charger(ledger))
    ledger.close()
    with closing(sqlite3.connect(tmp_path / "ev_sessions.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = _bytes(tmp_path)
    with pytest.raises(LedgerTooNewError, match="9999"):
        opened(tmp_path)
    assert _bytes(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["ev_sessions.db"]


def test_database_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ev_sessions.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE recipes (name TEXT)")
        connection.commit()
    before = _bytes(tmp_path)
    with pytest.raises(NotALedgerError, match="recipes"):
        opened(tmp_path)
    assert _bytes(tmp_path) == before


def test_folder_that_is_not_there_is_told_clearly(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnwritableError):
        opened(tmp_path / "nowhere")
