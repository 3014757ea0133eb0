"""What rows point to, while they come in: in any order, and proved when all are there."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, column, func, select, table, text
from sqlalchemy.exc import IntegrityError

from storage.backup import rows
from storage.backup.errors import BackupError

_KEYS = """
    SELECT c.conrelid::regclass::text AS owner, quote_ident(c.conname) AS name,
           pg_get_constraintdef(c.oid) AS definition, c.confrelid::regclass::text AS target
    FROM pg_constraint c
    WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace
    ORDER BY 1, 2
"""


@contextmanager
def keys_later(connection: Connection, file: str) -> Iterator[None]:
    """Let rows of `file` come in any order during the block; SQLite's own checks must be off.

    Raises BackupError `backup_keys_broken` at the end when one points to a row that is not there.
    """
    if connection.dialect.name == "sqlite":
        yield
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise BackupError("backup_keys_broken", file=file, table=broken[0], target=broken[2])
        return
    keys = connection.execute(text(_KEYS)).all()
    for key in keys:
        connection.exec_driver_sql(f"ALTER TABLE {key.owner} DROP CONSTRAINT {key.name}")
    yield
    for key in keys:
        try:
            connection.exec_driver_sql(f"ALTER TABLE {key.owner} ADD CONSTRAINT {key.name} {key.definition}")
        except IntegrityError:
            raise BackupError("backup_keys_broken", file=file, table=key.owner, target=key.target) from None
    _set_counters(connection)


def _set_counters(connection: Connection) -> None:
    """Have PostgreSQL number new rows after those that came in; SQLite does so by itself."""
    for shape in rows.shapes(connection):
        for name in shape.key:
            quoted = connection.dialect.identifier_preparer.quote(shape.name)
            counter = connection.scalar(select(func.pg_get_serial_sequence(quoted, name)))
            if counter:
                last = select(func.max(column(name))).select_from(table(shape.name)).scalar_subquery()
                connection.execute(select(func.setval(counter, func.coalesce(last, 1), last.is_not(None))))
