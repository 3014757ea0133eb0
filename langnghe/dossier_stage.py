"""The rows of a list between reading and taking over: on the disk, in the order of their codes, each code once.

Nothing reaches the database before the whole list was read and found right, and a million rows fit in no memory that
a small machine could spare.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from typing import Any

from offices.dossiers import Dossier, DossierError, DossierState
from offices.units import Tier
from storage.dossier_import import Entry

_TABLE = """
    CREATE TABLE staged (
        code TEXT PRIMARY KEY, procedure TEXT, unit TEXT, field TEXT, level TEXT,
        received_on TEXT, due_on TEXT, returned_on TEXT, withdrawn_on TEXT, state TEXT, contact TEXT, line INTEGER
    ) WITHOUT ROWID
"""
_ADD = "INSERT INTO staged VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_LEFT_OUT = "CREATE TABLE left_out (code TEXT PRIMARY KEY) WITHOUT ROWID"
_LEFT = "FROM staged WHERE NOT EXISTS (SELECT 1 FROM left_out WHERE left_out.code = staged.code)"
_FACTS = "code, procedure, unit, field, level, received_on, due_on, returned_on, withdrawn_on, state, contact"


class Stage:
    """An own database of SQLite in a file without a name, gone when it is closed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Make the tables."""
        self._connection = connection
        connection.execute(_TABLE)
        connection.execute(_LEFT_OUT)

    def add(self, entry: Entry, line: int) -> DossierError | None:
        """Keep an entry; a code that is there already is a fault, unless both rows say the same."""
        row = _row(entry)
        if self._connection.execute(_ADD, (*row, line)).rowcount:
            return None
        *first, line_of_first = self._connection.execute("SELECT * FROM staged WHERE code = ?", row[:1]).fetchone()
        if tuple(first) == row:
            return None
        return DossierError("code", "dossier_twice", code=entry.dossier.code, line=line_of_first)

    def __len__(self) -> int:
        """Count the dossiers that are left."""
        number: int = self._connection.execute(f"SELECT count(*) {_LEFT}").fetchone()[0]
        return number

    def drop(self, codes: Sequence[str]) -> None:
        """Leave dossiers out that need not be taken over; `entries` may be walked through meanwhile."""
        self._connection.executemany(
            "INSERT INTO left_out VALUES (?) ON CONFLICT DO NOTHING", ((code,) for code in codes)
        )

    def entries(self) -> Iterator[Entry]:
        """Give the entries that are left, by code: in this order the table of dossiers grows fastest."""
        return (_entry(row) for row in self._connection.execute(f"SELECT {_FACTS} {_LEFT} ORDER BY code"))


@contextmanager
def open_stage() -> Iterator[Stage]:
    """Open an empty stage."""
    # The empty name is a database of its own on the disk, in the folder for temporary files; nothing needs to last.
    # Read by the thread that writes the database, after the one that read the file.
    with closing(sqlite3.connect("", isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("BEGIN")
        yield Stage(connection)


def _row(entry: Entry) -> tuple[str | None, ...]:
    each = entry.dossier
    days = map(_written, (each.received_on, each.due_on, each.returned_on, each.withdrawn_on))
    state = each.state.value if each.state else None
    return (each.code, each.procedure, each.unit, each.field, each.level.value, *days, state, entry.contact)


def _written(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _entry(row: Any) -> Entry:
    code, procedure, unit, field, level, received_on, due_on, returned_on, withdrawn_on, state, contact = row
    due, returned, withdrawn = (day and date.fromisoformat(day) for day in (due_on, returned_on, withdrawn_on))
    ends = (returned, DossierState(state) if state else None, withdrawn)
    received = date.fromisoformat(received_on)
    return Entry(Dossier(code, procedure, unit, field, Tier(level), received, due, *ends), contact)
