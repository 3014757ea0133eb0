"""The last interaction is the latest, and what is written to somebody who answers by hand is kept until he answers."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from storage import chats, windows
from storage.chats import Caller
from storage.database import Database
from storage.windows import LONGEST_ASIDE

NOON = datetime(2026, 11, 16, 5, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def chat(database: Database) -> int:
    caller = Caller("zalo", "1", "5", "5", "vi")
    return await database.write(lambda connection: chats.welcome(connection, caller, NOON).id)


@given(offsets=st.lists(st.integers(-100, 100), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@ON_SQLITE
async def test_in_whatever_order_events_come_the_last_interaction_is_the_latest(
    database: Database, chat: int, offsets: list[int]
) -> None:
    before = await database.read(lambda connection: windows.last_interaction(connection, chat))
    moments = [NOON + timedelta(minutes=each) for each in offsets]
    for at in moments:
        await database.write(partial(windows.interacted, chat_id=chat, at=at))
    latest = max([*moments, *([before] if before else [])])
    assert await database.read(lambda connection: windows.last_interaction(connection, chat)) == latest


async def test_a_chat_that_never_wrote_has_no_window(database: Database) -> None:
    assert await database.read(lambda connection: windows.find(connection, 9)) == windows.Window()


async def test_an_answer_by_hand_answers_what_was_written_before(database: Database, chat: int) -> None:
    def talk(connection: Connection) -> list[str]:
        windows.interacted(connection, chat, NOON)
        windows.answered_by_hand(connection, chat, NOON + HOUR)
        windows.set_aside(connection, chat, "một")
        windows.set_aside(connection, chat, "hai")
        first = windows.find(connection, chat).aside
        windows.answered_by_hand(connection, chat, NOON + 2 * HOUR)
        windows.set_aside(connection, chat, "ba")
        windows.answered_by_hand(connection, chat, NOON + HOUR)  # a message of before, delivered late
        return [first, windows.take_aside(connection, chat), windows.take_aside(connection, chat)]

    assert await database.write(talk) == ["một\nhai", "ba", ""]
    window = await database.read(lambda connection: windows.find(connection, chat))
    assert window.is_answered_by_hand(NOON + HOUR)
    assert not window.is_answered_by_hand(NOON + 2 * HOUR)
    await database.write(lambda connection: windows.take_over(connection, chat))
    assert await database.read(lambda connection: windows.find(connection, chat)) == windows.Window(NOON)


async def test_no_more_is_set_aside_than_a_petition_may_hold(database: Database, chat: int) -> None:
    def talk(connection: Connection) -> str:
        windows.answered_by_hand(connection, chat, NOON)
        for _ in range(5):
            windows.set_aside(connection, chat, "đ" * 1000)
        return windows.take_aside(connection, chat)

    assert len(await database.write(talk)) == LONGEST_ASIDE
