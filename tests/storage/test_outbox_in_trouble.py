"""While a channel is away its backlog costs nothing: a sender asks each second whether others have any."""

import sqlite3
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, create_engine, insert, select

from storage import outbox as letters
from storage.database import Database
from storage.outbox import Urgency
from storage.tables.delivery import outbox
from storage.tables.people import chat
from tests.bot.post_office import ACCOUNT
from tests.bot.test_broadcasting import add_chats

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
HERE = ("telegram", ACCOUNT)
STEPS = 100


def _add(connection: Connection, number: int) -> None:
    add_chats(connection, number)
    new = select(chat.c.id).where(chat.c.id.not_in(select(outbox.c.chat_id)))
    rows = [letters.row_of(each, {"text": "x"}, Urgency.NOTICE, f"x:{each}", NOW) for each in connection.scalars(new)]
    connection.execute(insert(outbox), rows)


def _steps_of_a_look(connection: Connection) -> int:
    """Return how many hundred steps SQLite takes to find that nothing may go."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.set_progress_handler(count, STEPS)
    assert not letters.has_work(connection, NOW + timedelta(seconds=1), [HERE], [HERE])
    driver.set_progress_handler(None, 0)
    return steps


@pytest.mark.xfail(strict=True, reason="a look walks the whole backlog of an account that is closed: 0.7 s for 100,000")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_look_past_a_closed_account_does_not_walk_its_backlog(database_url: str, database: Database) -> None:
    steps, engine = [], create_engine(database_url)
    for more in (100, 900):
        await database.write(partial(_add, number=more))
        with engine.connect() as connection:
            steps.append(_steps_of_a_look(connection))
    engine.dispose()
    assert steps[1] < 2 * steps[0]
