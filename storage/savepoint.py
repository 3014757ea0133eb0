"""A part of a transaction that can be undone alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from storage.prepared import is_hopeful, writers_driver


class Undone(BaseException):
    """Something was to be undone where nothing can be: the writer undoes all and begins again with savepoints.

    No `Exception`, so that no job takes it for an error of its own.
    """


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
