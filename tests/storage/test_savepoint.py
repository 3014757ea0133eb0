"""What a failed step wrote is undone, what came before and after it stays."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, insert, select

from storage.database import Database
from storage.savepoint import savepoint
from storage.tables.people import person

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def add(connection: Connection, number: int) -> None:
    connection.execute(insert(person).values(id=number, created_at=NOON))


def add_and_fail(connection: Connection, *numbers: int) -> None:
    with savepoint(connection):
        for number in numbers:
            with savepoint(connection):
                add(connection, number)
        raise RuntimeError


def steps(connection: Connection) -> None:
    add(connection, 1)
    with pytest.raises(RuntimeError):
        add_and_fail(connection, 2, 3)
    with savepoint(connection):
        add(connection, 4)
        with pytest.raises(RuntimeError):
            add_and_fail(connection, 5)
    add(connection, 6)


async def test_only_failed_steps_are_undone(database: Database) -> None:
    await database.write(steps)
    found = await database.read(lambda c: c.scalars(select(person.c.id).order_by(person.c.id)).all())
    assert list(found) == [1, 4, 6]


async def test_a_failed_step_undoes_nothing_of_its_neighbours(database: Database) -> None:
    jobs = [lambda c, n=n: add(c, 10 + n) for n in range(5)]
    await asyncio.gather(*(database.write(job) for job in (*jobs[:2], steps, *jobs[2:])))
    found = await database.read(lambda c: c.scalars(select(person.c.id).order_by(person.c.id)).all())
    assert list(found) == [1, 4, 6, 10, 11, 12, 13, 14]


async def test_a_failed_job_undoes_its_steps(database: Database) -> None:
    def fails(connection: Connection) -> None:
        with savepoint(connection):
            add(connection, 1)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await database.write(fails)
    assert await database.read(lambda c: c.scalars(select(person.c.id)).all()) == []
