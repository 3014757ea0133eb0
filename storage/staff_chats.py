"""Chats of officials: linked by a code that the web page shows and the chat sends, within ten minutes, once."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from offices.errors import DomainError
from offices.staff import Staff
from offices.words import clean
from storage import audit
from storage.staff import by_id
from storage.tables.people import chat
from storage.tables.staff import staff_chat, staff_link_code
from storage.upsert import insert_for

VALID_FOR = timedelta(minutes=10)
BITS = 128  # security C7
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no letter that is read as a digit
_SYMBOLS = -(-BITS // 5)
_GROUP = 5
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


@dataclass(frozen=True, slots=True)
class LinkedChat:
    """A chat that an official linked."""

    chat_id: int
    channel: str
    linked_at: datetime


def make_link_code(connection: Connection, staff_id: int, now: datetime) -> str:
    """Make the code that links the next chat; an earlier one no longer works.

    Return it as people read it, in groups: "7QH2M-…". In a deep link it stands without dashes.
    Raises DomainError: `staff_unknown`, `staff_stopped`.
    """
    if not by_id(connection, staff_id).active:
        raise DomainError("staff_stopped", staff=staff_id)
    number = secrets.randbits(BITS)
    symbols = "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_SYMBOLS)))
    values = {"code_hash": _hash(symbols), "expires_at": now + VALID_FOR}
    statement = insert_for(connection, staff_link_code).values(staff_id=staff_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["staff_id"], set_=values))
    _record(connection, staff_id, "staff_chat.code", now, f"staff:{staff_id}")
    return "-".join(symbols[at : at + _GROUP] for at in range(0, _SYMBOLS, _GROUP))


def redeem_link_code(connection: Connection, code: str, chat_id: int, now: datetime) -> Staff:
    """Link the chat in which a code was sent; small letters, spaces and dashes do not matter.

    Raises DomainError: `link_code_wrong` for a code that was never made, was used or was replaced,
    `link_code_expired`, `chat_linked` when the chat already serves another official.
    """
    row = connection.execute(select(staff_link_code).where(staff_link_code.c.code_hash == _hash(_read(code)))).first()
    if row is None:
        raise DomainError("link_code_wrong")
    if now >= row.expires_at:
        raise DomainError("link_code_expired", minutes=int(VALID_FOR.total_seconds() // 60))
    # Whoever deletes the row has the code: of two that send it at once, one finds nothing to delete.
    used = delete(staff_link_code).where(staff_link_code.c.code_hash == row.code_hash)
    if connection.execute(used).rowcount != 1:
        raise DomainError("link_code_wrong")
    serves = of_chat(connection, chat_id)
    if serves is not None and serves.id != row.staff_id:
        raise DomainError("chat_linked")
    connection.execute(delete(staff_chat).where(staff_chat.c.chat_id == chat_id))
    connection.execute(insert(staff_chat).values(chat_id=chat_id, staff_id=row.staff_id, linked_at=now))
    _record(connection, row.staff_id, "staff_chat.link", now, f"staff:{row.staff_id}", chat_id)
    return by_id(connection, row.staff_id)


def of_chat(connection: Connection, chat_id: int) -> Staff | None:
    """Return the active official whom a chat serves, None for everybody else."""
    staff_id = connection.scalar(select(staff_chat.c.staff_id).where(staff_chat.c.chat_id == chat_id))
    official = by_id(connection, staff_id) if staff_id is not None else None
    return official if official is not None and official.active else None


def linked_chats(connection: Connection, staff_id: int) -> list[LinkedChat]:
    """Return the chats that an official linked, latest first, for the page on which they are confirmed or ended."""
    query = select(staff_chat.c.chat_id, chat.c.channel, staff_chat.c.linked_at).join(
        chat, chat.c.id == staff_chat.c.chat_id
    )
    query = query.where(staff_chat.c.staff_id == staff_id).order_by(staff_chat.c.linked_at.desc())
    return [LinkedChat(*row) for row in connection.execute(query)]


def unlink(connection: Connection, staff_id: int, chat_id: int, *, now: datetime, actor: str) -> None:
    """End the link of an official's chat at once; pending codes end too.

    Raises DomainError `chat_not_linked` when it is no chat of this official.
    """
    link = delete(staff_chat).where(staff_chat.c.chat_id == chat_id, staff_chat.c.staff_id == staff_id)
    if connection.execute(link).rowcount != 1:
        raise DomainError("chat_not_linked", chat=chat_id)
    connection.execute(delete(staff_link_code).where(staff_link_code.c.staff_id == staff_id))
    _record(connection, staff_id, "staff_chat.unlink", now, actor, chat_id)


def _read(typed: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", clean(typed).upper()).translate(_READ_AS)


def _hash(symbols: str) -> str:
    # 128 random bits cannot be guessed from their hash: a plain one is enough, a slow one would help nobody.
    return hashlib.sha256(symbols.encode()).hexdigest()


def _record(
    connection: Connection, staff_id: int, action: str, now: datetime, actor: str, chat_id: int | None = None
) -> None:
    details = {} if chat_id is None else {"chat": chat_id}
    audit.record(connection, at=now, actor=actor, action=action, subject=f"staff:{staff_id}", details=details)
