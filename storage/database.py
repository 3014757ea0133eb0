"""The database: reads beside each other, writes durable and one transaction each.

A job is a plain function over a SQLAlchemy Core connection. On SQLite one thread takes the jobs that
wait and commits them together, so a hundred events cost one fsync; one that fails is undone alone. On
PostgreSQL the same jobs run over a pool. A job's result is handed back only after the commit; until then it may
run more than once.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from offices.errors import DataError
from storage.faults import is_store_away
from storage.sqlite_store import SqliteStore

T = TypeVar("T")
Job = Callable[[Connection], T]

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


class Store(Protocol):
    """What runs jobs. Raises SQLAlchemy's errors, OSError where it cannot take any, and what the job raises.

    dialect  `sqlite` or `postgresql`
    commits  made so far; None where each write has one of its own
    """

    @property
    def dialect(self) -> str:
        """Its name in SQLAlchemy."""
        ...

    @property
    def commits(self) -> int | None:
        """How many there were."""
        ...

    async def read(self, job: Job[T]) -> T:
        """Run `job` on a snapshot."""
        ...

    async def write(self, job: Job[T]) -> T:
        """Run `job` in a transaction of its own; return when it is durable."""
        ...

    async def close(self) -> None:
        """Finish what waits and let go of every connection."""
        ...


class Database:
    """An open database; made by `Database.open`, ended by `close`."""

    def __init__(self, store: Store) -> None:
        """Keep what runs the jobs."""
        self._store = store
        self._listeners: list[Callable[[], None]] = []
        self._pulse = Pulse()

    @property
    def pulse(self) -> "Pulse":
        """What this process wrote so far, and whether the store took the last of it."""
        commits = self._store.commits
        return replace(self._pulse, commits=self._pulse.jobs if commits is None else commits)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._store.dialect

    @classmethod
    async def open(cls, address: str) -> "Database":
        """Open the database at a URL such as `sqlite:///data/langnghe.db` or `postgresql://…`.

        Raises DataError for an address that names neither; StoreUnavailable when it does not answer.
        """
        url = _checked(address)
        if url.get_backend_name() == "sqlite":
            Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
            return cls(SqliteStore(url))
        from storage.postgresql_pool import PostgresqlPool  # noqa: PLC0415 - its libraries are a tenth of a start

        return cls(PostgresqlPool(url))

    async def write(self, job: Job[T]) -> T:
        """Run `job` in a transaction of its own and return its result once that is durable.

        An exception of the job undoes what it wrote and comes out here.
        Raises StoreUnavailable when the store cannot be written or too many jobs wait.
        """
        pulse = self._pulse
        pulse.waiting += 1
        try:
            result = await self._store.write(job)
        except _TROUBLE as error:
            told = _store_error(error)
            pulse.refuses = pulse.refuses or isinstance(told, StoreUnavailable)
            raise told from error
        finally:
            pulse.waiting -= 1
        pulse.refuses = False
        pulse.jobs += 1
        for listener in self._listeners:
            listener()
        return result

    async def read(self, job: Job[T]) -> T:
        """Run `job` on one snapshot of the data; writing inside it is refused by the database.

        Raises StoreUnavailable.
        """
        try:
            return await self._store.read(job)
        except _TROUBLE as error:
            raise _store_error(error) from error

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Have `listener` called in the event loop after every commit of this process."""
        self._listeners.append(listener)

    async def close(self) -> None:
        """Finish what waits and let go of every connection."""
        await self._store.close()


def _checked(address: str) -> URL:
    try:
        url = make_url(address)
    except Exception as error:
        raise DataError("settings", "DATABASE_URL", "…", "write sqlite:///path/file.db or postgresql://…") from error
    backend = url.get_backend_name()
    if backend not in ("sqlite", "postgresql") or (backend == "sqlite" and not url.database):
        raise DataError("settings", "DATABASE_URL", backend, "write sqlite:///path/file.db or postgresql://…")
    return url


def _store_error(error: DBAPIError | OSError | NoConnectionFree) -> Exception:
    if isinstance(error, NoConnectionFree):
        return StoreUnavailable("all connections to the database are in use")
    if not is_store_away(error):
        return error
    # What a store that is away says of itself holds no data; of other errors nothing is repeated.
    told = str(getattr(error, "orig", error)).splitlines()
    return StoreUnavailable(told[0] if told else type(error).__name__)
