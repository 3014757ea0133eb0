"""Statements of the hot path: compiled once, and on SQLite's writer run by the driver itself.

SQLAlchemy takes about 80 us around a small statement that SQLite answers in 10 (building it anew each time costs
300 more), and an incoming event needs a dozen. What it does around it, finding the compiled text, the order of
the parameters and the conversions of their types, does not change from run to run, so it is done once here.
Anywhere else than on the writer (readers, PostgreSQL) the same statement goes through SQLAlchemy as usual.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, cast

from sqlalchemy import JSON, Connection, Date, DateTime, Dialect, Table, literal_column
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.selectable import ReturnsRows
from sqlalchemy.types import TypeEngine

from storage.json_text import compact_json
from storage.tables.base import Utc

Values = Mapping[str, Any]
Upsert = sqlite.Insert | postgresql.Insert
Convert = Callable[[Any], Any]
_row_type: Any = NamedTuple
"""Its fields are the columns of a statement, known only at run time: more than its type stub allows for."""
_lent: dict[Connection, sqlite3.Connection] = {}
"""The driver's connection under each of ours that is in a transaction of the writer."""
_SAME_AGAIN = 256
"""Conversions kept: an event writes and reads the same few moments and days over and over."""
_WITHOUT_ZONE = len("2026-11-21 08:00:00.000000")
_conversions: dict[tuple[type, str], Convert] = {}


