"""The database: reads beside each other, writes durable and one transaction each.

A job is a plain function over a SQLAlchemy Core connection. On SQLite one thread takes the jobs that
wait and commits them together, so a hundred events cost one fsync; one that fails is undone alone. On
PostgreSQL the same jobs run over a pool. A job's result is handed back only after the commit; until then it may
run more than once.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from offices.errors import DataError
from storage.faults import is_store_away, sqlstate
from storage.json_text import compact_json
from storage.sqlite_writer import SqliteWriter, prepare_reader

T = TypeVar("T")
Job = Callable[[Connection], T]

POOL_SIZE = 10
PAUSED_SECONDS = 10
"""How long a transaction may stand still between two statements before PostgreSQL ends it.

Ours never wait between two. A process that is paused or cut off in the middle would hold its locks, and with them a
chat or a lease, for as long as that lasts.
"""
LOCK_SECONDS = 3
"""How long a statement waits for a lock of another transaction: whoever waits holds a connection that others need."""
_SESSION_SETTINGS = " ".join(
    (
        f"-c idle_in_transaction_session_timeout={PAUSED_SECONDS}s",
        f"-c lock_timeout={LOCK_SECONDS}s",
        "-c synchronous_commit=on",  # whatever the server is set to for others: an acknowledgement promises a flush
    )
)
CONNECT_SECONDS = 5
_GONE = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000,
}  # fmt: skip
"""A server whose machine has gone says nothing; without these its connections would hang for a quarter of an hour."""
WAIT_FOR_CONNECTION = 10.0
"""Seconds for which a job waits for one of our connections."""
RETRIED_STATES = frozenset({"40001", "40P01"})
"""SQLSTATE of a serialisation failure and of a deadlock: the transaction did nothing and may run again."""

_TROUBLE = (DBAPIError, OSError, NoConnectionFree)


@dataclass(slots=True)
class Pulse:
    """The writing of one process since its start.

    jobs, commits  transactions asked for and committed, and the commits they shared
    waiting        jobs that were handed in and have no answer yet
    refuses        whether the store refused the last one
    """

    jobs: int = 0
    commits: int = 0
    waiting: int = 0
    refuses: bool = False


class StoreUnavailable(Exception):  # noqa: N818 - a state of the store, said as one
    """The store cannot take or give anything now; nothing was changed. Try again later."""


class Database:
    """An open database; made by `Database.open`, ended by `close`."""

    def __init__(self, readers: AsyncEngine, writer: SqliteWriter | None) -> None:
        """Keep the engines; `writer` is None on PostgreSQL, where the pool writes too."""
        self._readers = readers
        self._writer = writer
        self._listeners: list[Callable[[], None]] = []
        self._slots = asyncio.Semaphore(POOL_SIZE)
        self._pulse = Pulse()

    @property
    def pulse(self) -> "Pulse":
        """What this process wrote so far, and whether the store took the last of it."""
        commits = self._writer.commits if self._writer else self._pulse.jobs
        return replace(self._pulse, commits=commits)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._readers.dialect.name

    @classmethod
    async def open(cls, address: str) -> "Database":
        """Open the database at a URL such as `sqlite:///data/langnghe.db` or `postgresql://…`.

        Raises DataError for an address that names neither; StoreUnavailable when it does not answer.
        """
        url = _checked(address)
        if url.get_backend_name() == "sqlite":
            Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
            return cls(_sqlite_readers(url), SqliteWriter(url, compact_json))
        # Settings in the address go before ours; a pooler in front of the server may want `?options=`.
        ours = {"options": _SESSION_SETTINGS, **_GONE}
        arguments = {name: value for name, value in ours.items() if name not in url.query}
        engine = create_async_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=POOL_SIZE,
            max_overflow=POOL_SIZE,
            pool_timeout=WAIT_FOR_CONNECTION,
            json_serializer=compact_json,
            hide_parameters=True,
            connect_args=arguments,
        )
        return cls(engine, None)

    async def write(self, job: Job[T]) -> T:
        """Run `job` in a transaction of its own and return its result once that is durable.

        An exception of the job undoes what it wrote and comes out here.
        Raises StoreUnavailable when the store cannot be written or too many jobs wait.
        """
        pulse = self._pulse
        pulse.waiting += 1
        try:
            result = await self._write_sqlite(job) if self._writer else await self._write_pooled(job)
        except StoreUnavailable:
            pulse.refuses = True
            raise
        finally:
            pulse.waiting -= 1
        pulse.refuses = False
        pulse.jobs += 1
        for listener in self._listeners:
            listener()
        return result

    async def read(self, job: Job[T]) -> T:
        """Run `job` on one snapshot of the data; writing inside it is refused by the database.

        It runs once more where its connection had ended: after a restart of PostgreSQL the pool is full of such.
        Raises StoreUnavailable.
        """
        try:
            try:
                return await self._read(job)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                return await self._read(job)
        except _TROUBLE as error:
            raise _store_error(error) from error

    async def _read(self, job: Job[T]) -> T:
        async with self._readers.connect() as connection:
            if self.dialect == "postgresql":
                await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            return await connection.run_sync(job)

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Have `listener` called in the event loop after every commit of this process."""
        self._listeners.append(listener)

    async def close(self) -> None:
        """Finish what waits and let go of every connection."""
        if self._writer:
            await asyncio.to_thread(self._writer.close)
        await self._readers.dispose()

    async def _write_sqlite(self, job: Job[T]) -> T:
        assert self._writer is not None  # noqa: S101 - chosen by write()
        try:
            return await self._writer.run(job)
        except _TROUBLE as error:
            raise _store_error(error) from error

    async def _write_pooled(self, job: Job[T], attempts: int = 5) -> T:
        for attempt in range(1, attempts + 1):
            try:
                async with self._slots, self._readers.begin() as connection:
                    return await connection.run_sync(job)
            except _TROUBLE as error:
                if attempt == attempts or sqlstate(error) not in RETRIED_STATES:
                    raise _store_error(error) from error
        raise StoreUnavailable("the store kept refusing the transaction")


def _checked(address: str) -> URL:
    try:
        url = make_url(address)
    except Exception as error:
        raise DataError("settings", "DATABASE_URL", "…", "write sqlite:///path/file.db or postgresql://…") from error
    backend = url.get_backend_name()
    if backend not in ("sqlite", "postgresql") or (backend == "sqlite" and not url.database):
        raise DataError("settings", "DATABASE_URL", backend, "write sqlite:///path/file.db or postgresql://…")
    return url


def _sqlite_readers(url: URL) -> AsyncEngine:
    address = url.set(drivername="sqlite+aiosqlite")
    engine = create_async_engine(address, json_serializer=compact_json, hide_parameters=True)
    prepare_reader(engine.sync_engine)
    return engine


def _store_error(error: DBAPIError | OSError | NoConnectionFree) -> Exception:
    if isinstance(error, NoConnectionFree):
        return StoreUnavailable("all connections to the database are in use")
    if not is_store_away(error):
        return error
    # What a store that is away says of itself holds no data; of other errors nothing is repeated.
    told = str(getattr(error, "orig", error)).splitlines()
    return StoreUnavailable(told[0] if told else type(error).__name__)
