"""A part of a transaction that can be undone alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from storage.hopeful import Undone, is_hopeful
from storage.prepared import writers_driver


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """Undo what was written inside when an exception leaves the block; the transaction goes on.

    As `Connection.begin_nested`, which keeps books about it that a step of a conversation can do without.
    """
    driver = writers_driver(connection)
    if driver is None:
        with connection.begin_nested():
            yield
    elif is_hopeful(connection):
        try:
            yield
        except Exception as error:
            raise Undone from error
    else:
        driver.execute("SAVEPOINT step")
        try:
            yield
        except BaseException:
            driver.execute("ROLLBACK TO step")
            raise
        finally:
            driver.execute("RELEASE step")
