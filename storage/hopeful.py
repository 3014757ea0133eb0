"""Hopeful transactions of the SQLite writer: many jobs without savepoints, in which whatever fails undoes them all.

So what several of them would write again and again, the counts of ratings above all, can be gathered and written once:
no job is undone without what it gathered. Every statement that SQLAlchemy runs comes after what was gathered is
written (storage.sqlite_writer sees to it), and those of `storage.prepared` read no counts: nobody misses any.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar, cast

from sqlalchemy import Connection


class Undone(BaseException):
    """Something was to be undone where nothing can be: the writer undoes all and begins again with savepoints.

    No `Exception`, so that no job takes it for an error of its own.
    """


class Gathered(Protocol):
    """What jobs leave to the end of their transaction."""

    def write(self, connection: Connection) -> None:
        """Write it all."""


G = TypeVar("G", bound=Gathered)
_gathered: dict[Connection, dict[type[Gathered], Gathered]] = {}
"""What each connection in a hopeful transaction has still to write."""


@contextmanager
def hoping(connection: Connection) -> Iterator[None]:
    """Gather during the block; before it ends `write_gathered` has to be called."""
    _gathered[connection] = {}
    try:
        yield
    finally:
        del _gathered[connection]


def is_hopeful(connection: Connection) -> bool:
    """Say whether nothing can be undone alone in the connection's transaction."""
    return connection in _gathered


def gathered(connection: Connection, kind: type[G]) -> G | None:
    """Return what the transaction gathers of a kind; None where it is not hopeful: write at once there."""
    kinds = _gathered.get(connection)
    if kinds is None:
        return None
    if kind not in kinds:
        kinds[kind] = kind()
    return cast("G", kinds[kind])


def write_gathered(connection: Connection) -> None:
    """Write what was gathered so far. Raises Undone when it cannot be written."""
    kinds = _gathered.get(connection)
    if not kinds:
        return
    waiting = list(kinds.values())
    kinds.clear()
    try:
        for each in waiting:
            each.write(connection)
    except Exception as error:
        raise Undone from error
