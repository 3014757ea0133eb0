"""The outbox: every message that leaves is a row first, written with what caused it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, exists, func, or_, select, text, update

from offices.errors import DomainError
from storage.prepared import Prepared
from storage.tables.delivery import is_in, outbox
from storage.tables.people import chat
from storage.web_messages import DIRECT_CHANNELS

Account = tuple[str, str]
"""A channel, and the bot or official account of it."""


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
class Ref:
    """Something with a name in each language: `kind` is unit, field, status, reason …; `code` says which."""

    kind: str
    code: str


Param = str | int | date | datetime | Ref

_NAMED_FACTS = frozenset({"unit", "field", "status", "event", "reason"})


def facts_of(error: DomainError) -> dict[str, Param]:
    """Return the facts of a refusal for its words; codes of units, statuses and the like as references."""
    return {
        name: Ref(name, fact) if name in _NAMED_FACTS and isinstance(fact, str) else fact
        for name, fact in error.params.items()
    }


@dataclass(frozen=True, slots=True)
class NoticeButton:
    """A button under a notice: the text `buttons.<label_key>` and the conversation it starts."""

    label_key: str
    start: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A message taken from the outbox: where it goes and what it says."""

    id: int
    chat_id: int
    channel: str
    account: str
    external_chat: str
    language: str
    urgency: Urgency
    body: Mapping[str, Any]
    attempts: int


def put(  # noqa: PLR0913 - a message has these parts; all but the first are named
    connection: Connection,
    *,
    chat_id: int,
    key: str,
    params: Mapping[str, Param],
    buttons: Sequence[NoticeButton] = (),
    unique_key: str,
    urgency: Urgency,
    now: datetime,
    not_before: datetime | None = None,
    expires: datetime | None = None,
) -> None:
    """Queue the notice `notices.<key>`; it is put into words when it is sent, in the chat's language.

    A `unique_key` already queued or sent changes nothing. Without `expires` the rule of its urgency holds.
    """
    body = notice_body(key, params, buttons)
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
    row = row_of(chat_id, dict(body), urgency, unique_key, now, not_before=now + gather, stale_at=stale_at)
    statement.run(connection, row)


def _latest(new: Any) -> Any:
    replaced = {"body": new.excluded.body, "not_before": new.excluded.not_before}
    return new.on_conflict_do_update(index_elements=["unique_key"], set_=replaced, where=outbox.c.state == "queued")


_PUT_ONCE = Prepared.upsert(outbox, lambda new: new.on_conflict_do_nothing())
_PUT_LATEST = Prepared.upsert(outbox, _latest)


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
    """Return a letter as the row to be written."""
    begins = not_before or now
    return {
        "chat_id": chat_id, "body": body, "urgency": int(urgency), "unique_key": unique_key, "created_at": now,
        "not_before": begins, "expires_at": expires or begins + EXPIRES_AFTER[urgency], "state": "queued",
        "attempts": 0, "stale_at": stale_at, "broadcast_id": broadcast_id,
    }  # fmt: skip


def read_param(value: Any) -> Param:
    """Return a stored parameter as it was given to `put`."""
    if not isinstance(value, dict):
        plain: Param = value
        return plain
    match value:
        case {"ref": [kind, code]}:
            return Ref(kind, code)
        case {"moment": written}:
            return datetime.fromisoformat(written)
        case {"date": written}:
            return date.fromisoformat(written)
    raise ValueError(f"no parameter of an outgoing message: {value!r}")


def written(value: Param) -> Any:
    """Return a parameter as JSON; `read_param` reads it back."""
    match value:
        case Ref(kind, code):
            return {"ref": [kind, code]}
        case datetime():
            return {"moment": value.isoformat()}
        case date():
            return {"date": value.isoformat()}
        case _:
            return value


def has_work(
    connection: Connection, now: datetime, accounts: Collection[Account] | None = None, but: Collection[Account] = ()
) -> bool:
    """Say whether `claim` would do anything: asked by reading, so that an idle sender writes nothing."""
    queries = (_ready(now, accounts, but), _expired(now))
    return any(connection.scalar(query.limit(1)) is not None for query in queries)


