"""Telephone numbers to which people want news of their petitions, where their chat cannot be written to any more.

A purpose of its own, asked plainly and withdrawn any time. The number is kept only while the consent stands, encrypted,
and read only by what sends to it. It is no part of who a person is for anybody else.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, func, select, update

from storage import consents, windows, zalo_templates
from storage.chats import Chat
from storage.consents import ASKED_AGAIN_AFTER
from storage.tables.consents import phone_consent as table
from storage.upsert import insert_for
from storage.vault import Vault, VaultError

VERSION = 1
"""Of the question's words (`phone_news.ask` of bot/texts)."""
PURPOSE = "phone_news"
KEPT_FOR = timedelta(days=365)
"""How long a number is kept after the person gave it; longer than any petition takes. Ours: no rule gives a number."""
NEWS = "petition"
"""The kind of news that goes to a number (`zalo_templates.KINDS_OF_NEWS`): nothing else was consented to."""


def is_of_use(connection: Connection, chat: Chat) -> bool:
    """Say whether a number would serve the person in this chat: nobody is asked for one that is used for nothing."""
    if chat.channel not in windows.WINDOWED_CHANNELS:
        return False
    template = zalo_templates.chosen(connection, NEWS)
    return template is not None and template.price_phone is not None


def may_ask(connection: Connection, chat: Chat, now: datetime) -> bool:
    """Say whether to ask the person in this chat now, and note that he is asked: once in a year."""
    if not is_of_use(connection, chat):
        return False
    asked = {"state": "asked", "version": VERSION, "asked_at": now, "changed_at": now}
    new = insert_for(connection, table).values(person_id=chat.person_id, **asked)
    long_ago = and_(table.c.asked_at <= now - ASKED_AGAIN_AFTER, table.c.state != "given")
    statement = new.on_conflict_do_update(index_elements=["person_id"], set_=asked, where=long_ago)
    return connection.scalar(statement.returning(table.c.person_id)) is not None


def give(connection: Connection, vault: Vault, person_id: int, phone: str, now: datetime) -> None:
    """Keep that a person wants news at this number (E.164), which takes the place of another."""
    given = {
        "state": "given", "version": VERSION, "changed_at": now, "number_enc": vault.seal(phone, _place(person_id)),
        "kept_until": now + KEPT_FOR,
    }  # fmt: skip
    new = insert_for(connection, table).values(person_id=person_id, asked_at=now, **given)
    connection.execute(new.on_conflict_do_update(index_elements=["person_id"], set_=given))
    consents.record(connection, person_id, "give", purpose=PURPOSE, version=VERSION, now=now)


def refuse(connection: Connection, person_id: int, now: datetime) -> None:
    """Forget a person's number and withdraw the consent; where none was given, the question is answered with no."""
    if _end(connection, person_id, "withdrawn", now):
        consents.record(connection, person_id, "withdraw", purpose=PURPOSE, version=VERSION, now=now)
        return
    asked = (table.c.person_id == person_id, table.c.state == "asked")
    connection.execute(update(table).where(*asked).values(state="refused", changed_at=now))


def is_given(connection: Connection, person_id: int) -> bool:
    """Say whether a number of this person is kept."""
    own = (table.c.person_id == person_id, table.c.state == "given")
    return connection.scalar(select(table.c.person_id).where(*own)) is not None


def number_of(connection: Connection, vault: Vault, person_id: int, now: datetime) -> str | None:
    """Return the number to which a person wants news; None without one, or for one under another SECRET_KEY."""
    own = (table.c.person_id == person_id, table.c.state == "given", table.c.kept_until > now)
    sealed = connection.scalar(select(table.c.number_enc).where(*own))
    if sealed is None:
        return None
    try:
        return vault.open(sealed, _place(person_id))
    except VaultError:
        return None


def count(connection: Connection) -> int:
    """Return how many numbers are kept."""
    return connection.scalar(select(func.count()).where(table.c.state == "given")) or 0


def forget_over(connection: Connection, now: datetime) -> int:
    """Forget the numbers whose time is over; return how many. Who wants to go on is asked anew."""
    over = (table.c.state == "given", table.c.kept_until <= now)
    people = connection.scalars(select(table.c.person_id).where(*over)).all()
    for person_id in people:
        if _end(connection, person_id, "lapsed", now):
            consents.record(connection, person_id, "lapse", purpose=PURPOSE, version=VERSION, now=now, actor="system")
    return len(people)


def _end(connection: Connection, person_id: int, state: str, now: datetime) -> bool:
    """Forget the number of a consent that stands; say whether one did."""
    ended = {"state": state, "changed_at": now, "number_enc": None, "kept_until": None}
    given = (table.c.person_id == person_id, table.c.state == "given")
    return connection.execute(update(table).where(*given).values(**ended)).rowcount == 1


def _place(person_id: int) -> str:
    return f"phone_consent:{person_id}"
