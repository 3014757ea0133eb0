"""What may cost is written down before it is sent, and never beyond the month's cap, however many begin at once."""

import asyncio
from datetime import UTC, datetime
from functools import partial

import pytest
from sqlalchemy import Connection, select

from storage import chats, outbox, zalo_attempts
from storage.chats import Caller
from storage.database import Database
from storage.outbox import Urgency
from storage.tables.delivery import outbox as letters
from storage.zalo_attempts import Earlier

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


async def test_letters_beside_each_other_never_spend_more_than_the_cap(database: Database) -> None:
    chat = await database.write(lambda c: chats.welcome(c, Caller("zalo", "9", "1", "1", "vi"), NOW))
    begin = partial(zalo_attempts.begin, chat_id=chat.id, letter=None, way="billed", price=200, cap=1000, now=NOW)
    begun = await asyncio.gather(*[database.write(begin) for _ in range(20)])
    assert len([number for number in begun if number is not None]) == 5
    assert await database.read(lambda c: zalo_attempts.spent(c, NOW)) == 1000
    [refused] = [number for number in begun if isinstance(number, int)][:1]
    await database.write(lambda c: zalo_attempts.end(c, refused, "refused"))
    assert await database.write(begin), "what was refused costs nothing, so there is room again"
    assert await database.write(begin) is None


@pytest.mark.parametrize(
    ("outcome", "earlier"),
    [
        ("begun", Earlier(is_sent=False)),
        ("unknown", Earlier(is_sent=False)),
        ("sent", Earlier(is_sent=True, message_id="m1")),
        ("refused", None),
    ],
)
async def test_a_letter_that_was_perhaps_paid_for_is_not_begun_again(
    database: Database, outcome: str, earlier: Earlier | None
) -> None:
    chat = await database.write(lambda c: chats.welcome(c, Caller("zalo", "9", "1", "1", "vi"), NOW))

    def first(connection: Connection) -> tuple[int, int | Earlier | None]:
        outbox.put(
            connection, chat_id=chat.id, key="x", params={}, unique_key="x", urgency=Urgency.NOTICE, now=NOW
        )  # fmt: skip
        letter = connection.scalars(select(letters.c.id)).one()
        return letter, begin(connection, letter)

    def begin(connection: Connection, letter: int) -> int | Earlier | None:
        return zalo_attempts.begin(
            connection, chat_id=chat.id, letter=letter, way="billed", price=200, cap=1000, now=NOW
        )  # fmt: skip

    letter, number = await database.write(first)
    assert isinstance(number, int)
    if outcome != "begun":
        ref = "m1" if outcome == "sent" else None
        await database.write(lambda c: zalo_attempts.end(c, number, outcome, ref))
    assert await database.read(lambda c: zalo_attempts.earlier(c, letter)) == earlier
    again = await database.write(lambda c: begin(c, letter))
    assert again == earlier if earlier else isinstance(again, int)
    assert await database.read(lambda c: zalo_attempts.spent(c, NOW)) == 200
