"""Letters of the outbox taken to be sent: under a lease, most urgent first, of the accounts that can be used now.

Each account is looked at for itself, by an index, so what waits for one that is away costs nothing, however much it is.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    update,
)  # fmt: skip

from storage.outbox import Urgency
from storage.prepared import Prepared
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

    @property
    def has_upload(self) -> bool:
        """Whether a file goes up with it; to our own page none has to."""
        return "file" in self.body and self.channel not in DIRECT_CHANNELS


@dataclass(frozen=True, slots=True)
class Uploads:
    """How letters are taken that are uploads.

    lease  theirs is longer
    most   of them at once; those that stay keep no letters of other chats back
    """

    lease: timedelta
    most: int


def has_work(
    connection: Connection,
    now: datetime,
    accounts: Collection[Account] | None = None,
    but: Collection[Account] = (),
    *,
    with_uploads: bool = True,
) -> bool:
    """Say whether `claim` would do anything: asked by reading, so that an idle sender writes nothing."""
    lines = _lines(connection, accounts, but)
    values = {f"{name}_{place}": each[name] for place, each in enumerate(lines) for name in each}
    kinds = tuple("account" in each for each in lines)
    return connection.scalar(_any_work(kinds, with_uploads), {"now": now, **values}) is not None


def claim(
    connection: Connection,
    *,
    now: datetime,
    lease: timedelta,
    token: str,
    limit: int,
    accounts: Collection[Account] | None = None,
    but: Collection[Account] = (),
    uploads: Uploads | None = None,
) -> list[Letter]:
    """Take the letters that may go now, under a lease that `token` names; most urgent first.

    uploads   None: as all others
    accounts  take only letters of these, and of our own page and terminal; None: of all
    but       and none of these

    A chat's letters of one urgency go in the order they were written, one at a time; a reply overtakes a notice that
    waits, so that an answer comes before the news it caused and is not held up by what may go only tomorrow.
    A letter whose lease ran out is taken again if it may come twice, else marked `unknown` (R5).
    """
    _WAKE.run(connection, {"now": now})
    _EXPIRE.run(connection, {"now": now})
    _STOP_LOST.run(connection, {"now": now})
    found: list[Any] = []
    for line in _lines(connection, accounts, but):
        of_account = _OF_ACCOUNT if uploads is None or uploads.most else _TEXTS_OF_ACCOUNT
        statement = of_account if "account" in line else _OF_CHANNEL
        found += statement.all(connection, {**line, "now": now, "most": limit})
    first = [_letter(row) for row in sorted(found, key=lambda row: (row.urgency, row.id))]
    taken = (_with_few_uploads(first, uploads.most) if uploads else first)[:limit]
    for has_upload, length in ((False, lease), (True, uploads.lease if uploads else lease)):
        ids = [letter.id for letter in taken if letter.has_upload is has_upload]
        if ids:
            connection.execute(_TAKE, {"ids": ids, "token": token, "until": now + length})
    return taken


def _with_few_uploads(letters: Sequence[Letter], most: int) -> list[Letter]:
    """Leave out the uploads behind the first `most`."""
    allowed = {letter.id for letter in [each for each in letters if each.has_upload][:most]}
    return [letter for letter in letters if not letter.has_upload or letter.id in allowed]


def more_urgent(
    connection: Connection,
    now: datetime,
    most: int,
    accounts: Collection[Account] | None = None,
    but: Collection[Account] = (),
) -> int:
    """Count what `claim` could take now that goes before any broadcast; `most` at most."""
    found = 0
    for line in _lines(connection, accounts, but):
        statement = _URGENT_OF_ACCOUNT if "account" in line else _URGENT_OF_CHANNEL
        found += statement.first(connection, {**line, "now": now, "most": most}).number
    return min(found, most)


def hand_over(connection: Connection, account: Account, now: datetime) -> None:
    """Let go of what a former sender of an account was sending: he has lost the account's lease.

    The next `claim` takes what may come twice again, and marks the rest `unknown`.
    """
    channel, name = account
    of_account = and_(outbox.c.channel == channel, outbox.c.account == name)
    under_way = and_(_SENDING, outbox.c.not_before > now, of_account)
    connection.execute(update(outbox).where(under_way).values(not_before=now))


def let_go(connection: Connection, tokens: Collection[str], now: datetime) -> None:
    """Put all letters back that were taken under these tokens: none of them was begun, so it counts as no attempt.

    Letters that another sender has taken meanwhile are under another token, and stay with him.
    """
    if not tokens:
        return
    fewer = case((outbox.c.attempts > 0, outbox.c.attempts - 1), else_=0)
    values = {"state": "queued", "not_before": now, "lease_token": None, "attempts": fewer}
    connection.execute(update(outbox).where(_SENDING, outbox.c.lease_token.in_(tokens)).values(**values))


_Line = Mapping[str, str]
"""Where letters stand in one order: `channel` and `account`; only the channel for our own page and terminal."""


def _lines(connection: Connection, accounts: Collection[Account] | None, but: Collection[Account]) -> Sequence[_Line]:
    if accounts is None:
        accounts = [(row.channel, row.account) for row in _OPEN_ACCOUNTS.all(connection, {})]
    named = sorted(each for each in set(accounts) - set(but) if each[0] not in DIRECT_CHANNELS)
    direct = [{"channel": channel} for channel in sorted(DIRECT_CHANNELS)]
    return [*direct, *({"channel": channel, "account": account} for channel, account in named)]


# Building these takes longer than running them, and a sender asks after every commit: each is built once.
_NOW = bindparam("now", type_=Utc)
_SENDING = text("outbox.state = 'sending'")


@cache
def _any_work(kinds: tuple[bool, ...], with_uploads: bool) -> Select[int]:  # noqa: FBT001 - a key of the cache
    """Select a letter that may go, is too late, or whose hour has come; `kinds`: whether a line names its account."""
    ready = [
        _ready(f"_{place}", of_account=named, with_uploads=with_uploads or not named).exists()
        for place, named in enumerate(kinds)
    ]
    return select(literal(1)).where(or_(_EXPIRED.exists(), _AWAKE.exists(), *ready))


def _ready(suffix: str = "", *, of_account: bool, with_uploads: bool = True) -> Select[int]:
    """Select the letters of a line whose time has come and before which none of their chat is to go."""
    other = outbox.alias("other")
    more_urgent = other.c.urgency < outbox.c.urgency
    written_before = and_(other.c.urgency == outbox.c.urgency, other.c.id < outbox.c.id)
    goes_first = or_(
        and_(other.c.state == "queued", or_(more_urgent, written_before)),
        and_(other.c.state == "sending", other.c.id != outbox.c.id),
    )
    # Their states once more: what was sent in the chat, years of it, is not looked at.
    of_chat = and_(other.c.chat_id == outbox.c.chat_id, is_in("queued", "sending", of=other))
    blocked = exists().where(of_chat, goes_first)
    still_good = or_(outbox.c.stale_at.is_(None), outbox.c.stale_at > _NOW, outbox.c.state == "sending")
    query = select(outbox.c.id).where(is_in("queued", "sending"), *_of_line(suffix, of_account=of_account))
    if not with_uploads:
        query = query.where(outbox.c.body["file"].as_string().is_(None))
    # Looked at last, as it is the dearest.
    return query.where(outbox.c.not_before <= _NOW, still_good, ~blocked)


def _of_line(suffix: str = "", *, of_account: bool) -> list[Any]:
    named = ["channel", "account"] if of_account else ["channel"]
    return [outbox.c[name] == bindparam(f"{name}{suffix}") for name in named]


def _takeable(*, of_account: bool, with_uploads: bool = True) -> Prepared:
    """Select at most `most` letters of a line that may go, and lock them."""
    columns = (
        outbox.c.chat_id, outbox.c.channel, outbox.c.account, chat.c.external_chat, chat.c.language, outbox.c.urgency,
        outbox.c.body, outbox.c.attempts,
    )  # fmt: skip
    query = (
        _ready(of_account=of_account, with_uploads=with_uploads)
        .add_columns(*columns)
        .join(chat, chat.c.id == outbox.c.chat_id)
    )
    first = query.order_by(outbox.c.urgency, outbox.c.id).limit(bindparam("most", type_=Integer))
    return Prepared(first, first.with_for_update(skip_locked=True, of=outbox))


def _urgent(*, of_account: bool) -> Prepared:
    """Count at most `most` letters of a line."""
    waits = (is_in("queued", "sending"), outbox.c.state == "queued", outbox.c.not_before <= _NOW)
    goes_before = outbox.c.urgency < int(Urgency.BROADCAST)
    some = select(outbox.c.id).where(*_of_line(of_account=of_account), *waits, goes_before)
    limited = some.limit(bindparam("most", type_=Integer)).subquery()
    return Prepared(select(func.count().label("number")).select_from(limited))


_OF_ACCOUNT, _OF_CHANNEL = _takeable(of_account=True), _takeable(of_account=False)
_TEXTS_OF_ACCOUNT = _takeable(of_account=True, with_uploads=False)
_URGENT_OF_ACCOUNT, _URGENT_OF_CHANNEL = _urgent(of_account=True), _urgent(of_account=False)
_OPEN_ACCOUNTS = Prepared(select(outbox.c.channel, outbox.c.account).where(is_in("queued", "sending")).distinct())
_EXPIRED = select(outbox.c.id).where(text("state = 'queued' AND expires_at IS NOT NULL"), outbox.c.expires_at <= _NOW)
_AWAKE = select(outbox.c.id).where(text("state = 'held' AND broadcast_id IS NULL"), outbox.c.not_before <= _NOW)
_WAKE = Prepared(update(outbox).where(outbox.c.id.in_(_AWAKE)).values(state="queued"))
_EXPIRE = Prepared(update(outbox).where(outbox.c.id.in_(_EXPIRED)).values(state="expired"))
# What was being sent when its sender died and must not come twice.
_STOP_LOST = Prepared(
    update(outbox)
    .where(_SENDING, outbox.c.not_before <= _NOW, outbox.c.urgency >= int(Urgency.REMINDER))
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


def _letter(row: Any) -> Letter:
    """Return a letter as it is once it was taken: this is one more attempt."""
    return Letter(
        row.id, row.chat_id, row.channel, row.account, row.external_chat, row.language,
        Urgency(row.urgency), row.body, row.attempts + 1,
    )  # fmt: skip
