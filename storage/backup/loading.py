"""Putting the rows of a backup into an empty database, in one transaction, and proving that they are all there.

The tables are made as they were when the backup was made, filled, and then brought up to date like any other
database. Keys are checked when everything is in: SQLite looks for broken ones, PostgreSQL gets them back.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, column, delete, insert, table

from storage import audit, schema
from storage.backup import rows
from storage.backup.archive import Archive, Manifest, PartReader
from storage.backup.errors import BackupError
from storage.backup.keys import keys_later

Keep = Callable[[str, Iterable[bytes]], None]
"""Takes a file of the backup: its name and its content, to be read to the end."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Load:
    """One backup on its way into one database.

    name  of the backup's file, for what is told of it
    keep  takes the files
    """

    archive: Archive
    name: str
    keep: Keep
    progress: Progress

    @property
    def manifest(self) -> Manifest:
        """What the backup holds."""
        return self.archive.manifest

    def into(self, connection: Connection) -> None:
        """Fill the empty database of an open transaction, and bring it up to date.

        Raises BackupError when anything of the backup is not as it was written, or is of a newer version.
        """
        if self.manifest.revision not in schema.revisions():
            raise BackupError("backup_newer", file=self.name, found=self.manifest.revision)
        schema.bring(connection, self.manifest.revision)
        with keys_later(connection, self.name):
            self._fill(connection)
        self._check(connection)
        schema.bring(connection)

    def _fill(self, connection: Connection) -> None:
        here = {shape.name: shape for shape in rows.shapes(connection)}
        for name in here:  # a step may have written rows of its own
            connection.execute(delete(table(name)))
        total = self.manifest.rows + self.manifest.files
        done = 0
        for part, reader in self.archive.parts():
            if part.shape is None:
                self._files(reader, done, total)
                continue
            if here.get(part.name) != part.shape:
                raise BackupError("backup_part_wrong", file=self.name, part=part.name)
            for some in reader.lines():
                put(connection, part.shape, some)
                done += len(some)
                self.progress(done, total)

    def _files(self, reader: PartReader, done: int, total: int) -> None:
        for number, (ref, content) in enumerate(reader.files(), start=1):
            self.keep(ref, content)
            self.progress(done + number, total)

    def _check(self, connection: Connection) -> None:
        """Hold counts and audit trail of the filled database against the manifest."""
        for part in self.manifest.parts:
            if part.shape and rows.count(connection, part.name) != part.rows:
                raise BackupError("backup_part_wrong", file=self.name, part=part.name)
        entries, fault = audit.verify(connection)
        if fault is not None:
            raise BackupError("backup_audit_broken", file=self.name, seq=str(fault.seq), what=fault.what)
        if (entries, audit.head(connection)[1]) != self.manifest.audit:
            raise BackupError("backup_audit_broken", file=self.name, seq=str(entries), what="not the last entry")


def put(connection: Connection, shape: rows.Shape, some: Sequence[Sequence[Any]]) -> None:
    """Insert rows as a backup holds them, by the fastest way that each database has."""
    if connection.dialect.name == "postgresql":
        _copy(connection, shape, some)
        return
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    driver.executemany(_insert(connection, shape), some)


def _insert(connection: Connection, shape: rows.Shape) -> str:
    into = table(shape.name, *(column(name) for name in shape.names))
    return str(insert(into).compile(dialect=connection.dialect))


def _copy(connection: Connection, shape: rows.Shape, some: Sequence[Sequence[Any]]) -> None:
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(name) for name in shape.names)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        cursor.execute("SET LOCAL TimeZone = 'UTC'")  # moments of a backup are UTC and do not say so
        with cursor.copy(f"COPY {quote(shape.name)} ({names}) FROM STDIN") as copy:
            for row in some:
                copy.write_row(row)
