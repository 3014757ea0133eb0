"""How each channel is doing, as it was found last: one row each, written by whichever process looked."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, not_, or_, select, update

from storage.tables.channels import channel_state as table
from storage.upsert import insert_for

SYSTEM = "system"
"""Stands for the channel in the rows that tell of our own outbox, dead letters, watch, file; `account` says which."""
OUTBOX = (SYSTEM, "outbox")
DEAD_LETTERS = (SYSTEM, "dead_letters")
WATCH = (SYSTEM, "watch")
FILE = (SYSTEM, "file")
WEBHOOK = "webhook"
"""Stands for the account in the row of a channel's webhook, which is that of whichever account there is."""


@dataclass(frozen=True, slots=True)
class ChannelState:
    """What was found.

    problem     a key under `channels.problems`, None when all is well
    reason      what the channel said, for the administrator; no personal data
    since       when the problem began
    waiting     what waits: updates at the channel, messages in the outbox, dead letters
    checked_at  when somebody looked last
    """

    channel: str
    account: str
    problem: str | None
    reason: str | None
    since: datetime | None
    waiting: int
    checked_at: datetime


_COLUMNS = (
    table.c.channel, table.c.account, table.c.problem, table.c.reason, table.c.since, table.c.waiting,
    table.c.checked_at,
)  # fmt: skip


def every(connection: Connection) -> list[ChannelState]:
    """Return all states: a handful, in a lasting order."""
    return [ChannelState(*row) for row in connection.execute(select(*_COLUMNS).order_by(*_COLUMNS[:2]))]


def find(connection: Connection, channel: str, account: str) -> ChannelState | None:
    """Return one state, None when nobody has looked yet."""
    query = select(*_COLUMNS).where(table.c.channel == channel, table.c.account == account)
    row = connection.execute(query).first()
    return ChannelState(*row) if row else None


def forget_others(connection: Connection, channel: str, account: str) -> None:
    """Forget what was found of other accounts of a channel; an empty `account` is none, so all of them.

    An account that is no more in the settings is looked at by nobody: its last problem would be told of for ever.
    """
    others = table.c.channel == channel
    if account:
        own = or_(table.c.account == account, table.c.account.startswith(f"{account}:", autoescape=True))
        others = and_(others, not_(or_(own, table.c.account == WEBHOOK)))
    connection.execute(delete(table).where(others))


def forget(connection: Connection, channel: str, account: str) -> None:
    """Forget what was found, so that it is looked at anew."""
    connection.execute(delete(table).where(table.c.channel == channel, table.c.account == account))


def is_due(state: ChannelState | None, now: datetime, pause: timedelta) -> bool:
    """Say whether it is time to look again; a look that lies in the future is by a clock that was set back since."""
    return state is None or not now - pause < state.checked_at < now + pause


def take_turn(connection: Connection, channel: str, account: str, now: datetime, pause: timedelta) -> bool:
    """Note that this process looks now; False when another one did less than `pause` ago."""
    values = {"channel": channel, "account": account, "waiting": 0, "checked_at": now}
    made = insert_for(connection, table).values(values).on_conflict_do_nothing().returning(table.c.channel)
    if connection.execute(made).first() is not None:
        return True
    is_old = or_(table.c.checked_at <= now - pause, table.c.checked_at >= now + pause)
    statement = update(table).where(table.c.channel == channel, table.c.account == account, is_old)
    return connection.execute(statement.values(checked_at=now)).rowcount == 1


def put(
    connection: Connection,
    place: tuple[str, str],
    *,
    problem: str | None,
    now: datetime,
    reason: str | None = None,
    waiting: int = 0,
    since: datetime | None = None,
) -> ChannelState | None:
    """Keep what was found now; return the state before. A problem that lasts keeps its beginning.

    since  when a new problem began, if that is known; else now
    """
    before = find(connection, *place)
    lasting = before.since if before and before.problem == problem else None
    begun = (since or lasting or now) if problem else None
    values = {"problem": problem, "reason": reason, "since": begun, "waiting": waiting, "checked_at": now}
    new = insert_for(connection, table).values(channel=place[0], account=place[1], **values)
    connection.execute(new.on_conflict_do_update(index_elements=["channel", "account"], set_=values))
    return before
