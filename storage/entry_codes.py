"""Short codes on posters: made once for what a poster's link would carry, and never given to anything else."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, select

from offices import entry_codes
from storage import audit
from storage.tables.entry_codes import entry_code as table
from storage.upsert import insert_for


def of_start(connection: Connection, start: str) -> str | None:
    """Return the code that begins what `start` begins, None where none was made."""
    return connection.scalar(select(table.c.code).where(table.c.start == start))


def start_behind(connection: Connection, code: str) -> str | None:
    """Return what a code stands for, None for one that was never made."""
    return connection.scalar(select(table.c.start).where(table.c.code == code))


def make(connection: Connection, start: str, *, actor: str, now: datetime, random_bits: Callable[[int], int]) -> str:
    """Return the code of `start`, made now where there is none."""
    while (known := of_start(connection, start)) is None:
        values = {"code": entry_codes.draw(random_bits), "start": start, "created_at": now}
        new = insert_for(connection, table).values(values).on_conflict_do_nothing().returning(table.c.code)
        made = connection.scalar(new)  # another start's code, or another worker was quicker: then none
        if made is not None:
            details = {"start": start}
            audit.record(connection, at=now, actor=actor, action="entry_code.make", subject=made, details=details)
    return known
