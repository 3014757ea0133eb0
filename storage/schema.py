"""The shape of the database: brought up to date by migrations, and checked before anything uses it.

A whole upgrade is one transaction in both databases: an interrupted one leaves the old shape. Foreign keys are
off while SQLite rebuilds tables, for dropping the old one would take the rows that point to it along; they are
checked before the commit.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, NullPool, column, create_engine, event, func, inspect, make_url, select, table
from sqlalchemy.exc import DBAPIError

from offices.errors import DomainError
from storage.database import Database, StoreUnavailable

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "alembic_version"
_LOCK = 4_711_002
"""PostgreSQL advisory lock: processes that start together upgrade one after another."""


class SchemaError(DomainError):
    """A database that this version cannot use.

    `database_empty`, `database_older` (found, newest): run `langnghe migrate`; `database_newer` (found): a later
    version wrote it; `database_foreign` (table): it belongs to another program; `database_damaged` (what): SQLite
    finds its file broken.
    """


async def upgrade(address: str, migrations: Path = MIGRATIONS) -> bool:
    """Bring the database up to date, making it if it is not there; say whether anything was changed.

    Raises SchemaError for one that is damaged, foreign or newer, StoreUnavailable when it does not answer.
    """
    return await asyncio.to_thread(_upgrade, address, migrations)


async def current(address: str) -> str | None:
    """Return the revision of a database, None for an empty one; the same errors as `upgrade`."""
    return await asyncio.to_thread(_current, address)


async def check(database: Database) -> None:
    """Refuse a database that is not exactly of this version; raises SchemaError."""
    found = await database.read(_revision)
    newest = revisions()[-1]
    if found is None:
        raise SchemaError("database_empty")
    if found != newest:
        raise SchemaError("database_older", found=found, newest=newest)


def revisions(migrations: Path = MIGRATIONS) -> tuple[str, ...]:
    """List the steps in their order: what stands before the first _ in the names of their files."""
    return tuple(sorted(file.name.split("_")[0] for file in (migrations / "versions").glob("[0-9]*_*.py")))


def _upgrade(address: str, migrations: Path) -> bool:
    with _exclusive(address) as connection:
        _refuse_damaged(connection)
        if _revision(connection, migrations) == revisions(migrations)[-1]:
            return False
        _run_migrations(connection, migrations)
        _check_foreign_keys(connection)
        return True


def _current(address: str) -> str | None:
    with _exclusive(address) as connection:
        return _revision(connection)


def _revision(connection: Connection, migrations: Path = MIGRATIONS) -> str | None:
    """Read the revision; None for a database without tables. Raises SchemaError for a foreign or newer one."""
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return None
    if VERSION_TABLE not in tables:
        raise SchemaError("database_foreign", table=min(tables))
    found: str | None = connection.scalar(select(column("version_num")).select_from(table(VERSION_TABLE)))
    if found not in revisions(migrations):
        raise SchemaError("database_newer", found=str(found))
    return found


def _refuse_damaged(connection: Connection) -> None:
    """Look through the whole file once at the start: later each broken page would fail somebody's request alone."""
    if connection.dialect.name == "sqlite":
        what = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
        if what != "ok":
            raise SchemaError("database_damaged", what=what)


def _run_migrations(connection: Connection, migrations: Path) -> None:
    # Imported here: Alembic takes half a second, and hardly any start has something to migrate.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    settings = Config()
    # Alembic reads % as the start of a placeholder.
    settings.set_main_option("script_location", str(migrations).replace("%", "%%"))
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


@contextmanager
def _exclusive(address: str) -> Iterator[Connection]:
    """Open the only transaction that may look at the shape and change it."""
    url = make_url(address)
    lite = url.get_backend_name() == "sqlite"
    if lite:
        Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url.set(drivername="sqlite" if lite else "postgresql+psycopg"), poolclass=NullPool)
    if lite:
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    try:
        with engine.begin() as connection:
            if not lite:
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            yield connection
    except (DBAPIError, OSError) as error:
        raise StoreUnavailable(str(error).splitlines()[0]) from error
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
