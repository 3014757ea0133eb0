"""What may cost is written down before it is sent, and never beyond the month's cap, however many begin at once."""

import asyncio
from datetime import UTC, datetime
from functools import partial

from storage import chats, zalo_attempts
from storage.chats import Caller
from storage.database import Database

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


async def test_letters_beside_each_other_never_spend_more_than_the_cap(database: Database) -> None:
    chat = await database.write(lambda c: chats.welcome(c, Caller("zalo", "9", "1", "1", "vi"), NOW))
    begin = partial(zalo_attempts.begin, chat_id=chat.id, letter=None, way="billed", price=200, cap=1000, now=NOW)
    begun = await asyncio.gather(*[database.write(begin) for _ in range(20)])
    assert len([number for number in begun if number is not None]) == 5
    assert await database.read(lambda c: zalo_attempts.spent(c, NOW)) == 1000
    [refused] = [number for number in begun if number is not None][:1]
    await database.write(lambda c: zalo_attempts.end(c, refused, "refused"))
    assert await database.write(begin), "what was refused costs nothing, so there is room again"
    assert await database.write(begin) is None
