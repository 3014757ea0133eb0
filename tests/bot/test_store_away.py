"""What the sender does when PostgreSQL throws its connections out at the wrong moment."""

import asyncio

import pytest
from sqlalchemy import Connection, text

from storage.database import Database
from storage.outbox import Urgency
from tests.bot.post_office import Post

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def _throw_others_out(connection: Connection) -> None:
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    connection.execute(text(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}"))  # noqa: S608


@pytest.mark.parametrize("urgency", [Urgency.REPLY, Urgency.REMINDER])
async def test_what_was_sent_is_written_down_as_soon_as_the_store_is_back(
    post: Post, urgency: Urgency, database_url: str
) -> None:
    """Or its chat would wait for the end of the letter's lease, and the letter come a second time or be in doubt."""
    phone, number = await post.phone()
    await post.writes(number, "một", urgency=urgency)
    other = await Database.open(database_url)
    post.fake.next_answer("sendMessage", delay=0.5)
    sending = asyncio.create_task(post.sender().round())
    await post.fake.until_called("sendMessage")
    await other.write(_throw_others_out)
    await sending
    await other.close()

    assert await post.states() == ["sent"]
    assert phone.hears() == ["một"]
