"""A lease has one holder, and whoever lost it cannot write, whatever the clocks say."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, func, select

from storage import leases
from storage.database import Database
from storage.leases import Lease, LeaseLost
from storage.tables.audit import audit
from storage.tables.leases import lease as table

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
TERM = timedelta(seconds=15)
NAME = "telegram-polling:1"
LATER = NOW + timedelta(seconds=5)


def taken(connection: Connection, holder: str, now: datetime = NOW, dead: Lease | None = None) -> Lease:
    lease = leases.acquire(connection, NAME, holder, now=now, term=TERM, dead=dead)
    assert lease is not None
    return lease


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as opened:
        table.create(opened)
        yield opened
    engine.dispose()


async def test_of_many_that_want_it_at_once_one_has_it(database: Database) -> None:
    def take(number: int, connection: Connection) -> Lease | None:
        return leases.acquire(connection, NAME, f"worker {number}", now=NOW, term=TERM)

    found = await asyncio.gather(*(database.write(partial(take, number)) for number in range(8)))
    [held] = [lease for lease in found if lease is not None]
    assert (held.epoch, held.until) == (1, NOW + TERM)
    assert await database.read(lambda c: leases.read(c, NAME)) == held


def test_a_new_holder_has_a_higher_number(connection: Connection) -> None:
    first = taken(connection, "one")
    assert leases.acquire(connection, NAME, "two", now=LATER, term=TERM) is None
    second = taken(connection, "two", NOW + TERM)
    assert (first.epoch, second.epoch) == (1, 2)
    with pytest.raises(LeaseLost):
        leases.renew(connection, first, now=NOW + TERM, term=TERM)
    with pytest.raises(LeaseLost):
        leases.check(connection, NAME, first.epoch)
    assert not leases.release(connection, first)
    leases.check(connection, NAME, second.epoch)


def test_what_was_released_is_free_at_once(connection: Connection) -> None:
    held = taken(connection, "one")
    assert leases.release(connection, held)
    with pytest.raises(LeaseLost):
        leases.check(connection, NAME, held.epoch)
    assert taken(connection, "two", LATER).epoch == 2


def test_a_lease_that_nobody_took_can_be_kept_after_its_end(connection: Connection) -> None:
    held = taken(connection, "one")
    renewed = leases.renew(connection, held, now=NOW + 3 * TERM, term=TERM)
    assert (renewed.epoch, renewed.renewals, renewed.until) == (1, 1, NOW + 4 * TERM)


def test_one_that_is_known_to_be_dead_is_taken_unless_it_has_moved(connection: Connection) -> None:
    held = taken(connection, "one")
    renewed = leases.renew(connection, held, now=NOW, term=TERM)
    assert leases.acquire(connection, NAME, "two", now=NOW + 2 * TERM, term=TERM, dead=held) is None
    assert taken(connection, "two", NOW - timedelta(days=1), dead=renewed).epoch == 2


async def test_a_new_holder_waits_for_the_end_of_what_is_written_under_the_old_lease(database: Database) -> None:
    """PostgreSQL runs both at once; SQLite one after the other anyway."""
    first = await database.write(lambda c: taken(c, "one"))
    inside, order = asyncio.Event(), list[str]()
    loop = asyncio.get_running_loop()

    def write(connection: Connection) -> None:
        leases.check(connection, NAME, first.epoch)
        loop.call_soon_threadsafe(inside.set)
        for _ in range(20):
            connection.execute(select(func.count()).select_from(audit))
        order.append("old")

    def take(connection: Connection) -> None:
        taken(connection, "two", NOW + TERM)
        order.append("new")

    writing = asyncio.create_task(database.write(write))
    await inside.wait()
    await asyncio.gather(writing, database.write(take))
    assert order == ["old", "new"]
    with pytest.raises(LeaseLost):
        await database.write(write)


steps = st.lists(
    st.tuples(
        st.sampled_from(["acquire", "take the dead", "renew", "release", "write"]),
        st.sampled_from(["one", "two", "three"]),
        st.integers(-60, 60),
    ),
    max_size=40,
)


@given(steps)
@settings(max_examples=100, deadline=None)
def test_whatever_the_clocks_say_only_the_last_holder_writes(steps: list[tuple[str, str, int]]) -> None:
    """Each worker has a clock of its own, up to a minute wrong, that jumps at every step."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        table.create(connection)
        _live(connection, steps)
    engine.dispose()


def _live(connection: Connection, steps: list[tuple[str, str, int]]) -> None:
    held: dict[str, Lease] = {}
    last = 0
    for what, who, seconds in steps:
        now = NOW + timedelta(seconds=seconds)
        if what in ("acquire", "take the dead"):
            dead = leases.read(connection, NAME) if what == "take the dead" else None
            found = leases.acquire(connection, NAME, who, now=now, term=TERM, dead=dead)
            if found is not None:
                assert all(found.epoch > before.epoch for before in held.values())
                held[who], last = found, found.epoch
        elif who in held:
            is_last = held[who].epoch == last
            assert _does(connection, what, held[who], now) == is_last
            last = 0 if is_last and what == "release" else last


def _does(connection: Connection, what: str, held: Lease, now: datetime) -> bool:
    """Do something as the holder; tell whether it was let."""
    try:
        match what:
            case "renew":
                leases.renew(connection, held, now=now, term=TERM)
            case "release":
                return leases.release(connection, held)
            case _:
                leases.check(connection, held.name, held.epoch)
    except LeaseLost:
        return False
    return True
