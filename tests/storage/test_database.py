"""Writes are durable, isolated from each other's failures, and refused when the store is away."""

import asyncio
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from offices.errors import DataError
from storage.database import Database, StoreUnavailable
from storage.faults import fault_of
from storage.postgresql_pool import LOCK_SECONDS


def _count(connection: Connection) -> int:
    return int(connection.execute(text("SELECT n FROM counter")).scalar_one())


def _make(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE counter (n INTEGER NOT NULL CHECK (n < 1000))"))
    connection.execute(text("INSERT INTO counter VALUES (0)"))


def _increment(connection: Connection) -> int:
    lock = " FOR UPDATE" if connection.dialect.name == "postgresql" else ""
    now = int(connection.execute(text(f"SELECT n FROM counter{lock}")).scalar_one())  # noqa: S608 - a fixed suffix
    connection.execute(text("UPDATE counter SET n = :n"), {"n": now + 1})
    return now + 1


async def test_concurrent_read_then_write_jobs_lose_no_update(database: Database) -> None:
    await database.write(_make)
    results = await asyncio.gather(*(database.write(_increment) for _ in range(200)))
    assert sorted(results) == list(range(1, 201))
    assert await database.read(_count) == 200


async def test_a_failing_job_is_undone_and_its_neighbours_stay(database: Database) -> None:
    await database.write(_make)

    def fails(connection: Connection) -> None:
        _increment(connection)
        raise RuntimeError("no")

    def breaks_a_rule(connection: Connection) -> None:
        connection.execute(text("UPDATE counter SET n = 5000"))

    outcomes = await asyncio.gather(
        database.write(_increment), database.write(fails), database.write(breaks_a_rule), database.write(_increment),
        return_exceptions=True,
    )  # fmt: skip
    assert [type(outcome) for outcome in outcomes] == [int, RuntimeError, IntegrityError, int]
    assert await database.read(_count) == 2


async def test_who_waits_beside_a_failing_job_gets_what_was_committed(tmp_path: Path) -> None:
    """Neighbours of a job that fails may run twice: what they answer is what stands in the file."""
    database = await Database.open(f"sqlite:///{tmp_path}/a.db")
    await database.write(_make)

    def fails(connection: Connection) -> None:
        _increment(connection)
        raise RuntimeError("no")

    jobs = [fails if number % 7 == 3 else _increment for number in range(100)]
    outcomes = await asyncio.gather(*map(database.write, jobs), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [RuntimeError if job is fails else int for job in jobs]
    counted = [outcome for outcome in outcomes if isinstance(outcome, int)]
    assert sorted(counted) == list(range(1, len(counted) + 1))
    assert await database.read(_count) == len(counted)
    assert database.pulse.commits < 20
    await database.close()


async def test_listeners_hear_of_commits_and_not_of_failures(database: Database) -> None:
    heard: list[int] = []
    database.on_commit(lambda: heard.append(1))

    def fails(_: Connection) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await database.write(fails)
    assert heard == []
    await database.write(_make)
    assert heard == [1]


async def test_a_read_cannot_write(database: Database) -> None:
    await database.write(_make)
    with pytest.raises(StoreUnavailable, match=r"read.?only"):
        await database.read(_increment)
    assert await database.read(_count) == 0


async def test_a_closed_database_reopens_with_what_was_written(database_url: str) -> None:
    first = await Database.open(database_url)
    await first.write(_make)
    await first.write(_increment)
    await first.close()
    again = await Database.open(database_url)
    assert await again.read(_count) == 1
    await again.close()


async def test_sqlite_is_durable_at_every_commit(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path}/a.db")

    def pragmas(connection: Connection) -> tuple[str, int, int]:
        return (
            connection.exec_driver_sql("PRAGMA journal_mode").scalar_one(),
            connection.exec_driver_sql("PRAGMA synchronous").scalar_one(),
            connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one(),
        )

    assert await database.write(pragmas) == ("wal", 2, 1)
    await database.close()


@pytest.mark.parametrize("address", ["mysql://host/db", "sqlite://", "nonsense"])
async def test_an_address_that_cannot_be_used_is_named_with_the_way_out(address: str) -> None:
    with pytest.raises(DataError, match=r"DATABASE_URL.*sqlite:///"):
        await Database.open(address)


async def test_a_store_that_does_not_answer_is_said_to_be_unavailable(tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_bytes(b"this is no database" * 1000)
    database = await Database.open(f"sqlite:///{tmp_path}/broken.db")
    with pytest.raises(StoreUnavailable, match=r"not a database"):
        await database.write(_make)
    await database.close()


async def test_a_wrong_statement_is_no_store_that_is_away(database: Database) -> None:
    def asks_nonsense(connection: Connection) -> None:
        connection.execute(text("SELECT * FROM nowhere"))

    with pytest.raises(DBAPIError):
        await database.write(asks_nonsense)
    with pytest.raises(DBAPIError):
        await database.read(asks_nonsense)


async def test_errors_never_repeat_the_values_of_a_statement(database: Database) -> None:
    await database.write(_make)

    def writes(connection: Connection) -> None:
        connection.execute(text("INSERT INTO counter (n) VALUES (:phone)"), {"phone": 91234567})

    with pytest.raises(DBAPIError) as caught:
        await database.write(writes)
    assert "91234567" not in fault_of(caught.value)


async def test_even_an_exit_inside_a_job_leaves_the_writer_working(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path}/a.db")

    def leaves(_: Connection) -> None:
        raise SystemExit(3)

    with pytest.raises(StoreUnavailable):
        await database.write(leaves)
    await database.write(_make)
    assert await database.read(_count) == 0
    await database.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        await database.write(_increment)


async def test_a_transaction_that_stands_still_lets_go_of_its_locks(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process was paused between two statements; what it began is undone and can be done again."""
    if not database_url.startswith("postgresql"):
        return
    monkeypatch.setattr("storage.postgresql_pool._SESSION_SETTINGS", "-c idle_in_transaction_session_timeout=200ms")
    database = await Database.open(database_url)
    await database.write(lambda connection: connection.execute(text("CREATE TABLE paused (id INTEGER)")))

    def stand_still(connection: Connection) -> None:
        connection.execute(text("LOCK TABLE paused"))
        time.sleep(0.6)
        connection.execute(text("INSERT INTO paused VALUES (1)"))

    with pytest.raises(StoreUnavailable):
        await database.write(stand_still)
    await database.write(lambda connection: connection.execute(text("INSERT INTO paused VALUES (2)")))
    assert await database.read(lambda connection: connection.scalars(text("SELECT id FROM paused")).all()) == [2]
    await database.close()


ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def _setting(connection: Connection, name: str) -> str:
    return str(connection.execute(text(f"SHOW {name}")).scalar_one())


def _throw_others_out(connection: Connection) -> None:
    """End every other connection to this database, as a restart of the server does."""
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    connection.execute(text(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}"))  # noqa: S608


@ON_POSTGRESQL
async def test_a_read_does_not_notice_that_its_connection_had_ended(database: Database, database_url: str) -> None:
    await database.write(_make)
    assert await database.read(_count) == 0
    other = await Database.open(database_url)
    await other.write(_throw_others_out)
    assert await database.read(_count) == 0
    await other.close()


@ON_POSTGRESQL
async def test_a_commit_is_flushed_whatever_the_server_is_set_to(database: Database, database_url: str) -> None:
    def relax(connection: Connection) -> None:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))

    await database.write(relax)
    opened = await Database.open(database_url)
    assert await opened.read(lambda connection: _setting(connection, "synchronous_commit")) == "on"
    await opened.close()


@ON_POSTGRESQL
async def test_who_waits_too_long_for_a_lock_is_sent_away(database: Database, database_url: str) -> None:
    """He is told to come again, and his connection serves others meanwhile."""
    await database.write(_make)
    assert await database.read(lambda connection: _setting(connection, "lock_timeout")) == f"{LOCK_SECONDS}s"

    def in_a_hurry(connection: Connection) -> None:
        connection.execute(text("SET LOCAL lock_timeout = '200ms'"))
        _increment(connection)

    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    with engine.begin() as other:
        _increment(other)
        with pytest.raises(StoreUnavailable, match="lock timeout"):
            await database.write(in_a_hurry)
    engine.dispose()
    assert await database.write(_increment) == 2


@ON_POSTGRESQL
async def test_a_server_that_says_nothing_any_more_is_given_up(database: Database) -> None:
    """Settings of the connection itself: what they do is the system's, and needs a machine that goes away."""

    def told(connection: Connection) -> dict[str, str]:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.AsyncConnection)
        return driver.info.get_parameters()

    given = await database.read(told)
    assert int(given["connect_timeout"]) <= 5
    assert int(given["keepalives_idle"]) + 3 * int(given["keepalives_interval"]) <= 30
    assert int(given["tcp_user_timeout"]) <= 30_000
