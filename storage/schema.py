"""The shape of the database: brought up to date by migrations, and checked before anything uses it.

A whole upgrade is one transaction in both databases: an interrupted one leaves the old shape. Foreign keys are
off while SQLite rebuilds tables, for dropping the old one would take the rows that point to it along; they are
checked before the commit.
"""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, NullPool, column, create_engine, event, func, inspect, make_url, select, table
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from storage import sqlite_file
from storage.database import Database, StoreUnavailable
from storage.sqlite_file import SchemaError

__all__ = ["SchemaError"]

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "alembic_version"
PATIENT = "SET LOCAL idle_in_transaction_session_timeout = 0"
"""PostgreSQL ends transactions that stand still; one that makes a backup may be busy with files for minutes."""
_LOCK = 4_711_002
"""PostgreSQL advisory lock: processes that start together upgrade one after another."""


async def upgrade(address: str, migrations: Path = MIGRATIONS, *, looked: bool = False) -> bool:
    """Bring the database up to date, making it if it is not there; say whether anything was changed.

    looked  somebody has just looked for damage in it

    Raises SchemaError for one that is damaged, foreign or newer, StoreUnavailable when it does not answer.
    """
    return await asyncio.to_thread(_upgrade, address, migrations, looked=looked)


async def current(address: str) -> str | None:
    """Return the revision of a database, None for an empty one, which is not made; the same errors as `upgrade`."""
    return await asyncio.to_thread(_current, address)


async def check(database: Database) -> None:
    """Refuse a database that is not exactly of this version; raises SchemaError."""
    found = await database.read(revision)
    newest = revisions()[-1]
    if found is None:
        raise SchemaError("database_empty")
    if found != newest:
        raise SchemaError("database_older", found=found, newest=newest)


def revisions(migrations: Path = MIGRATIONS) -> tuple[str, ...]:
    """List the steps in their order: what stands before the first _ in the names of their files."""
    return tuple(sorted(file.name.split("_")[0] for file in (migrations / "versions").glob("[0-9]*_*.py")))


def sqlite_path(address: str) -> Path | None:
    """Return the file of a SQLite database, None for a database on a server."""
    url = make_url(address)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def place_of(address: str) -> str:
    """Name a database as people may see it: its file, or its address without the password."""
    file = sqlite_path(address)
    return str(file) if file else make_url(address).set(password=None).render_as_string()


def revision(connection: Connection, migrations: Path = MIGRATIONS) -> str | None:
    """Read the revision; None for a database without tables. Raises SchemaError for a foreign or newer one."""
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return None
    url = connection.engine.url
    sqlite_file.refuse_foreign(tables, place_of(url.render_as_string(hide_password=False)))
    found: str | None = connection.scalar(select(column("version_num")).select_from(table(VERSION_TABLE)))
    if found not in revisions(migrations):
        raise SchemaError("database_newer", found=str(found))
    return found


def bring(connection: Connection, target: str = "head", migrations: Path = MIGRATIONS) -> None:
    """Bring the database of an open transaction, empty or not, to a step; foreign keys must be off on SQLite."""
    # Imported here: Alembic takes half a second, and hardly any start has something to migrate.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    settings = Config()
    # Alembic reads % as the start of a placeholder.
    settings.set_main_option("script_location", str(migrations).replace("%", "%%"))
    settings.attributes["connection"] = connection
    command.upgrade(settings, target)
    _check_foreign_keys(connection)
    _mark_as_ours(connection)


def _upgrade(address: str, migrations: Path, *, looked: bool) -> bool:
    with exclusive(address) as connection:
        if not looked:
            _refuse_damaged(connection)
        if revision(connection, migrations) == revisions(migrations)[-1]:
            return False
        bring(connection, migrations=migrations)
        return True


def _current(address: str) -> str | None:
    file = sqlite_path(address)
    if file and not sqlite_file.is_there(file):
        return None
    with exclusive(address) as connection:
        return revision(connection)


def _refuse_damaged(connection: Connection) -> None:
    """Look for damage at the start: later each broken page would fail somebody's request alone."""
    if connection.dialect.name == "sqlite":
        what = sqlite_file.look_through(cast("sqlite3.Connection", connection.connection.driver_connection))
        if what is not None:
            raise SchemaError("database_damaged", place=str(connection.engine.url.database), what=what)


def _mark_as_ours(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and not connection.exec_driver_sql("PRAGMA application_id").scalar():
        connection.exec_driver_sql(f"PRAGMA application_id={sqlite_file.OFFICE_ID}")


@contextmanager
def exclusive(address: str) -> Iterator[Connection]:
    """Open the only transaction that may look at the shape and change it.

    Raises SchemaError for a file that is damaged or not ours, StoreUnavailable when the database does not answer.
    """
    url = make_url(address)
    lite = url.get_backend_name() == "sqlite"
    try:
        with _opened(url, lite=lite) as connection:
            yield connection
    except (DBAPIError, OSError) as error:
        told = sqlite_file.damage(getattr(error, "orig", None), place_of(address))
        raise told or StoreUnavailable(str(error).splitlines()[0]) from error


@contextmanager
def _opened(url: URL, *, lite: bool) -> Iterator[Connection]:
    if lite:
        file = Path(url.database or "")
        file.parent.mkdir(parents=True, exist_ok=True)
        sqlite_file.refuse_unusable(file)
    engine = create_engine(url.set(drivername="sqlite" if lite else "postgresql+psycopg"), poolclass=NullPool)
    if lite:
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    try:
        with engine.begin() as connection:
            if not lite:
                connection.exec_driver_sql(PATIENT)
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            yield connection
    finally:
        engine.dispose()


def _prepare(connection: Any, _record: Any) -> None:
    # Here, for inside a transaction SQLite ignores the pragma without a word.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("busy_timeout=15000", "journal_mode=WAL", "foreign_keys=OFF", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _check_foreign_keys(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise RuntimeError(f"the migration left a row of {broken[0]} that points to no row of {broken[2]}")
