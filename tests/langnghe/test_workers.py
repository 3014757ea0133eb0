"""What housekeeping clears away, on both databases: failed events and numbers when their time is over."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select

from bot.conversations import Conversations
from bot.scripts import SCRIPTS
from bot.words import Words, load_texts
from langnghe.workers import FAILURES_KEPT, SETTLED_FAILURES_KEPT, Workers
from offices.presets import load_preset
from storage import audit, chats, conversations, dead_letters, phone_consent, units, watched
from storage.chats import Caller
from storage.database import Database
from storage.phone_consent import KEPT_FOR
from storage.reference import ReferenceHolder
from storage.tables.audit import audit as trail
from storage.tables.conversations import dead_letter
from tests.codes import TOKEN_KEY, VAULT

START = datetime(2026, 8, 3, 2, 0, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)


def bury(connection: Connection, number: int, at: datetime = START) -> None:
    raw = {"kind": "text", "text": f"Lời mẫu {number}"}
    conversations.bury(connection, channel="telegram", account="1", raw=raw, reason="KeyError", now=at)


async def test_what_was_settled_goes_soon_and_what_nobody_settled_later(database: Database) -> None:
    def job(connection: Connection) -> None:
        units.install_preset(connection, load_preset("commune-2025"), now=START)
        for number in range(1, 5):
            bury(connection, number)
        dead_letters.discard(connection, 1, now=START, actor="staff:1")
        dead_letters.retry(connection, 2, now=START, actor="staff:1")
        assert dead_letters.take(connection, 2, START) is not None
        dead_letters.retry(connection, 3, now=START, actor="staff:1")
        watched.note_failures(connection, START)

    async def left_after(length: timedelta) -> list[int]:
        reference = ReferenceHolder()
        talk = Conversations(SCRIPTS, Words(load_texts(), reference.name_of), TOKEN_KEY, VAULT)
        worker, now = Workers(reference, talk, TOKEN_KEY), START + length
        await database.write(lambda connection: worker.keep_house(connection, now, {}))
        return await database.read(lambda c: list(c.scalars(select(dead_letter.c.id).order_by(dead_letter.c.id))))

    await database.write(job)
    assert await left_after(SETTLED_FAILURES_KEPT - A_MINUTE) == [1, 2, 3, 4]
    assert await left_after(SETTLED_FAILURES_KEPT + A_MINUTE) == [3, 4]
    assert await left_after(FAILURES_KEPT - A_MINUTE) == [3, 4]
    assert await left_after(FAILURES_KEPT + A_MINUTE) == [3]  # it is being tried again

    def look(connection: Connection) -> None:
        told = connection.execute(select(trail.c.details).where(trail.c.action == "dead_letter.expire")).one()
        assert '"count":1' in told.details.replace(" ", "")
        assert "Lời mẫu" not in str(told.details)
        assert audit.verify(connection)[1] is None
        assert connection.scalar(select(func.count()).select_from(dead_letter).where(dead_letter.c.state == "new")) == 0

    await database.read(look)


async def test_an_old_one_that_was_settled_late_is_kept_for_its_week(database: Database) -> None:
    def job(connection: Connection) -> int:
        bury(connection, 1)
        late = START + FAILURES_KEPT - A_MINUTE
        dead_letters.discard(connection, 1, now=late, actor="staff:1")
        now = START + FAILURES_KEPT + A_MINUTE
        return dead_letters.forget(
            connection, settled_before=now - SETTLED_FAILURES_KEPT, waiting_before=now - FAILURES_KEPT, now=now
        )

    assert await database.write(job) == 0


async def test_a_number_whose_time_is_over_is_forgotten(database: Database) -> None:
    def give(connection: Connection) -> int:
        units.install_preset(connection, load_preset("commune-2025"), now=START)
        person = chats.welcome(connection, Caller("zalo", "1", "5", "5", "vi"), START).person_id
        phone_consent.give(connection, VAULT, person, "+84912345678", START)
        return person

    async def is_kept_after(length: timedelta) -> bool:
        reference = ReferenceHolder()
        talk = Conversations(SCRIPTS, Words(load_texts(), reference.name_of), TOKEN_KEY, VAULT)
        worker, now = Workers(reference, talk, TOKEN_KEY), START + length
        await database.write(lambda connection: worker.keep_house(connection, now, {}))
        return await database.read(lambda connection: phone_consent.is_given(connection, person))

    person = await database.write(give)
    assert await is_kept_after(KEPT_FOR - A_MINUTE)
    assert not await is_kept_after(KEPT_FOR)