def claim(
    connection: Connection,
    *,
    now: datetime,
    lease: timedelta,
    token: str,
    limit: int,
    accounts: Collection[Account] | None = None,
    but: Collection[Account] = (),
) -> list[Letter]:
    """Take the letters that may go now, under a lease that `token` names; most urgent first.

    accounts  take only letters of these, and of our own page and terminal; None: of all
    but       and none of these

    A chat's letters of one urgency go in the order they were written, one at a time; a reply overtakes a notice that
    waits, so that an answer comes before the news it caused and is not held up by what may go only tomorrow.
    A letter whose lease ran out is taken again if it may come twice, else marked `unknown` (R5).
    """
    _settle_lost(connection, now)
    query = _ready(now, accounts, but).order_by(outbox.c.urgency, outbox.c.id).limit(limit)
    ids = list(connection.scalars(query.with_for_update(skip_locked=True)))
    if not ids:
        return []
    connection.execute(
        update(outbox)
        .where(outbox.c.id.in_(ids))
        .values(state="sending", lease_token=token, not_before=now + lease, attempts=outbox.c.attempts + 1)
    )
    return _letters(connection, ids)


def _ready(now: datetime, accounts: Collection[Account] | None, but: Collection[Account]) -> Select[int]:
    """Select the letters of these accounts whose time has come and before which none of their chat is to go."""
    other = outbox.alias("other")
    more_urgent = other.c.urgency < outbox.c.urgency
    written_before = and_(other.c.urgency == outbox.c.urgency, other.c.id < outbox.c.id)
    goes_first = or_(
        and_(other.c.state == "queued", or_(more_urgent, written_before)),
        and_(other.c.state == "sending", other.c.id != outbox.c.id),
    )
    # Their states once more: what was sent in the chat, years of it, is not looked at.
    of_chat = and_(other.c.chat_id == outbox.c.chat_id, other.c.state.in_(("queued", "sending")))
    blocked = exists().where(of_chat, goes_first)
    still_good = or_(outbox.c.stale_at.is_(None), outbox.c.stale_at > now, outbox.c.state == "sending")
    query = select(outbox.c.id).where(is_in("queued", "sending"), outbox.c.not_before <= now, still_good, ~blocked)
    if accounts is not None:
        query = query.where(_is_of(accounts, direct=True))
    return query.where(~_is_of(but)) if but else query


def _is_of(accounts: Collection[Account], *, direct: bool = False) -> ColumnElement[bool]:
    """Say whether a letter goes to a chat of one of these accounts; `direct`: or to our own page or terminal."""
    which = [and_(chat.c.channel == channel, chat.c.account == account) for channel, account in accounts]
    here = chat.c.channel.in_(DIRECT_CHANNELS if direct else ())
    return exists().where(chat.c.id == outbox.c.chat_id, or_(here, *which))


def _expired(now: datetime) -> Select[int]:
    is_late = (text("state = 'queued' AND expires_at IS NOT NULL"), outbox.c.expires_at <= now)
    return select(outbox.c.id).where(*is_late)


def _settle_lost(connection: Connection, now: datetime) -> None:
    """Expire what is too late, and stop what was being sent when its sender died and must not come twice."""
    connection.execute(update(outbox).where(outbox.c.id.in_(_expired(now))).values(state="expired"))
    sending = and_(is_in("queued", "sending"), outbox.c.state == "sending")
    lost = and_(sending, outbox.c.not_before <= now, outbox.c.urgency >= int(Urgency.REMINDER))
    connection.execute(update(outbox).where(lost).values(state="unknown", error="the sender stopped while sending"))


def _letters(connection: Connection, ids: list[int]) -> list[Letter]:
    query = (
        select(
            outbox.c.id, outbox.c.chat_id, chat.c.channel, chat.c.account, chat.c.external_chat, chat.c.language,
            outbox.c.urgency, outbox.c.body, outbox.c.attempts,
        )
        .join(chat, chat.c.id == outbox.c.chat_id)
        .where(outbox.c.id.in_(ids))
        .order_by(outbox.c.urgency, outbox.c.id)
    )  # fmt: skip
    return [_letter(row) for row in connection.execute(query)]


def _letter(row: Row[*tuple[Any, ...]]) -> Letter:
    return Letter(
        row.id, row.chat_id, row.channel, row.account, row.external_chat, row.language,
        Urgency(row.urgency), row.body, row.attempts,
    )  # fmt: skip


