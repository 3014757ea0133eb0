"""A SQLite file before it is used: is it one, is it ours, is it whole.

SQLite answers a file that is none with an error at the first statement, takes the file of another program as its own,
and makes an empty one where there is none; each of these is told here before anything is written.
"""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from offices.errors import DomainError

OFFICE_ID = 0x4C4E4F46
"""Stands in the head of our files, where SQLite has a place for it; the letters LNOF."""
SAMPLE_ID = 0x4C4E4D41
"""The same in a sample world; the letters LNMA."""
OUR_IDS = frozenset({0, OFFICE_ID, SAMPLE_ID})  # 0: made before files had one
LONGEST_LOOK = 0.3
"""Seconds that a start may spend on looking through the file; all of it is looked at beside the running service."""
OUR_TABLES = frozenset({"alembic_version", "audit"})
_MAGIC = b"SQLite format 3\0"
_ID_AT = slice(68, 72)
_HEAD = 100
OFTEN, SELDOM = 20_000, 1_000_000
"""Steps of SQLite between two looks at the clock: a millisecond or two, and some hundredths of a second.

Each look takes Python away from the program's other threads.
"""


class SchemaError(DomainError):
    """A database that this version cannot use; `place` names its file or server.

    `database_empty`; `database_older` (found, newest): run `langnghe migrate`; `database_newer` (found): a later
    version wrote it; `database_foreign` (place, what): it belongs to another program; `database_damaged` (place,
    what): SQLite finds its file broken; `database_no_sqlite` (place): the file is something else;
    `database_lost` (place, day, mark): it held data, and now it is empty or gone.
    """


def refuse_unusable(file: Path) -> None:
    """Look at a file without changing it; one that is not there or empty is fine.

    Raises SchemaError: no_sqlite, foreign, damaged; OSError when it cannot be read.
    """
    if not is_there(file):
        return
    with file.open("rb") as opened:
        head = opened.read(_HEAD)
    if len(head) < _HEAD or not head.startswith(_MAGIC):
        raise SchemaError("database_no_sqlite", place=str(file))
    application = int.from_bytes(head[_ID_AT], "big")
    if application not in OUR_IDS:
        raise SchemaError("database_foreign", place=str(file), what=f"application_id {application:#010x}")
    _refuse_foreign_tables(file)


def is_there(file: Path) -> bool:
    """Say whether a file is there and holds anything."""
    return file.exists() and file.stat().st_size > 0


def look_through(connection: sqlite3.Connection, seconds: float = LONGEST_LOOK) -> str | None:
    """Look for damage at most so long; return what was found, None when nothing was.

    Reading all of a large file would hold up the start for minutes; its later pages are left to `look_at_all`.
    """
    until = time.monotonic() + seconds
    return _look(connection, lambda: time.monotonic() > until, OFTEN)


def look_at_all(file: Path, is_over: Callable[[], bool], steps: int = OFTEN) -> str | None:
    """Look for damage in all of a file that others use meanwhile, until `is_over`; return what was found.

    steps  of SQLite between two calls of `is_over`

    Raises OSError when it cannot be read.
    """
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=15)) as connection:
            return _look(connection, is_over, steps)
    except sqlite3.DatabaseError as error:
        if damage(error, str(file)) is None:
            raise OSError(str(error)) from error
        return str(error)


def _look(connection: sqlite3.Connection, is_over: Callable[[], bool], steps: int) -> str | None:
    connection.set_progress_handler(is_over, steps)
    try:
        told = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return None
    finally:
        connection.set_progress_handler(None, 0)
    return None if told == "ok" else told


def damage(error: BaseException | None, place: str) -> SchemaError | None:
    """Return what a driver's error says about the file itself, None when it says something else."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_NOTADB:
        return SchemaError("database_no_sqlite", place=place)
    if code == sqlite3.SQLITE_CORRUPT:
        return SchemaError("database_damaged", place=place, what=str(error))
    return None


def _refuse_foreign_tables(file: Path) -> None:
    try:
        with closing(sqlite3.connect(file, timeout=15)) as connection:
            names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            what = None if names >= OUR_TABLES else look_through(connection)
    except sqlite3.DatabaseError as error:
        told = damage(error, str(file))
        if told is None:
            raise OSError(str(error)) from error
        raise told from error
    except UnicodeDecodeError as error:  # SQLite quotes the damaged bytes in what it says of them
        raise SchemaError("database_damaged", place=str(file), what="its list of tables cannot be read") from error
    if what is not None:
        raise SchemaError("database_damaged", place=str(file), what=what)
    refuse_foreign(names, str(file))


def refuse_foreign(names: set[str], place: str) -> None:
    """Raise SchemaError `database_foreign` when there are tables but not ours."""
    others = {name for name in names if not name.startswith("sqlite_")}
    if others and not others >= OUR_TABLES:
        raise SchemaError("database_foreign", place=place, what=f"table {min(others - OUR_TABLES, default='')}")
