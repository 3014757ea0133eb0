"""Letters of the outbox under way: taken under a lease, sent, and closed or put back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    literal,
    or_,
    select,
    text,
    update,
)  # fmt: skip

from storage.outbox import Urgency
from storage.tables.base import Utc
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
    return connection.scalar(_any_work(_key(accounts), _key(but)), {"now": now}) is not None


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
    connection.execute(_EXPIRE, {"now": now})
    connection.execute(_STOP_LOST, {"now": now})
    ids = list(connection.scalars(_takeable(_key(accounts), _key(but)), {"now": now, "most": limit}))
    if not ids:
        return []
    connection.execute(_TAKE, {"ids": ids, "token": token, "until": now + lease})
    return [_letter(row) for row in connection.execute(_LETTERS, {"ids": ids})]


_Key = tuple[Account, ...] | None
# Building these takes longer than running them, and a sender asks after every commit: each is built once.
_NOW = bindparam("now", type_=Utc)
_KEPT = 64
"""Statements kept: a handful of accounts, and those of them that are in trouble."""


def _key(accounts: Collection[Account] | None) -> _Key:
    return None if accounts is None else tuple(sorted(accounts))


@lru_cache(_KEPT)
def _any_work(accounts: _Key, but: _Key) -> Select[int]:
    """Select one letter that may go or is too late."""
    return select(literal(1)).where(or_(_ready(accounts, but).exists(), _EXPIRED.exists()))


@lru_cache(_KEPT)
def _takeable(accounts: _Key, but: _Key) -> Select[int]:
    """Select at most `most` letters that may go, and lock them."""
    first = _ready(accounts, but).order_by(outbox.c.urgency, outbox.c.id).limit(bindparam("most", type_=Integer))
    return first.with_for_update(skip_locked=True)


def _ready(accounts: _Key, but: _Key) -> Select[int]:
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
    still_good = or_(outbox.c.stale_at.is_(None), outbox.c.stale_at > _NOW, outbox.c.state == "sending")
    query = select(outbox.c.id).where(is_in("queued", "sending"), outbox.c.not_before <= _NOW, still_good)
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


_EXPIRED = select(outbox.c.id).where(text("state = 'queued' AND expires_at IS NOT NULL"), outbox.c.expires_at <= _NOW)
_EXPIRE = update(outbox).where(outbox.c.id.in_(_EXPIRED)).values(state="expired")
# What was being sent when its sender died and must not come twice.
_STOP_LOST = (
    update(outbox)
    .where(
        is_in("queued", "sending"),
        outbox.c.state == "sending",
        outbox.c.not_before <= _NOW,
        outbox.c.urgency >= int(Urgency.REMINDER),
    )
    .values(state="unknown", error="the sender stopped while sending")
)
_TAKE = (
    update(outbox)
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)))
    .values(
        state="sending",
        lease_token=bindparam("token"),
        not_before=bindparam("until", type_=Utc),
        attempts=outbox.c.attempts + 1,
    )
)
_LETTERS = (
    select(
        outbox.c.id, outbox.c.chat_id, chat.c.channel, chat.c.account, chat.c.external_chat, chat.c.language,
        outbox.c.urgency, outbox.c.body, outbox.c.attempts,
    )
    .join(chat, chat.c.id == outbox.c.chat_id)
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(outbox.c.urgency, outbox.c.id)
)  # fmt: skip


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
    values = {
        "letter": letter.id, "token": token, "now_state": state, "at": now if state == "sent" else None, "ref": ref,
        "told": error or None,
    }  # fmt: skip
    return connection.execute(_FINISH, values).rowcount == 1


_HELD = and_(
    outbox.c.id == bindparam("letter"), outbox.c.lease_token == bindparam("token"), outbox.c.state == "sending"
)
_FINISH = (
    update(outbox)
    .where(_HELD)
    .values(
        state=bindparam("now_state"), sent_at=bindparam("at"), message_ref=bindparam("ref"), error=bindparam("told")
    )
)


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