def finish(
    connection: Connection,
    letter: Letter,
    token: str,
    *,
    state: str,
    now: datetime,
    ref: str | None = None,
    error: str = "",
) -> bool:
    """Close a letter as `sent`, `unknown`, `refused` or `unreachable`; False when the lease was lost meanwhile."""
    held = and_(outbox.c.id == letter.id, outbox.c.lease_token == token, outbox.c.state == "sending")
    values = {"state": state, "sent_at": now if state == "sent" else None, "message_ref": ref, "error": error or None}
    return connection.execute(update(outbox).where(held).values(**values)).rowcount == 1


def hand_over(connection: Connection, account: Account, now: datetime) -> None:
    """Let go of what a former sender of an account was sending: he has lost the account's lease.

    The next `claim` takes what may come twice again, and marks the rest `unknown`.
    """
    sending = and_(is_in("queued", "sending"), outbox.c.state == "sending")
    under_way = and_(sending, outbox.c.not_before > now, _is_of([account]))
    connection.execute(update(outbox).where(under_way).values(not_before=now))


def put_back(connection: Connection, letter: Letter, token: str, until: datetime) -> None:
    """Put a letter back that was not even tried: it counts as no attempt."""
    held = and_(outbox.c.id == letter.id, outbox.c.lease_token == token, outbox.c.state == "sending")
    values = {"state": "queued", "not_before": until, "lease_token": None, "attempts": outbox.c.attempts - 1}
    connection.execute(update(outbox).where(held).values(**values))


def postpone(connection: Connection, letter: Letter, token: str, *, until: datetime, error: str) -> bool:
    """Put a letter back that was not sent, to be tried at `until`; its chat's later letters wait behind it.

    Returns False when the lease was lost meanwhile.
    """
    held = and_(outbox.c.id == letter.id, outbox.c.lease_token == token, outbox.c.state == "sending")
    values = {"state": "queued", "not_before": until, "error": error, "lease_token": None}
    return connection.execute(update(outbox).where(held).values(**values)).rowcount == 1


@dataclass(frozen=True, slots=True)
class Waiting:
    """A reply that waits to be sent; `stale_at` is set for a mere question."""

    id: int
    unique_key: str
    body: Mapping[str, Any]
    stale_at: datetime | None


def chats_with_stale(connection: Connection, now: datetime, limit: int = 200) -> list[int]:
    """Return the chats in which a question waited until it was stale."""
    is_stale = (text("state = 'queued' AND stale_at IS NOT NULL"), outbox.c.stale_at <= now)
    return list(connection.scalars(select(outbox.c.chat_id).where(*is_stale).distinct().limit(limit)))


def waiting_replies(connection: Connection, chat_id: int) -> list[Waiting]:
    """Return the replies that wait in a chat, in the order in which they are to go."""
    columns = (outbox.c.id, outbox.c.unique_key, outbox.c.body, outbox.c.stale_at)
    waits = (outbox.c.chat_id == chat_id, outbox.c.state == "queued", outbox.c.urgency == int(Urgency.REPLY))
    return [Waiting(*row) for row in connection.execute(select(*columns).where(*waits).order_by(outbox.c.id))]


def collapse(connection: Connection, chat_id: int) -> None:
    """Close the mere questions that wait in a chat: another one takes their place."""
    _COLLAPSE.run(connection, {"chat": chat_id})


_COLLAPSE = Prepared(
    update(outbox)
    .where(outbox.c.chat_id == bindparam("chat"), outbox.c.state == "queued", outbox.c.stale_at.is_not(None))
    .values(state="collapsed")
)


def keep_fresh(connection: Connection, chat_id: int, until: datetime | None) -> None:
    """Let the mere questions that wait in a chat be sent as they are until then; None: however late it is."""
    waits = (outbox.c.chat_id == chat_id, outbox.c.state == "queued", outbox.c.stale_at.is_not(None))
    connection.execute(update(outbox).where(*waits).values(stale_at=until))


def drop_queued(connection: Connection, chat_id: int, reason: str) -> None:
    """Close all that waits for a chat that cannot be reached any more."""
    waits = and_(outbox.c.chat_id == chat_id, outbox.c.state.in_(("queued", "held")))
    connection.execute(update(outbox).where(waits).values(state="unreachable", error=reason))


def count_by_state(connection: Connection) -> dict[str, int]:
    """Return how many letters are in each state."""
    rows = connection.execute(select(outbox.c.state, func.count().label("number")).group_by(outbox.c.state))
    return {row.state: row.number for row in rows}
