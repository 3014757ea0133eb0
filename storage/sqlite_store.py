"""A SQLite file as a store of jobs: one writer, and readers beside it.

The readers are aiosqlite's connections. SQLAlchemy's asyncio engine would run jobs on them just so, and load its ORM
for that: a fifteenth of a start.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.util import greenlet_spawn

from storage.json_text import compact_json
from storage.sqlite_writer import SqliteWriter, prepare_reader

T = TypeVar("T")
Job = Callable[[Connection], T]


class SqliteStore:
    """Opens the file with the first job. Raises SQLAlchemy's errors, OSError when too many wait, and those of jobs."""

    dialect = "sqlite"

    def __init__(self, url: URL) -> None:
        """Start the writer's thread."""
        self._writer = SqliteWriter(url, compact_json)
        readers = url.set(drivername="sqlite+aiosqlite")
        self._readers = create_engine(readers, json_serializer=compact_json, hide_parameters=True)
        prepare_reader(self._readers)

    @property
    def commits(self) -> int:
        """Commits so far, each of one job or of many."""
        return self._writer.commits

    async def read(self, job: Job[T]) -> T:
        """Run `job` on a snapshot; it may not write."""
        return await greenlet_spawn(self._read, job)

    async def write(self, job: Job[T]) -> T:
        """Run `job` in a transaction that it may share with others; return when it is durable."""
        return await self._writer.run(job)

    async def close(self) -> None:
        """Commit what waits, and let go of every connection."""
        await asyncio.to_thread(self._writer.close)
        await greenlet_spawn(self._readers.dispose)

    def _read(self, job: Job[T]) -> T:
        with self._readers.connect() as connection:
            return job(connection)
