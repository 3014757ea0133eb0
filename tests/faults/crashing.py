"""A PostgreSQL server of the test's own, which can be crashed, started again, filled up and made to stand still.

It flushes every commit, as in service: what a crash takes away is what was never promised.
"""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import psycopg.sql

from tests import postgres
from tests.postgres import Cluster

MOST_CONNECTIONS = 60


@dataclass
class CrashingServer:
    """The server; all that reads or changes it from outside the services goes through `asks`."""

    cluster: Cluster
    settings: dict[str, object] = field(default_factory=lambda: {"max_connections": MOST_CONNECTIONS})

    def database(self, name: str) -> str:
        """Make an empty database and return its address."""
        return postgres.Server(self.cluster.url, self.cluster.stop).make_database(name)

    async def start(self) -> None:
        """Start it, and wait until it has made good what the crash left, and answers."""
        await asyncio.to_thread(self.cluster.start, **self.settings)

    async def stop_immediately(self) -> None:
        """Have its own control end it without a checkpoint."""
        await asyncio.to_thread(self.cluster.stop)

    async def kill(self) -> None:
        """Kill the postmaster, so that it mends nothing, then all its children, as a lost power supply would."""
        number = self.postmaster()
        children = _children_of(number)
        for each in (number, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        while any(map(_is_there, (number, *children))):  # noqa: ASYNC110 - a process tells nobody that it ends
            await asyncio.sleep(0.01)

    def kill_one_backend(self, chosen: int) -> None:
        """Kill one process that serves a connection: the server then throws all of them out and recovers."""
        if backends := self.backends():
            with contextlib.suppress(ProcessLookupError):
                os.kill(backends[chosen % len(backends)], signal.SIGKILL)

    async def answers(self) -> None:
        """Wait until it takes connections."""
        async with asyncio.timeout(30):
            while not self._takes_connections():  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.02)

    def _takes_connections(self) -> bool:
        try:
            self.asks("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def postmaster(self) -> int:
        """Return the number of its first process."""
        return int((self.cluster.data / "postmaster.pid").read_text().split()[0])

    def backends(self, which: str = "true") -> list[int]:
        """Return the processes that serve connections of others; `which` is a condition on pg_stat_activity."""
        others = "backend_type = 'client backend' AND pid <> pg_backend_pid() AND"
        query = f"SELECT pid FROM pg_stat_activity WHERE {others} {which}"  # noqa: S608 - conditions of the tests
        return [int(pid) for (pid,) in self.asks(query)]

    def end_backends(self, which: str = "true") -> int:
        """End connections in the server's own way, as a restart of it or an administrator does; return how many."""
        numbers = self.backends(which)
        self.asks("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS given (pid)", numbers)
        return len(numbers)

    async def commits_without_answer(self, seconds: float) -> int:
        """Let what is committed meanwhile be durable, and end its connection before it is told; return how many.

        The server waits for a standby that is not there, after its own disk has the commit.
        """
        self._set("synchronous_standby_names", "nobody")
        try:
            await asyncio.sleep(seconds)
            return self.end_backends("wait_event = 'SyncRep'")
        finally:
            self._set("synchronous_standby_names", "")

    def _set(self, name: str, value: str) -> None:
        self.asks(f"ALTER SYSTEM SET {name} = '{value}'")
        self.asks("SELECT pg_reload_conf()")
        # Who connects now sees it once the server has read it, and by then it has told all who are connected.
        until = time.monotonic() + 10
        while self.asks(f"SHOW {name}") != [(value,)]:
            assert time.monotonic() < until, f"the server does not take {name}"

    def asks(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement on a connection of its own."""
        with psycopg.connect(_address(self.cluster), autocommit=True) as connection:
            found = connection.execute(query, values)
            return found.fetchall() if found.description else []

    @contextmanager
    def locked(self, table: str, database: str) -> Iterator[None]:
        """Hold all rows that a table has, in an open transaction, during the block.

        Whoever writes them meanwhile takes them in another order, so the server may have to send one of both away.
        """
        take = psycopg.sql.SQL("SELECT FROM {} FOR UPDATE").format(psycopg.sql.Identifier(table))
        with psycopg.connect(database) as connection:
            while True:
                try:
                    connection.execute(take)
                    break
                except psycopg.errors.DeadlockDetected:
                    connection.rollback()
            yield

    @asynccontextmanager
    async def paused_holder(self) -> AsyncIterator[int]:
        """Let a process stand still during the block that waits for a lock in the middle of a transaction."""
        async with asyncio.timeout(20):
            while not (found := self.backends("backend_xid IS NOT NULL AND wait_event_type = 'Lock'")):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        os.kill(found[0], signal.SIGSTOP)
        try:
            yield found[0]
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(found[0], signal.SIGCONT)

    @contextmanager
    def full(self) -> Iterator[None]:
        """End every connection and take all that there may be, so that the services get none."""
        taken: list[psycopg.Connection[Any]] = []
        try:
            self.end_backends()
            while self._takes_one(taken):
                pass
            yield
        finally:
            for each in taken:
                each.close()

    def _takes_one(self, taken: list[psycopg.Connection[Any]]) -> bool:
        try:
            taken.append(psycopg.connect(_address(self.cluster)))
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def crashing_server() -> Iterator[CrashingServer | None]:
    """Give a server that does not run yet, None where there is none; it is ended and removed afterwards."""
    binaries = postgres.find_binaries()
    if binaries is None:
        yield None
        return
    cluster = Cluster.make(binaries)
    try:
        yield CrashingServer(cluster)
    finally:
        if (cluster.data / "postmaster.pid").exists():
            cluster.stop()
        cluster.remove()


def _address(cluster: Cluster) -> str:
    return f"host={cluster.home} user=test dbname=postgres connect_timeout=5"


def _children_of(number: int) -> list[int]:
    """Return the processes that a process has started; where the system does not tell, those of its group."""
    listed = Path(f"/proc/{number}/task/{number}/children")
    return [int(each) for each in listed.read_text().split()]


def _is_there(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True
