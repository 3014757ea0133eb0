"""Files fetched as soon as somebody attaches them, from channels that give them only for a while.

Zalo names an address with each file and does not say how long it holds. A conversation may last for days, so the file
is brought into our store beside it, and the petition takes it from there.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, select

from storage import schedule
from storage.files import StoredFile
from storage.tables.kept_files import kept_file as table
from storage.upsert import insert_for

FLEETING_CHANNELS = frozenset({"zalo"})
KEEP = "keep_file"
"""Kind of the due work that fetches a file before it is needed."""


def plan(connection: Connection, channel: str, account: str, ref: str, now: datetime) -> None:
    """Have a file fetched at once, whatever becomes of the conversation.

    Anew each time that it is sent: a petition may have taken what was fetched before.
    """
    payload, key = {"channel": channel, "account": account, "ref": ref}, f"{_digest(channel, ref)}:{now.isoformat()}"
    schedule.plan(connection, unique_key=f"keep:{key}", due_at=now, kind=KEEP, payload=payload)


def note(connection: Connection, channel: str, ref: str, kept: StoredFile, now: datetime) -> None:
    """Remember where a file is kept that its channel calls `ref`."""
    values = {"ref": kept.ref, "mime": kept.mime, "size": kept.size, "at": now}
    new = insert_for(connection, table).values(channel=channel, digest=_digest(channel, ref), **values)
    connection.execute(new.on_conflict_do_nothing())


def find(connection: Connection, channel: str, ref: str) -> StoredFile | None:
    """Return the kept file, None where it has not been fetched."""
    query = select(table.c.ref, table.c.mime, table.c.size)
    row = connection.execute(query.where(table.c.channel == channel, table.c.digest == _digest(channel, ref))).first()
    return StoredFile(*row) if row else None


def take(connection: Connection, channel: str, ref: str) -> StoredFile | None:
    """Hand a kept file over for good, for it belongs to one petition; None where there is none (any more)."""
    of_file = delete(table).where(table.c.channel == channel, table.c.digest == _digest(channel, ref))
    row = connection.execute(of_file.returning(table.c.ref, table.c.mime, table.c.size)).first()
    return StoredFile(*row) if row else None


def in_use(connection: Connection, refs: Collection[str]) -> set[str]:
    """Return those of some kept files that a conversation may still want."""
    return set(connection.scalars(select(table.c.ref).where(table.c.ref.in_(refs))))


def forget(connection: Connection, before: datetime) -> int:
    """Forget files fetched before a moment; the sweep removes those that no petition took. Return how many."""
    return connection.execute(delete(table).where(table.c.at < before)).rowcount


def _digest(channel: str, ref: str) -> str:
    return hashlib.sha256(f"{channel}\n{ref}".encode("utf-8", "replace")).hexdigest()
