"""Rows as a backup holds them: the same values for the same row, whichever database it came from.

int, number   as they are
bool          0 or 1
text, json    a string; of a JSON value its text
moment        "2026-11-21 02:03:04.000000", always UTC
date          "2026-11-21"
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    String,
    Text,
    cast,
    column,
    func,
    inspect,
    select,
    table,
)
from sqlalchemy.types import TypeEngine

from storage.backup.errors import BackupError
from storage.schema import VERSION_TABLE

TOGETHER = 500
"""Rows that are read, written and held at once."""
_KINDS: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (Boolean, "bool"), (DateTime, "moment"), (Date, "date"), (JSON, "json"), (Integer, "int"), (Float, "number"),
    (String, "text"),
)  # fmt: skip
_MOMENT, _DATE = "YYYY-MM-DD HH24:MI:SS.US", "YYYY-MM-DD"


@dataclass(frozen=True, slots=True)
class Shape:
    """A table: its name, its columns with their kinds, and the columns of its primary key."""

    name: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(name for name, _ in self.columns)


def shapes(connection: Connection) -> tuple[Shape, ...]:
    """Read the shape of every table from the database itself, so that one of an older version is read as it is.

    Raises BackupError `backup_column`.
    """
    inspector = inspect(connection)
    names = sorted(name for name in inspector.get_table_names() if name != VERSION_TABLE)
    return tuple(
        Shape(
            name,
            tuple((each["name"], _kind(name, each["name"], each["type"])) for each in inspector.get_columns(name)),
            tuple(inspector.get_pk_constraint(name)["constrained_columns"]),
        )
        for name in names
    )


def count(connection: Connection, name: str) -> int:
    """Count the rows of a table."""
    return connection.scalar(select(func.count()).select_from(table(name))) or 0


def read(connection: Connection, shape: Shape) -> Iterator[list[tuple[Any, ...]]]:
    """Give all rows of a table in the order of their key, some at a time; memory holds no more than these."""
    portable = _from_postgresql if connection.dialect.name == "postgresql" else _as_it_is
    wanted = [portable(name, kind) for name, kind in shape.columns]
    statement = select(*wanted).select_from(table(shape.name)).order_by(*(column(name) for name in shape.key))
    with connection.execution_options(stream_results=True).execute(statement) as found:
        for some in found.partitions(TOGETHER):
            yield [tuple(row) for row in some]


def _kind(table_name: str, name: str, found: TypeEngine[Any]) -> str:
    for known, kind in _KINDS:
        if isinstance(found, known):
            return kind
    raise BackupError("backup_column", file="", table=table_name, column=name)


def _as_it_is(name: str, _kind: str) -> ColumnElement[Any]:
    """SQLite keeps moments, days and JSON as the very texts of a backup; a bare column is not converted."""
    return column(name)


def _from_postgresql(name: str, kind: str) -> ColumnElement[Any]:
    bare: ColumnElement[Any] = column(name)
    match kind:
        case "moment":
            return func.to_char(func.timezone("UTC", bare), _MOMENT)
        case "date":
            return func.to_char(bare, _DATE)
        case "json":
            return cast(bare, Text)
        case "bool":
            return cast(bare, Integer)
        case _:
            return bare
