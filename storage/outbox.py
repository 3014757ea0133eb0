"""The outbox: every message that leaves is a row first, written with what caused it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select, update

from storage.facts import Param, written
from storage.prepared import Prepared
from storage.tables.delivery import outbox
from storage.tables.people import chat


class Urgency(IntEnum):
    """Which messages go first; replies and receipts may come twice, the others must not."""

    REPLY = 0
    NOTICE = 1
    REMINDER = 2
    BROADCAST = 3


EXPIRES_AFTER = {
    Urgency.REPLY: timedelta(days=7),
    Urgency.NOTICE: timedelta(days=30),
    Urgency.REMINDER: timedelta(days=1),
    Urgency.BROADCAST: timedelta(days=2),
}
"""A letter that could not be sent for so long is not sent any more (security C9), unless it was given another end.

A notice holds what somebody has to know of a petition; a reminder has a successor, and yesterday's is wrong today.
"""


@dataclass(frozen=True, slots=True)
class NoticeButton:
    """A button under a notice: the text `buttons.<label_key>` and the conversation it starts."""

    label_key: str
    start: str


_IS_MESSAGE = and_(outbox.c.body["clear"].as_string().is_(None), outbox.c.body["react"].as_string().is_(None))
"""Says something: is no letter that only takes buttons away or puts a sign onto what the person wrote."""
RELEASE_GAP = timedelta(seconds=5)
"""Between two letters that waited for the person to write."""


def put(  # noqa: PLR0913 - a message has these parts; all but the first are named
    connection: Connection,
    *,
    chat_id: int,
    key: str,
    params: Mapping[str, Param],
    buttons: Sequence[NoticeButton] = (),
    file: Mapping[str, str | int] | None = None,
    unique_key: str,
    urgency: Urgency,
    now: datetime,
    not_before: datetime | None = None,
    expires: datetime | None = None,
) -> None:
    """Queue the notice `notices.<key>`; it is put into words when it is sent, in the chat's language.

    file  goes with it: its `ref` in our store, its `name` for people, `mime`, `size` in bytes

    A `unique_key` already queued or sent changes nothing. Without `expires` the rule of its urgency holds.
    """
    body = notice_body(key, params, buttons) | ({"file": dict(file)} if file else {})
    _PUT_ONCE.run(connection, row_of(chat_id, body, urgency, unique_key, now, not_before=not_before, expires=expires))


def notice_body(key: str, params: Mapping[str, Param], buttons: Sequence[NoticeButton]) -> dict[str, Any]:
    """Return the notice `notices.<key>` as the outbox keeps it."""
    return {
        "notice": key,
        "params": {name: written(value) for name, value in params.items()},
        "buttons": [asdict(button) for button in buttons],
    }


def put_each(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Queue letters made by `row_of`, each under its unique key once."""
    _PUT_ONCE.run_each(connection, rows)


def put_words(
    connection: Connection,
    *,
    chat_id: int,
    body: Mapping[str, Any],
    unique_key: str,
    now: datetime,
    gather: timedelta = timedelta(0),
    urgency: Urgency = Urgency.REPLY,
    stale_at: datetime | None = None,
) -> None:
    """Queue a message that is in words already.

    gather    wait so long for more of the same: a later reply with the same key takes the place of one that
              has not been sent (an album's pictures are acknowledged once)
    stale_at  from then on it is not sent as it is: a mere question, which bot.catching_up asks anew
    """
    statement = _PUT_LATEST if gather else _PUT_ONCE
    later = now + gather if gather else None
    row = row_of(chat_id, dict(body), urgency, unique_key, now, not_before=later, stale_at=stale_at)
    statement.run(connection, row)


def _latest(new: Any) -> Any:
    replaced = {"body": new.excluded.body, "not_before": new.excluded.not_before}
    return new.on_conflict_do_update(index_elements=["unique_key"], set_=replaced, where=outbox.c.state == "queued")


def _of_chat(new: Any) -> Any:
    """Let the database find the account through which a chat is reached: no caller can name a wrong one."""
    its_chat = chat.c.id == bindparam("of_chat")
    return new.values({name: select(chat.c[name]).where(its_chat).scalar_subquery() for name in ("channel", "account")})


