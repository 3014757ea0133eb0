"""A database file while it is being filled: every job at once, made durable together at the end.

The use cases see no difference; only the promise of `write`, that its result is durable, is kept late. Whoever is
killed in between leaves a file that nobody opens (see `langnghe.demo.home`).
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, NullPool, create_engine, event

from storage.database import Database
from storage.json_text import compact_json
from storage.prepared import lent

T = TypeVar("T")


class BulkDatabase(Database):
    """Runs each job right away on one connection, in a savepoint of its own."""

    def __init__(self, connection: Connection) -> None:
        """Keep the connection; the engines and threads of an ordinary database are not wanted here."""
        self._connection = connection

    @property
    def dialect(self) -> str:
        """Always `sqlite`."""
        return self._connection.dialect.name

    async def write(self, job: Callable[[Connection], T]) -> T:
        """Run a job; its exception undoes what it wrote and comes out here."""
        if not self._connection.in_transaction():
            self._connection.begin()
        with lent(self._connection) as driver:
            driver.execute("SAVEPOINT job")
            try:
                return job(self._connection)
            except BaseException:
                driver.execute("ROLLBACK TO job")
                raise
            finally:
                driver.execute("RELEASE job")

    async def read(self, job: Callable[[Connection], T]) -> T:
        """Run a job that only reads."""
        return job(self._connection)

    def save(self) -> None:
        """Commit what was written so far, so that the journal stays small."""
        self._connection.commit()


@contextmanager
def filling(file: Path) -> Iterator[BulkDatabase]:
    """Open a database file that has its tables; at the end everything is committed and flushed to the disk."""
    engine = create_engine(f"sqlite:///{file}", json_serializer=compact_json, poolclass=NullPool)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    with engine.connect() as connection:
        yield BulkDatabase(connection)
        connection.commit()
    engine.dispose()
    with file.open("rb+") as written:
        os.fsync(written.fileno())


def _set_up(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    # Nothing is flushed on the way: a half-filled file is thrown away whole.
    for pragma in ("foreign_keys=ON", "synchronous=OFF", "cache_size=-64000", "temp_store=MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
