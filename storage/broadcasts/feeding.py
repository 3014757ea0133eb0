"""Beginning a broadcast and writing its letters, a page at a time.

A broadcast walks over the chats by their number. The page it looks at, the letters for it and the cursor behind it
are one transaction, and each letter's key names broadcast and chat: a kill at any line loses nobody and tells nobody
twice. Never more than a window of letters waits, so a pause has little to take back and the outbox stays short.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, func, select, update

from storage import outbox
from storage.broadcasts.audience import chats_of, size
from storage.broadcasts.letters import on_their_way
from storage.broadcasts.records import Broadcast, State, by_id, from_row, record
from storage.facts import Ref
from storage.outbox import NoticeButton, Urgency
from storage.tables.broadcasts import broadcast
from storage.tables.people import chat

PAGE = 500
"""Chats looked at in one transaction: some 20 ms, so that no citizen's message waits for it."""
WINDOW = 1000
"""Letters of one broadcast that wait at most: half a minute at the pace of one bot."""


def start(connection: Connection, number: int, now: datetime) -> None:
    """Begin an approved broadcast: its audience is what can be reached at this moment."""
    found = by_id(connection, number)
    newest = connection.scalar(select(func.max(chat.c.id))) or 0
    values = {
        "state": State.RUNNING.value, "started_at": now, "resumed_at": now, "last_chat": newest,
        "planned": size(connection, found.draft),
    }  # fmt: skip
    approved = and_(broadcast.c.id == number, broadcast.c.state == State.APPROVED.value)
    connection.execute(update(broadcast).where(approved).values(**values))


def has_room(connection: Connection, number: int) -> bool:
    """Say by reading alone whether `feed` or `release` would do anything."""
    open_ones = on_their_way(connection, number)
    return "held" in open_ones or sum(open_ones.values()) <= WINDOW - PAGE


def feed(connection: Connection, number: int, authority: str, now: datetime) -> int:
    """Put the next page of letters into the outbox if there is room for it; return how many chats were looked at.

    authority  code of the unit in whose name it is said

    Ends the broadcast when nobody is left and nothing of it is on its way.
    """
    # Locked: two workers must not take the same page, nor one go on while another pauses.
    row = connection.execute(select(broadcast).where(broadcast.c.id == number).with_for_update()).one()
    found = from_row(row)
    waiting = sum(on_their_way(connection, number).values())
    if found.state is not State.RUNNING or waiting > WINDOW - PAGE:
        return 0
    left = and_(chat.c.id > found.cursor, chat.c.id <= found.last_chat)
    page = connection.execute(
        chats_of(found.draft, chat.c.id, chat.c.language).where(left).order_by(chat.c.id).limit(PAGE)
    ).all()
    if page:
        _put(connection, found, authority, [(each.id, each.language) for each in page], now)
    elif not waiting:
        _finish(connection, number, now)
    return len(page)


def _put(
    connection: Connection, found: Broadcast, authority: str, page: Sequence[tuple[int, str]], now: datetime
) -> None:
    texts = {"vi": found.draft.text_vi, "en": found.draft.text_en}
    buttons = [NoticeButton("news_off", "news:off")]
    bodies = {
        language: outbox.notice_body("broadcast", {"authority": Ref("unit", authority), "text": text}, buttons)
        for language, text in texts.items()
    }
    outbox.put_each(
        connection,
        [
            outbox.row_of(
                number,
                bodies[language],
                Urgency.BROADCAST,
                f"broadcast:{found.id}:{number}",
                now,
                broadcast_id=found.id,
            )
            for number, language in page
        ],
    )
    values = {"cursor": page[-1][0], "queued": broadcast.c.queued + len(page)}
    connection.execute(update(broadcast).where(broadcast.c.id == found.id).values(**values))


def _finish(connection: Connection, number: int, now: datetime) -> None:
    connection.execute(update(broadcast).where(broadcast.c.id == number).values(state=State.DONE.value, ended_at=now))
    record(connection, number, State.DONE.value, "system", now)