class Prepared:
    """A Core statement with named parameters, none of them expanding (`IN`).

    The values given to an insert decide its columns, as they do in SQLAlchemy.
    """

    def __init__(self, statement: Any, on_postgresql: Any = None) -> None:
        """Keep the statement; `on_postgresql` is the same one in the words of PostgreSQL, where they differ."""
        self._statement = statement
        self._on_postgresql = statement if on_postgresql is None else on_postgresql
        self._telling: Any = None
        self._texts: dict[tuple[str, ...], _Text] = {}

    @classmethod
    def upsert(cls, table: Table, finish: Callable[[Any], Any]) -> "Prepared":
        """Return an insert for which `finish` says what happens to a row that is there already."""
        return cls(finish(sqlite.insert(table)), finish(postgresql.insert(table)))

    def all(self, connection: Connection, values: Values) -> Sequence[Any]:
        """Return the rows, their columns by name and by place."""
        driver = writers_driver(connection)
        if driver is None:
            return connection.execute(self._for(connection), values).all()
        text = self._text(connection, values)
        return [text.row(found) for found in text.run(connection, driver, values).fetchall()]

    def first(self, connection: Connection, values: Values) -> Any:
        """Return the first row, None when there is none."""
        driver = writers_driver(connection)
        if driver is None:
            return connection.execute(self._for(connection), values).first()
        text = self._text(connection, values)
        # All are fetched: a RETURNING that is left half read would hold up the commit.
        found = text.run(connection, driver, values).fetchall()
        return text.row(found[0]) if found else None

    def run(self, connection: Connection, values: Values) -> int:
        """Run a statement that gives no rows; return how many it changed."""
        driver = writers_driver(connection)
        if driver is None:
            return connection.execute(self._for(connection), values).rowcount
        return self._text(connection, values).run(connection, driver, values).rowcount

    def adds(self, connection: Connection, values: Values) -> bool:
        """Run an insert that does nothing where its row is there already; say whether it wrote one."""
        if connection.dialect.name == "sqlite":
            return self.run(connection, values) == 1
        if self._telling is None:  # SQLAlchemy gives no count for it on PostgreSQL
            self._telling = self._on_postgresql.returning(literal_column("1"))
        return connection.execute(self._telling, values).first() is not None

    def run_each(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Run a statement that gives no rows once for each of `rows`."""
        if not rows:
            return
        driver = writers_driver(connection)
        if driver is None:
            connection.execute(self._for(connection), rows)
        else:
            self._text(connection, rows[0]).run_each(connection, driver, rows)

    def _for(self, connection: Connection) -> Any:
        return self._statement if connection.dialect.name == "sqlite" else self._on_postgresql

    def _text(self, connection: Connection, values: Values) -> "_Text":
        names = tuple(values)
        text = self._texts.get(names)
        if text is None:
            text = self._texts[names] = _compile(self._statement, connection.dialect, names)
        return text


@dataclass(frozen=True, slots=True)
class _Text:
    """A statement as SQLite takes it.

    parameters  gives them in the order of the question marks
    row         makes a row of ours of one of the driver's
    """

    sql: str
    parameters: Callable[[Values], tuple[Any, ...]]
    row: Callable[[tuple[Any, ...]], Any]

    def run(self, connection: Connection, driver: sqlite3.Connection, values: Values) -> sqlite3.Cursor:
        parameters = self.parameters(values)
        try:
            return driver.execute(self.sql, parameters)
        except sqlite3.Error as error:
            raise self._told(connection, parameters, error) from error

    def run_each(self, connection: Connection, driver: sqlite3.Connection, rows: Sequence[Values]) -> None:
        parameters = [self.parameters(values) for values in rows]
        try:
            driver.executemany(self.sql, parameters)
        except sqlite3.Error as error:
            raise self._told(connection, parameters, error) from error

    def _told(self, connection: Connection, parameters: Sequence[Any], error: sqlite3.Error) -> BaseException:
        """Tell of an error as SQLAlchemy does: who catches its errors need not know who ran the statement."""
        return DBAPIError.instance(
            self.sql, parameters, error, sqlite3.Error, hide_parameters=True, dialect=connection.dialect
        )


@contextmanager
def lent(connection: Connection) -> Iterator[sqlite3.Connection]:
    """Let statements run on the driver's own connection during the block, a transaction of the SQLite writer."""
    driver = _lent[connection] = cast("sqlite3.Connection", connection.connection.driver_connection)
    try:
        yield driver
    finally:
        del _lent[connection]


def writers_driver(connection: Connection) -> sqlite3.Connection | None:
    """Return the writer's own connection inside its transaction; None where SQLAlchemy is to run the statement."""
    return _lent.get(connection)


def _compile(statement: Any, dialect: Dialect, names: tuple[str, ...]) -> _Text:
    compiled: SQLCompiler = statement.compile(dialect=dialect, column_keys=list(names))
    if compiled.post_compile_params or compiled.positiontup is None:
        raise TypeError(f"a statement that cannot be prepared, its text changes from run to run: {compiled}")
    order = tuple(name for name in compiled.positiontup if name in names)
    columns = dict(statement.exported_columns) if isinstance(statement, ReturnsRows) else {}
    into = _converters([compiled.binds[name].type for name in order], dialect, "bind_processor")
    out_of = _converters([column.type for column in columns.values()], dialect, "result_processor", None)
    row_type = _row_type("Row", [(name, Any) for name in columns])
    return _Text(
        sql=_with_fixed_values(compiled, names),
        parameters=_tuple_of(order, into),
        row=_tuple_of(range(len(columns)), out_of, row_type),
    )


def _tuple_of(places: Iterable[str | int], converters: Sequence[Convert | None], kind: Any = tuple) -> Any:
    """Return the function that takes what stands at these places of its argument, converted, as a tuple of `kind`.

    It is written out and compiled, as named tuples are: a loop over the conversions took three times as long.
    """
    taken = zip(places, converters, strict=True)
    parts = (
        f"c{number}(of[{place!r}])," if convert else f"of[{place!r}]," for number, (place, convert) in enumerate(taken)
    )
    known = {f"c{number}": convert for number, convert in enumerate(converters)}
    return eval(f"lambda of: new(kind, ({''.join(parts)}))", {"new": tuple.__new__, "kind": kind, **known})  # noqa: S307 - our own names of columns


def _with_fixed_values(compiled: SQLCompiler, names: tuple[str, ...]) -> str:
    """Write the values that are the same at each run into the text.

    As parameters they would be dear: SQLite plans a statement anew whenever it is given a value that decides about a
    partial index (`state = ?`), which took ten times as long as running it.
    """
    first, *rest = str(compiled).split("?")
    order = compiled.positiontup or []
    if len(rest) != len(order):
        raise TypeError(f"a statement that cannot be prepared, it has question marks of its own: {compiled}")
    marks = ("?" if name in names else _literal(compiled, name) for name in order)
    return first + "".join(mark + text for mark, text in zip(marks, rest, strict=True))


def _literal(compiled: SQLCompiler, name: str) -> str:
    value = compiled.params[name]
    return "NULL" if value is None else compiled.render_literal_value(value, compiled.binds[name].type)


def _converters(types: Sequence[TypeEngine[Any]], dialect: Dialect, which: str, *more: Any) -> list[Convert | None]:
    found = ((each, getattr(each.dialect_impl(dialect), which)(dialect, *more)) for each in types)
    return [convert and _kept(type(each), which, convert) for each, convert in found]


class _Moments:
    """Writes moments as SQLAlchemy does on SQLite, in a tenth of its time; the last one is kept.

    An event writes its own moment half a dozen times, and finding it by its value takes as long as writing it.
    """

    def __init__(self) -> None:
        self._last: tuple[datetime | None, str | None] = (None, None)

    def __call__(self, moment: datetime | None) -> str | None:
        """Return the text. ValueError for a moment without its zone."""
        last, text = self._last
        if moment is last:
            return text
        in_utc = Utc.in_utc(moment)
        text = None if in_utc is None else in_utc.isoformat(" ", "microseconds")[:_WITHOUT_ZONE]
        self._last = (moment, text)  # at once: writers of several files share it
        return text


_moment_as_text = _Moments()


def _json_as_text(value: Any) -> str | None:
    return None if value is None else compact_json(value)


def _kept(kind: type[TypeEngine[Any]], which: str, convert: Convert) -> Convert:
    """Keep the last conversions of days, and of moments that are read, shared by all statements."""
    if issubclass(kind, JSON) and which == "bind_processor":
        return _json_as_text
    if issubclass(kind, Utc) and which == "bind_processor":
        return _moment_as_text
    if not issubclass(kind, Utc | DateTime | Date):
        return convert
    return _conversions.setdefault((kind, which), lru_cache(_SAME_AGAIN)(convert))
