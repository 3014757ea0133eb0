"""Letters of the outbox under way: taken under a lease, sent, and closed or put back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, or_, select, text, update

from storage.outbox import Urgency
from storage.tables.delivery import is_in, outbox
from storage.tables.people import chat
from storage.web_messages import DIRECT_CHANNELS

Account = tuple[str, str]
"""A channel, and the bot or official account of it."""


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
    query = select(outbox.c.id).where(is_in("queued", "sending"), outbox.c.not_before <= now, still_good)
    if accounts is not None:
        query = query.where(_is_of(accounts, direct=True))
    if but:
        query = query.where(~_is_of(but))
    # Looked at last, as it is the dearest: of a backlog for an account that is away no letter comes so far.
    return query.where(~blocked)


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


def let_go(connection: Connection, tokens: Collection[str], now: datetime) -> None:
    """Put all letters back that were taken under these tokens: none of them was begun, so it counts as no attempt.

    Letters that another sender has taken meanwhile are under another token, and stay with him.
    """
    if not tokens:
        return
    taken = (is_in("queued", "sending"), outbox.c.state == "sending", outbox.c.lease_token.in_(tokens))
    values = {"state": "queued", "not_before": now, "lease_token": None, "attempts": outbox.c.attempts - 1}
    connection.execute(update(outbox).where(*taken).values(**values))
