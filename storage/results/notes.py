"""What a unit will change after a closed period, in the words of its leader: written before it is told, on record."""

from datetime import datetime

from sqlalchemy import Connection, select

from offices.errors import DomainError
from offices.words import clean
from storage import audit
from storage.closed_periods.records import ClosedPeriod
from storage.tables.results import result_note, unit_result
from storage.upsert import insert_for

LONGEST = 500


def write_note(
    connection: Connection, closed: ClosedPeriod, unit: str, text: str, *, staff: int, now: datetime
) -> None:
    """Keep what a unit will change; written again it takes the place of what was there, empty it is taken away.

    Raises DomainError: result_note_long; result_told, when somebody has been told already.
    """
    words = clean(text)
    if len(words) > LONGEST:
        raise DomainError("result_note_long", length=len(words), longest=LONGEST)
    if is_told(connection, closed, unit):
        raise DomainError("result_told")
    key = {"plan": closed.plan, "report": closed.report, "year": closed.year, "unit": unit}
    values = {"text": words, "written_by": staff, "written_at": now}
    adding = insert_for(connection, result_note).values(**key, **values)
    connection.execute(adding.on_conflict_do_update(index_elements=list(key), set_=values))
    audit.record(
        connection, at=now, actor=f"staff:{staff}", action="result.note", subject=closed.subject,
        details={"unit": unit, "text": words},
    )  # fmt: skip


def note_of(connection: Connection, closed: ClosedPeriod, unit: str) -> str:
    """Return what a unit will change; empty where nobody wrote it."""
    c = result_note.c
    own = c.plan == closed.plan, c.report == closed.report, c.year == closed.year, c.unit == unit
    return connection.scalar(select(c.text).where(*own)) or ""


def is_told(connection: Connection, closed: ClosedPeriod, unit: str) -> bool:
    """Say whether what the unit reached has been put into words for somebody."""
    c = unit_result.c
    own = c.plan == closed.plan, c.report == closed.report, c.year == closed.year, c.unit == unit
    return connection.scalar(select(c.unit).where(*own)) is not None
