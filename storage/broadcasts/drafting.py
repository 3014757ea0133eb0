"""Writing a broadcast: what may be sent at all."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from offices.errors import DomainError
from offices.staff import Staff
from offices.words import clean
from storage.broadcasts.records import Audience, Draft, State, record
from storage.tables.broadcasts import broadcast
from storage.tables.offices import unit

LONGEST_TEXT = 2000


def write(connection: Connection, draft: Draft, official: Staff, now: datetime) -> int:
    """Keep a draft; return its number.

    Raises DomainError: `broadcast_text_missing`, `broadcast_text_too_long` (length, most), `unit_unknown`,
    `broadcast_unit_missing`.
    """
    draft = _checked(connection, draft)
    values = {
        "text_vi": draft.text_vi, "text_en": draft.text_en, "audience": draft.audience.value, "unit": draft.unit,
        "night_reason": draft.night_reason, "state": State.DRAFTED.value, "written_by": official.id,
        "written_at": now, "planned": 0, "queued": 0, "cursor": 0, "last_chat": 0,
    }  # fmt: skip
    number: int = connection.execute(insert(broadcast).values(**values).returning(broadcast.c.id)).scalar_one()
    record(connection, number, "write", f"staff:{official.id}", now)
    return number


def _checked(connection: Connection, draft: Draft) -> Draft:
    texts = clean(draft.text_vi), clean(draft.text_en)
    if not all(texts):
        raise DomainError("broadcast_text_missing")
    longest = max(len(text) for text in texts)
    if longest > LONGEST_TEXT:
        raise DomainError("broadcast_text_too_long", length=longest, most=LONGEST_TEXT)
    of_unit = None if draft.audience is Audience.ALL else (draft.unit or "")
    if of_unit == "":
        raise DomainError("broadcast_unit_missing")
    if of_unit is not None and connection.scalar(select(unit.c.code).where(unit.c.code == of_unit)) is None:
        raise DomainError("unit_unknown", unit=of_unit)
    return Draft(*texts, draft.audience, of_unit, clean(draft.night_reason or "") or None)
