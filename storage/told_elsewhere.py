"""Whether an official gets the same news in another chat that he linked, so that one of them need not cost money.

Each linked chat of an official has a letter of its own for each news (`storage.petitions`), under one key but for the
chat at its end. Citizens have one chat each: who writes from two is two persons to us.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, select

from storage import chats, windows
from storage.staff_chats import of_chat
from storage.tables.delivery import outbox
from storage.tables.people import chat
from storage.web_messages import DIRECT_CHANNELS

AWAITED_FOR = timedelta(hours=1)
"""How long a letter elsewhere may take: one that takes longer waits for a channel that is down."""


class Elsewhere(StrEnum):
    """How the same news stands in other chats of its reader.

    SENT       it is there
    UNDER_WAY  it is on its way there
    """

    SENT = "sent"
    UNDER_WAY = "under_way"


def told_elsewhere(connection: Connection, letter: int, now: datetime) -> Elsewhere | None:
    """Say whether the news of a letter to an official reaches him in another chat; None: it does not.

    Chats of a channel with windows do not count, for each of them would wait for the other, nor do our own pages, on
    which nobody looks all day.
    """
    own = connection.execute(select(outbox.c.chat_id, outbox.c.unique_key).where(outbox.c.id == letter)).one()
    official, ending = of_chat(connection, own.chat_id), f":{own.chat_id}"
    if official is None or not (own.unique_key or "").endswith(ending):
        return None
    news = own.unique_key.removesuffix(ending)
    others = [each for each in chats.chats_of_staff(connection, official.id) if each != own.chat_id]
    always_open = chat.c.channel.not_in([*windows.WINDOWED_CHANNELS, *DIRECT_CHANNELS])
    query = select(outbox.c.state, outbox.c.created_at).join(chat, chat.c.id == outbox.c.chat_id).where(always_open)
    rows = connection.execute(query.where(outbox.c.unique_key.in_([f"{news}:{each}" for each in others]))).all()
    if any(row.state == "sent" for row in rows):
        return Elsewhere.SENT
    is_coming = any(row.state in ("queued", "sending") and now - row.created_at < AWAITED_FOR for row in rows)
    return Elsewhere.UNDER_WAY if is_coming else None
