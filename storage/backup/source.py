"""The database as it was at one moment, for as long as reading it takes.

On SQLite it is the snapshot of a read transaction over the write-ahead log, on PostgreSQL that of a REPEATABLE READ
transaction: both let every writer go on. SQLite's own copying of pages begins anew whenever another process writes,
so beside a busy server it need never end.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, NullPool, create_engine, make_url
from sqlalchemy.exc import DBAPIError

from storage import schema, sqlite_file
from storage.database import StoreUnavailable
from storage.sqlite_writer import prepare_reader


@contextmanager
def snapshot(address: str) -> Iterator[Connection]:
    """Read the database at one moment.

    Raises SchemaError for one that is empty, foreign or newer; StoreUnavailable when it does not answer.
    """
    file = schema.sqlite_path(address)
    if file and not sqlite_file.is_there(file):
        raise schema.SchemaError("database_empty")
    if file:
        sqlite_file.refuse_unusable(file)
    try:
        with _reading(address, lite=file is not None) as connection:
            yield connection
    except DBAPIError as error:
        told = sqlite_file.damage(getattr(error, "orig", None), schema.place_of(address))
        raise told or StoreUnavailable(str(error).splitlines()[0]) from error


@contextmanager
def _reading(address: str, *, lite: bool) -> Iterator[Connection]:
    url = make_url(address).set(drivername="sqlite" if lite else "postgresql+psycopg")
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    if lite:
        prepare_reader(engine)
    try:
        with engine.connect() as opened:
            connection = opened
            if not lite:
                connection = opened.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                connection.exec_driver_sql(schema.PATIENT)
            yield connection
    finally:
        engine.dispose()