_PUT_ONCE = Prepared.upsert(outbox, lambda new: _of_chat(new).on_conflict_do_nothing())
_PUT_LATEST = Prepared.upsert(outbox, lambda new: _latest(_of_chat(new)))


def row_of(  # noqa: PLR0913 - a row has these columns; what may be missing is named
    chat_id: int,
    body: dict[str, Any],
    urgency: Urgency,
    unique_key: str,
    now: datetime,
    *,
    not_before: datetime | None = None,
    expires: datetime | None = None,
    stale_at: datetime | None = None,
    broadcast_id: int | None = None,
) -> dict[str, Any]:
    """Return a letter as `put_each` takes it."""
    begins = not_before or now
    return {
        "chat_id": chat_id, "of_chat": chat_id, "body": body, "urgency": int(urgency), "unique_key": unique_key,
        "created_at": now, "not_before": begins, "expires_at": expires or begins + EXPIRES_AFTER[urgency],
        "state": "queued", "attempts": 0, "stale_at": stale_at, "broadcast_id": broadcast_id,
    }  # fmt: skip


def drop_queued(connection: Connection, chat_id: int, reason: str) -> None:
    """Close all that waits for a chat that cannot be reached any more."""
    waits = and_(outbox.c.chat_id == chat_id, outbox.c.state.in_(("queued", "held")))
    connection.execute(update(outbox).where(waits).values(state="unreachable", error=reason))


def release(connection: Connection, chat_id: int, now: datetime) -> int:
    """Queue what was put aside, for its person writes: in its order and not as a flood; return how much it was.

    A notice has its whole time again: the person has waited for it. What is on its way just now, and put aside only
    after this, is seen by the count of its attempts, which begins anew. What a paused broadcast holds back stays there.
    """
    of_chat = and_(outbox.c.chat_id == chat_id, outbox.c.broadcast_id.is_(None))
    aside = and_(of_chat, outbox.c.state == "held")
    connection.execute(update(outbox).where(of_chat, outbox.c.state == "sending").values(attempts=0))
    waiting = connection.execute(select(outbox.c.id, outbox.c.urgency).where(aside).order_by(outbox.c.id)).all()
    for place, row in enumerate(waiting):
        values: dict[str, Any] = {"state": "queued", "not_before": now + place * RELEASE_GAP, "attempts": 0}
        if row.urgency == Urgency.NOTICE:
            values["expires_at"] = now + EXPIRES_AFTER[Urgency.NOTICE]
        connection.execute(update(outbox).where(outbox.c.id == row.id, outbox.c.state == "held").values(**values))
    return len(waiting)


def count_held(connection: Connection) -> int:
    """Return how many letters wait for their hour or until their person writes."""
    aside = (outbox.c.state == "held", outbox.c.broadcast_id.is_(None))
    return connection.execute(select(func.count()).select_from(outbox).where(*aside)).scalar_one()


def count_by_state(connection: Connection) -> dict[str, int]:
    """Return how many letters are in each state."""
    rows = connection.execute(select(outbox.c.state, func.count().label("number")).group_by(outbox.c.state))
    return {row.state: row.number for row in rows}


def has_sent(connection: Connection, chat_id: int, message_ref: str, since: datetime) -> bool:
    """Say whether a message of a chat may be one of ours.

    It is named as one, or one of ours is on its way or went after `since`: of a long one only the last part is named.
    """
    is_recent = and_(outbox.c.state == "sent", outbox.c.sent_at >= since)
    is_ours = or_(outbox.c.message_ref == message_ref, outbox.c.state == "sending", is_recent)
    query = select(outbox.c.id).where(outbox.c.chat_id == chat_id, is_ours, _IS_MESSAGE)
    return connection.execute(query.limit(1)).first() is not None


def latest_bodies(connection: Connection, chat_id: int, most: int) -> list[Mapping[str, Any]]:
    """Return the last `most` messages of a chat as they were queued, newest first."""
    query = select(outbox.c.body).where(outbox.c.chat_id == chat_id, _IS_MESSAGE).order_by(outbox.c.id.desc())
    return list(connection.scalars(query.limit(most)))
