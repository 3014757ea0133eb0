"""A SQLite file that a backup is restored into: built beside its name, and put there whole.

A file of the write-ahead log that stays behind would be played into whatever database has that name next, so it goes
aside with the database it belongs to.
"""

import os
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError

from storage import sqlite_file
from storage.backup.attachments import fsync_folder
from storage.backup.errors import BackupError
from storage.database import StoreUnavailable
from storage.json_text import compact_json
from storage.sqlite_file import SchemaError

T = TypeVar("T")

LEFT_BEHIND = 24 * 3600.0
"""Seconds after which a half-built database is known to be of a run that was killed."""
_COMPANIONS = ("-wal", "-shm", "-journal")
_PRAGMAS = ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-65536")


def holds_data(file: Path) -> bool:
    """Say whether there is anything to lose, readable or not; raises SchemaError `database_foreign`."""
    if not sqlite_file.is_there(file):
        return False
    try:
        sqlite_file.refuse_unusable(file)
        with closing(sqlite3.connect(file)) as connection:
            return connection.execute("SELECT 1 FROM sqlite_master").fetchone() is not None
    except SchemaError as error:
        if error.key == "database_foreign":
            raise
        return True


def build(file: Path, fill: Callable[[Connection], T]) -> T:
    """Make a database in one transaction; nothing need survive a crash until all of it is written, and then all."""
    engine = create_engine(f"sqlite:///{file}", poolclass=NullPool, json_serializer=compact_json, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    try:
        with engine.begin() as connection:
            result = fill(connection)
    except DBAPIError as error:
        raise StoreUnavailable(str(error).splitlines()[0]) from error
    finally:
        engine.dispose()
    with closing(sqlite3.connect(file)) as last:
        last.execute("PRAGMA journal_mode=WAL")
    with file.open("rb+") as written:
        os.fsync(written.fileno())
    return result


def beside(file: Path) -> Path:
    """Return a name for building what will be `file`."""
    return file.with_name(f".{file.name}.{secrets.token_hex(8)}.restoring")


def forget(file: Path) -> None:
    """Remove a database that was being built."""
    for path in (file, *_companions(file)):
        path.unlink(missing_ok=True)


def forget_unfinished(file: Path, now: datetime) -> None:
    """Remove what killed restores of this file left, but nothing that is being built now."""
    for left in file.parent.glob(f".{file.name}.*.restoring*"):
        if now.timestamp() - left.stat().st_mtime > LEFT_BEHIND:
            left.unlink(missing_ok=True)


def refuse_in_use(file: Path) -> None:
    """Raise BackupError `restore_in_use` when somebody has the file open; one that is damaged cannot be asked.

    Whoever is alone with a file can end its write-ahead log, which is written into it thereby.
    """
    if not sqlite_file.is_there(file):
        return
    try:
        sqlite_file.refuse_unusable(file)  # SQLite would throw away the log of a file that it cannot read
        with closing(sqlite3.connect(file, timeout=2)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise BackupError("restore_in_use", file=str(file)) from None
    except (sqlite3.DatabaseError, SchemaError):
        return


def put_in_place(built: Path, file: Path, now: datetime) -> Path:
    """Give a built database its name; return where the one lies that had it."""
    refuse_in_use(file)
    aside = _free_name(file, now)
    for path, kept in zip(_companions(file), _companions(aside), strict=True):
        if path.exists():
            path.rename(kept)
    if file.exists():
        _keep_as(file, aside)
    built.replace(file)
    fsync_folder(file.parent)
    return aside


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _keep_as(file: Path, aside: Path) -> None:
    """Give a file a second name: so it has the first one until the new database takes that."""
    try:
        aside.hardlink_to(file)
    except OSError:  # some file systems know no second name
        file.rename(aside)


def _free_name(file: Path, now: datetime) -> Path:
    name = file.with_name(f"{file.name}.before-{now:%Y%m%d-%H%M%S}")
    return name if not name.exists() else name.with_name(f"{name.name}-{secrets.token_hex(2)}")


def _companions(file: Path) -> list[Path]:
    return [file.with_name(file.name + ending) for ending in _COMPANIONS]
