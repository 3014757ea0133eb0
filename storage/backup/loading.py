"""Putting the rows of a backup into an empty database, in one transaction, and proving that they are all there.

The tables are made as they were when the backup was made, filled, and then brought up to date like any other
database. Keys are checked when everything is in: SQLite looks for broken ones, PostgreSQL gets them back.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, column, delete, func, insert, select, table, text
from sqlalchemy.exc import IntegrityError

from storage import audit, schema
from storage.backup import rows
from storage.backup.archive import Archive, Manifest, PartReader
from storage.backup.errors import BackupError

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
        with self._keys_later(connection):
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

    @contextmanager
    def _keys_later(self, connection: Connection) -> Iterator[None]:
        """Let rows come in any order, and check what they point to when all are there."""
        if connection.dialect.name == "sqlite":
            yield
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            if broken is not None:
                raise BackupError("backup_keys_broken", file=self.name, table=broken[0], target=broken[2])
            return
        keys = connection.execute(text(_KEYS)).all()
        for each in keys:
            connection.exec_driver_sql(f"ALTER TABLE {each.owner} DROP CONSTRAINT {each.name}")
        yield
        for each in keys:
            self._give_back(connection, *each)
        _set_counters(connection)

    def _give_back(self, connection: Connection, owner: str, name: str, definition: str, target: str) -> None:
        try:
            connection.exec_driver_sql(f"ALTER TABLE {owner} ADD CONSTRAINT {name} {definition}")
        except IntegrityError:
            raise BackupError("backup_keys_broken", file=self.name, table=owner, target=target) from None

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


def _set_counters(connection: Connection) -> None:
    """Have PostgreSQL number new rows after those that came in; SQLite does so by itself."""
    for shape in rows.shapes(connection):
        for name in shape.key:
            quoted = connection.dialect.identifier_preparer.quote(shape.name)
            counter = connection.scalar(select(func.pg_get_serial_sequence(quoted, name)))
            if counter:
                last = select(func.max(column(name))).select_from(table(shape.name)).scalar_subquery()
                connection.execute(select(func.setval(counter, func.coalesce(last, 1), last.is_not(None))))


_KEYS = """
    SELECT c.conrelid::regclass::text AS owner, quote_ident(c.conname) AS name,
           pg_get_constraintdef(c.oid) AS definition, c.confrelid::regclass::text AS target
    FROM pg_constraint c
    WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace
    ORDER BY 1, 2
"""
