"""Writing a broadcast and changing it, as long as it is its writer's alone."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from offices.errors import DomainError
from offices.staff import Staff
from offices.words import clean
from storage.broadcasts.records import Audience, Draft, State, by_id, record
from storage.tables.broadcasts import broadcast
from storage.tables.offices import unit

LONGEST_TEXT = 2000
"""UTF-16 units, as channels count: with the name of the authority above it, it fits into one message of each."""


def write(connection: Connection, draft: Draft, official: Staff, now: datetime) -> int:
    """Keep a new draft; return its number.

    Raises DomainError: `broadcast_text_missing`, `broadcast_text_too_long` (length, most), `unit_unknown`,
    `broadcast_unit_missing`.
    """
    values = {
        **_columns(check(connection, draft)), "state": State.DRAFTED.value, "written_by": official.id,
        "written_at": now, "revision": 1, "planned": 0, "queued": 0, "cursor": 0, "last_chat": 0,
    }  # fmt: skip
    number: int = connection.execute(insert(broadcast).values(**values).returning(broadcast.c.id)).scalar_one()
    record(connection, number, "write", f"staff:{official.id}", now)
    return number


def change(connection: Connection, number: int, draft: Draft, official: Staff, revision: int, now: datetime) -> None:
    """Put other words or another audience into a draft.

    revision  the one that was changed: what somebody else, or the same person in another window, wrote is not lost

    Raises DomainError: what `write` raises, `broadcast_not_found`, `broadcast_not_yours`, `broadcast_changed`,
    `broadcast_moved_on` once it was submitted.
    """
    before = by_id(connection, number)
    if before.written_by != official.id:
        raise DomainError("broadcast_not_yours")
    values = {**_columns(check(connection, draft)), "written_at": now, "revision": revision + 1}
    same = (broadcast.c.id == number, broadcast.c.state == State.DRAFTED.value, broadcast.c.revision == revision)
    if connection.execute(update(broadcast).where(*same).values(**values)).rowcount != 1:
        raise DomainError("broadcast_changed" if before.state is State.DRAFTED else "broadcast_moved_on")
    record(connection, number, "change", f"staff:{official.id}", now)


def check(connection: Connection, draft: Draft) -> Draft:
    """Return a draft with its texts cleaned. Raises DomainError as `write` does."""
    texts = clean(draft.text_vi), clean(draft.text_en)
    if not all(texts):
        raise DomainError("broadcast_text_missing")
    longest = max(len(text.encode("utf-16-le")) // 2 for text in texts)
    if longest > LONGEST_TEXT:
        raise DomainError("broadcast_text_too_long", length=longest, most=LONGEST_TEXT)
    of_unit = None if draft.audience is Audience.ALL else (draft.unit or "")
    if of_unit == "":
        raise DomainError("broadcast_unit_missing")
    if of_unit is not None and connection.scalar(select(unit.c.code).where(unit.c.code == of_unit)) is None:
        raise DomainError("unit_unknown", unit=of_unit)
    return Draft(*texts, draft.audience, of_unit, clean(draft.night_reason or "") or None)


def _columns(draft: Draft) -> dict[str, Any]:
    return {
        "text_vi": draft.text_vi, "text_en": draft.text_en, "audience": draft.audience.value, "unit": draft.unit,
        "night_reason": draft.night_reason,
    }  # fmt: skip
