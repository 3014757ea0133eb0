"""Events are taken once, on both databases."""

from datetime import UTC, datetime, timedelta

from storage import conversations
from storage.database import Database

NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


async def take(database: Database, account: str = "bot", now: datetime = NOW) -> bool:
    return await database.write(lambda connection: conversations.take_event(connection, "telegram", account, "7", now))


async def test_an_event_is_taken_the_first_time_only(database: Database) -> None:
    taken = [await take(database) for _ in range(3)]
    assert taken == [True, False, False]


async def test_the_same_key_of_another_bot_is_another_event(database: Database) -> None:
    for account in ("first", "second"):
        assert await take(database, account)


async def test_old_events_are_forgotten(database: Database) -> None:
    await take(database)
    later = NOW + timedelta(days=8)
    assert await database.write(lambda connection: conversations.forget_events(connection, later)) == 1
    assert await take(database, now=later)
