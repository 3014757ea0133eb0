"""Work under a lease: by one process at a time, taken over in time, stopped in time."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import create_engine, make_url, select

from bot.leasing import Held, Leasing, Watch, Work
from storage import leases
from storage.database import Database, StoreUnavailable
from storage.leases import Lease, LeaseLost
from storage.tables.leases import lease as table

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
TERM = timedelta(seconds=0.6)
SECONDS = TERM.total_seconds()
NAME = "sending:telegram:1"
PATIENCE = 20 * SECONDS


class Job:
    """Work that notes when it begins and when it is stopped."""

    def __init__(self) -> None:
        self.began, self.stopped = asyncio.Event(), asyncio.Event()
        self.held: list[Held] = []

    async def __call__(self, held: Held) -> None:
        self.held.append(held)
        self.stopped.clear()
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.began.clear()
            self.stopped.set()


def worker(database: Database, *, alone: bool = False, ahead: timedelta = timedelta(0)) -> Leasing:
    """Return the leases of another process; its clock stands still, `ahead` of the others'."""
    return Leasing(database, lambda: NOW + ahead, alone=alone, term=TERM)


@asynccontextmanager
async def at_work(leasing: Leasing, job: Work) -> AsyncIterator["asyncio.Task[None]"]:
    task = asyncio.create_task(leasing.while_held(NAME, job))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def soon(event: asyncio.Event, within: float = PATIENCE) -> None:
    async with asyncio.timeout(within):
        await event.wait()


async def test_the_second_works_as_soon_as_the_first_has_stopped(database: Database) -> None:
    first, second = Job(), Job()
    async with at_work(worker(database), first) as one:
        await soon(first.began)
        async with at_work(worker(database), second):
            await asyncio.sleep(2 * SECONDS)
            assert first.began.is_set()
            assert not second.began.is_set()
            one.cancel()
            await soon(second.began, SECONDS)
            assert first.stopped.is_set()
    assert [job.held[0].lease.epoch for job in (first, second)] == [1, 2]
    found = await database.read(lambda c: leases.read(c, NAME))
    assert found is not None
    assert found.holder is None


async def test_what_a_killed_process_held_is_taken_over_after_a_term(database: Database) -> None:
    await database.write(lambda c: leases.acquire(c, NAME, "the killed", now=NOW, term=TERM))
    job = Job()
    begun = time.monotonic()
    async with at_work(worker(database), job):
        await soon(job.began)
    assert SECONDS <= time.monotonic() - begun < 3 * SECONDS


async def test_who_is_alone_takes_it_over_at_once(database: Database) -> None:
    await database.write(lambda c: leases.acquire(c, NAME, "the killed", now=NOW, term=timedelta(days=1)))
    job = Job()
    async with at_work(worker(database, alone=True), job):
        await soon(job.began, SECONDS)


@pytest.mark.parametrize("ahead", [timedelta(hours=-7), timedelta(days=400)])
async def test_a_wrong_clock_takes_nothing_from_a_holder_that_lives(database: Database, ahead: timedelta) -> None:
    """It may at its first look; then holders do not change any more."""
    first, second = Job(), Job()
    async with at_work(worker(database), first):
        await soon(first.began)
        async with at_work(worker(database, ahead=ahead), second):
            await asyncio.sleep(3 * SECONDS)
            assert first.began.is_set() != second.began.is_set()
            assert len(first.held) + len(second.held) <= 2


@dataclass
class Sleeper:
    """Another process, on a thread with its own loop, which its work brings to a standstill until `wake` is set."""

    url: str
    began: threading.Event = field(default_factory=threading.Event)
    wake: threading.Event = field(default_factory=threading.Event)
    refused: threading.Event = field(default_factory=threading.Event)

    async def work(self, database: Database, held: Held) -> None:
        self.began.set()
        self.wake.wait(PATIENCE)
        assert not held.is_ours
        # Shielded: it is to be refused by the database, not only stopped by its own process.
        await asyncio.shield(asyncio.create_task(self.write(database, held)))

    async def write(self, database: Database, held: Held) -> None:
        with pytest.raises(LeaseLost):
            await database.write(held.check)
        self.refused.set()

    async def live(self) -> None:
        database = await Database.open(self.url)
        async with at_work(worker(database), partial(self.work, database)):
            await asyncio.to_thread(self.refused.wait, PATIENCE)
        await database.close()

    async def until(self, event: threading.Event) -> None:
        assert await asyncio.to_thread(event.wait, PATIENCE)


async def test_a_paused_process_is_replaced_and_writes_nothing_when_it_wakes(
    database_url: str, database: Database
) -> None:
    sleeper, job = Sleeper(database_url), Job()
    thread = threading.Thread(target=lambda: asyncio.run(sleeper.live()))
    thread.start()
    await sleeper.until(sleeper.began)
    async with at_work(worker(database), job):
        await soon(job.began)
        sleeper.wake.set()
        await sleeper.until(sleeper.refused)
        assert job.began.is_set()
    await asyncio.to_thread(thread.join)


@contextmanager
def unwritable(url: str) -> Iterator[None]:
    """Keep the lease from being written, from outside."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(make_url(url).database or "", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        return
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(select(table).with_for_update())
        yield
    engine.dispose()


async def test_who_cannot_renew_stops_before_another_may_begin(database_url: str, database: Database) -> None:
    job = Job()
    async with at_work(worker(database), job):
        await soon(job.began)
        with unwritable(database_url):
            await soon(job.stopped, SECONDS)
            assert not job.held[0].is_ours
        await soon(job.began)
    assert [held.lease.epoch for held in job.held] == [1, 2]


async def test_who_is_alone_goes_on_while_the_store_is_away(database_url: str, database: Database) -> None:
    job = Job()
    async with at_work(worker(database, alone=True), job):
        await soon(job.began)
        with unwritable(database_url):
            await asyncio.sleep(3 * SECONDS)
            assert job.began.is_set()
    assert len(job.held) == 1


@pytest.mark.parametrize("error", [LookupError("broken on purpose"), StoreUnavailable("away"), LeaseLost(NAME)])
async def test_work_that_fails_begins_anew_until_it_comes_to_its_end(database: Database, error: Exception) -> None:
    began = list[int]()

    async def fails_once(held: Held) -> None:
        began.append(held.lease.epoch)
        if len(began) == 1:
            raise error

    await worker(database).while_held(NAME, fails_once)
    assert began == [1, 2]
    found = await database.read(lambda c: leases.read(c, NAME))
    assert found is not None
    assert found.holder is None


def stored(renewals: int, until: datetime = NOW) -> Lease:
    return Lease(NAME, "another", 1, renewals, until)


def test_a_lease_that_is_renewed_is_never_over_whatever_the_clock_says() -> None:
    watch = Watch("we", 15.0)
    assert not watch.is_over(stored(0, NOW + TERM), 100.0, NOW)
    for beat in range(1, 50):
        assert not watch.is_over(stored(beat), 100.0 + 5 * beat, NOW + timedelta(days=beat))
    assert not watch.is_over(stored(49), 359.9, NOW)
    assert watch.is_over(stored(49), 360.0, NOW - timedelta(days=9))


def test_the_end_that_is_written_counts_at_the_first_look() -> None:
    assert Watch("we", 15.0).is_over(stored(7), 0.0, NOW)
    assert not Watch("we", 15.0).is_over(stored(7), 0.0, NOW - timedelta(seconds=1))
    assert Watch("we", 15.0, alone=True).is_over(stored(7), 0.0, NOW - timedelta(days=1))
