"""What was tried in Zalo beside the free messages of an open window: written before it is sent, for it may cost.

A letter about which Zalo gave no answer counts as paid. So the month's spending is never more than what is told here.
How an attempt ended and what becomes of its letter are two transactions: whoever takes the letter again, because its
sender was killed between them or lost his lease, finds the attempt here and does not pay a second time.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update

from offices.worktime import LOCAL
from storage.tables.delivery import outbox
from storage.tables.zalo import zalo_attempt as table
from storage.tables.zalo import zalo_template
from storage.upsert import insert_for
from storage.zalo_templates import RATING

PAID = ("begun", "sent", "unknown")
_LOCK = 4_711_002
"""PostgreSQL advisory lock: two letters must not both spend the last money of a month."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An attempt of the same letter that counts as paid: it was sent, as this message, or perhaps."""

    is_sent: bool
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Spending:
    """What the month has cost so far, in VND, and how many attempts ended how: (way, outcome) -> number."""

    total: int
    attempts: Counter[tuple[str, str]]


def begin(
    connection: Connection,
    *,
    chat_id: int,
    letter: int | None,
    way: str,
    price: int,
    cap: int,
    now: datetime,
    template_id: str | None = None,
) -> int | Earlier | None:
    """Write down that a message is about to be sent; return the attempt's number.

    Nothing is written where the letter counts as paid for already, which is returned, nor where the month would cost
    more than `cap` by it: None. What others began meanwhile counts for both.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    if letter is not None and (found := earlier(connection, letter)) is not None:
        return found
    if spent(connection, now) + price > cap:
        return None
    values = {
        "at": now, "chat_id": chat_id, "letter_id": letter, "way": way, "template_id": template_id, "price": price,
        "outcome": "begun",
    }  # fmt: skip
    number: int = connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one()
    return number


def note_paid(connection: Connection, *, chat_id: int, price: int, now: datetime, message_id: str | None) -> None:
    """Write down, once, that a message cost money which was sent as a free one; the letter is not known here."""
    values = {
        "at": now,
        "chat_id": chat_id,
        "way": "billed",
        "price": price,
        "outcome": "sent",
        "message_id": message_id,
    }
    connection.execute(insert_for(connection, table).values(**values).on_conflict_do_nothing())


def end(connection: Connection, number: int, outcome: str, message_id: str | None = None, error: str = "") -> None:
    """Write down how it ended: `sent`, `unknown` or `refused`, which costs nothing."""
    values = {"outcome": outcome, "message_id": message_id, "error": error or None}
    free = {"price": 0} if outcome == "refused" else {}
    connection.execute(update(table).where(table.c.id == number).values(**values, **free))


def earlier(connection: Connection, letter: int) -> Earlier | None:
    """Return the attempt of a letter that was sent, or perhaps was: it is not paid for twice; None without one."""
    paid = select(table.c.outcome, table.c.message_id).where(table.c.letter_id == letter, table.c.outcome.in_(PAID))
    found = {row.outcome: row.message_id for row in connection.execute(paid)}
    return Earlier("sent" in found, found.get("sent")) if found else None


def spent(connection: Connection, now: datetime) -> int:
    """Return what the month of Vietnam has cost so far, in VND."""
    paid = (table.c.at >= month_begins(now), table.c.outcome.in_(PAID))
    return int(connection.scalar(select(func.coalesce(func.sum(table.c.price), 0)).where(*paid)) or 0)


def spending(connection: Connection, now: datetime) -> Spending:
    """Return what the month has cost and how its attempts ended."""
    columns = (table.c.way, table.c.outcome, func.count().label("number"))
    of_month = select(*columns).where(table.c.at >= month_begins(now)).group_by(table.c.way, table.c.outcome)
    rows = connection.execute(of_month)
    return Spending(spent(connection, now), Counter({(row.way, row.outcome): row.number for row in rows}))


@dataclass(frozen=True, slots=True)
class Asked:
    """A letter that asked for a rating: the chat that it went to, and what it said."""

    chat_id: int
    body: Mapping[str, Any]


def asked_by(connection: Connection, since: datetime) -> list[str]:
    """Return the templates by which ratings were asked for since, whichever is chosen for that now."""
    sent = (table.c.at >= since, table.c.template_id == zalo_template.c.id, table.c.outcome.in_(PAID))
    asks = select(zalo_template.c.id).where(zalo_template.c.kind == RATING, select(table.c.id).where(*sent).exists())
    return list(connection.scalars(asks.order_by(zalo_template.c.id)))


def take_rating(connection: Connection, message_id: str, now: datetime) -> Asked | None:
    """Return what a rated message of Zalo's had asked, once; None for a message that is not ours or is rated."""
    not_yet = (table.c.message_id == message_id, table.c.rated_at.is_(None), table.c.letter_id.is_not(None))
    taken = connection.execute(update(table).where(*not_yet).values(rated_at=now).returning(table.c.letter_id)).first()
    if taken is None:
        return None
    row = connection.execute(select(outbox.c.chat_id, outbox.c.body).where(outbox.c.id == taken.letter_id)).one()
    return Asked(row.chat_id, row.body)


def month_begins(now: datetime) -> datetime:
    """Return when the month of Vietnam began."""
    local = now.astimezone(LOCAL)
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
