"""Connections to PostgreSQL, which reads and writes share; imported where there is one."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from storage.faults import sqlstate
from storage.json_text import compact_json

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
MOST_ATTEMPTS = 5
RETRIED_STATES = frozenset({"40001", "40P01"})
"""SQLSTATE of a serialisation failure and of a deadlock: the transaction did nothing and may run again."""


class PostgresqlPool:
    """Opens connections as they are needed; `close` ends them. Raises SQLAlchemy's errors and those of jobs."""

    dialect = "postgresql"
    commits = None

    def __init__(self, url: URL) -> None:
        """Open nothing yet. Settings in the address go before ours: a pooler in front may want `?options=`."""
        ours = {"options": _SESSION_SETTINGS, **_GONE}
        self._engine = create_async_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=POOL_SIZE,
            max_overflow=POOL_SIZE,
            pool_timeout=WAIT_FOR_CONNECTION,
            json_serializer=compact_json,
            hide_parameters=True,
            connect_args={name: value for name, value in ours.items() if name not in url.query},
        )
        self._slots = asyncio.Semaphore(POOL_SIZE)

    async def read(self, job: Job[T]) -> T:
        """Run `job` on a snapshot, and once more where its connection had ended: after a restart all have."""
        try:
            return await self._read(job)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return await self._read(job)

    async def write(self, job: Job[T]) -> T:
        """Run `job` in a transaction, again where PostgreSQL asks for that."""
        for _ in range(MOST_ATTEMPTS - 1):
            try:
                return await self._write(job)
            except DBAPIError as error:
                if sqlstate(error) not in RETRIED_STATES:
                    raise
        return await self._write(job)

    async def close(self) -> None:
        """Let go of every connection."""
        await self._engine.dispose()

    async def _read(self, job: Job[T]) -> T:
        async with self._engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            return await connection.run_sync(job)

    async def _write(self, job: Job[T]) -> T:
        async with self._slots, self._engine.begin() as connection:
            return await connection.run_sync(job)
