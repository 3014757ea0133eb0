"""What went as a template is found by its sender's chat, its message and its age, on every database."""

from datetime import timedelta

from sqlalchemy import Connection, select, update

from storage import outbox, told_briefly, zalo_attempts
from storage.database import Database
from storage.outbox import Urgency
from storage.outcomes import NEVER
from storage.tables.delivery import outbox as letters
from storage.tables.petitions import petition_reporter
from storage.zalo_templates import RATING, Template, keep
from tests.petitions.world import build

TEMPLATES = [Template(str(number), "Mẫu", "ENABLE", kind, 1, 200, ()) for number, kind in ((1, 1), (2, RATING))]


def sent(connection: Connection, letter: int, chat: int, template: str, message: str) -> None:
    """Write down that a letter went as a template of this number."""
    now = connection.scalar(select(letters.c.created_at).where(letters.c.id == letter))
    assert now is not None
    number = zalo_attempts.begin(
        connection, chat_id=chat, letter=letter, way="template", price=200, cap=10_000, now=now, template_id=template
    )
    assert isinstance(number, int)
    zalo_attempts.end(connection, number, "sent", message)
    gone = update(letters).where(letters.c.id == letter)
    connection.execute(gone.values(state="sent", sent_at=now, message_ref=message))


async def test_news_that_went_as_a_template_is_held_for_its_reader(database: Database) -> None:
    def job(connection: Connection) -> None:
        world = build(connection)
        code, now = world.submit().code, world.now
        chat = connection.scalar(select(petition_reporter.c.chat_id))
        assert chat is not None
        keep(connection, TEMPLATES, now)
        for number in range(2):
            outbox.put(
                connection, chat_id=chat, key="petition_answered", params={"code": code, "text": "x"},
                unique_key=f"news:{number}", urgency=Urgency.NOTICE, now=now,
            )  # fmt: skip
        query = select(letters.c.id).where(letters.c.unique_key.startswith("news:")).order_by(letters.c.id)
        first, second = connection.scalars(query)
        sent(connection, first, chat, "1", "m1")
        sent(connection, second, chat, "2", "m2")
        connection.execute(update(letters).where(letters.c.id == second).values(message_ref="told whole"))

        assert zalo_attempts.asked_by(connection, now - timedelta(days=1)) == ["2"]
        assert zalo_attempts.asked_by(connection, now + timedelta(days=1)) == []
        told_briefly.hold_anew(connection, chat, now + timedelta(days=40))
        assert set(connection.scalars(select(letters.c.state).where(letters.c.id.in_([first, second])))) == {"sent"}
        told_briefly.hold_anew(connection, chat, now)
        held = select(letters.c.id).where(letters.c.state == "held", letters.c.not_before == NEVER)
        assert list(connection.scalars(held)) == [first]

    await database.write(job)
