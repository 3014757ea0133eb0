"""What is kept of a conversation: where it stands, and whether it is open."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from storage import chats, conversations
from storage.chats import Caller
from storage.conversations import Conversation
from storage.database import Database

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
JOURNAL = [["where", "counter", "answer", None]]


def begun(connection: Connection) -> Conversation:
    chat = chats.welcome(connection, Caller("telegram", "1", "5", "5", "vi"), NOON)
    return conversations.start(connection, chat.id, "rating", {"unit": "xa-mau"}, NOON)


@pytest.mark.parametrize("before", ["open", "paused", "done"])
async def test_a_turn_is_kept_whatever_the_conversation_was_before(database: Database, before: str) -> None:
    later = NOON + timedelta(minutes=1)

    def turn(connection: Connection) -> tuple[Conversation, Conversation | None]:
        new = begun(connection)
        conversations.save(connection, new, before, NOON)
        kept = new.after(JOURNAL, "which")
        conversations.save(connection, kept, "open", later)
        return kept, conversations.open_in(connection, new.chat_id)

    kept, found = await database.write(turn)
    assert found is not None
    assert (found.id, found.journal, found.asked, found.step) == (kept.id, JOURNAL, "which", 1)
    assert found.updated_at == later


@pytest.mark.parametrize("status", ["paused", "done", "cancelled", "abandoned", "failed"])
async def test_what_has_ended_or_waits_is_not_open(database: Database, status: str) -> None:
    def end(connection: Connection) -> tuple[Conversation | None, str]:
        new = begun(connection)
        conversations.save(connection, new.after(JOURNAL, None), status, NOON)
        known = conversations.by_id(connection, new.id)
        assert known is not None
        return conversations.open_in(connection, new.chat_id), known[1]

    assert await database.write(end) == (None, status)
