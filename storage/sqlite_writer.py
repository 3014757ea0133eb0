"""The one writer of a SQLite file: a thread that commits what waits together.

A commit with `synchronous=FULL` costs a flush of the disk whatever it holds; taking every waiting job
into one transaction shares that cost. Failures are not shared: when a job fails, the transaction is undone and
all of it runs again, each job in its own savepoint. So a job may run twice, as it may on PostgreSQL. Savepoints at
once would cost every event a tenth of its time, for SQLite keeps a copy of each page that is changed in one.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from storage.hopeful import Undone, hoping, write_gathered
from storage.prepared import lent

T = TypeVar("T")

MOST_WAITING = 5_000
"""Jobs that may wait; more are refused at once rather than answered too late."""
MOST_TOGETHER = 200
"""Jobs in one commit: bounds how long the first of them waits."""


@dataclass(slots=True)
class _Waiting:
    job: Callable[[Connection], Any]
    loop: asyncio.AbstractEventLoop
    done: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None


class SqliteWriter:
    """Takes jobs from any task of the loop; runs them in its thread."""

    def __init__(self, url: URL, json_serializer: Callable[[Any], str]) -> None:
        """Start the thread; the file is opened with the first job."""
        address = url.set(drivername="sqlite")
        self._engine = create_engine(address, json_serializer=json_serializer, hide_parameters=True)
        # Of each page that a savepoint changes SQLite keeps a copy until it is released: not in a file, please.
        _prepare(self._engine, "BEGIN IMMEDIATE", "temp_store=MEMORY")
        _write_gathered_first(self._engine)
        self._jobs: queue.Queue[_Waiting | None] = queue.Queue(MOST_WAITING)
        self._closed = False
        self.commits = 0
        self._thread = threading.Thread(target=self._work, name="sqlite-writer", daemon=True)
        self._thread.start()

    async def run(self, job: Callable[[Connection], T]) -> T:
        """Wait until `job` is committed; return its result or raise its exception.

        Raises OSError when too many jobs wait already, or the writer is closed.
        """
        if self._closed:
            raise OSError("the database is closed")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(job, loop, loop.create_future())
        try:
            self._jobs.put_nowait(waiting)
        except queue.Full as error:
            raise OSError("too many writes are waiting") from error
        result: T = await waiting.done
        return result

    def close(self) -> None:
        """Commit what waits, then end the thread and the connection."""
        self._closed = True
        self._jobs.put(None)
        self._thread.join()
        self._engine.dispose()

    def _work(self) -> None:
        running = True
        connection: Connection | None = None
        while running:
            batch, running = self._take()
            if not batch:
                continue
            try:
                connection = connection or self._engine.connect()
                _commit_together(connection, batch)
                self.commits += 1
            except BaseException as error:  # noqa: BLE001 - the last resort of this thread: nobody may wait for ever
                _fail_all(batch, error)
                _let_go(connection)
                connection = None
            _answer(batch)
        if connection is not None:
            connection.close()

    def _take(self) -> tuple[list[_Waiting], bool]:
        batch: list[_Waiting] = []
        item = self._jobs.get()
        while item is not None:
            batch.append(item)
            if len(batch) == MOST_TOGETHER:
                return batch, True
            try:
                item = self._jobs.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False


def prepare_reader(engine: Engine) -> None:
    """Make every connection of `engine` a reader: a snapshot per transaction, no writing."""
    _prepare(engine, "BEGIN")

    @event.listens_for(engine, "connect")
    def _read_only(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA query_only=ON")
        cursor.close()


def _prepare(engine: Engine, begin: str, *more: str) -> None:
    """Set the file's durability and let us, not the driver, begin transactions."""

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("busy_timeout=15000", "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", *more):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _write_gathered_first(engine: Engine) -> None:
    """Let no statement of SQLAlchemy miss what the jobs before it have gathered."""

    @event.listens_for(engine, "before_cursor_execute")
    def _first(connection: Connection, *_statement: Any) -> None:
        write_gathered(connection)


def _commit_together(connection: Connection, batch: list[_Waiting]) -> None:
    if not _commit_hopefully(connection, batch):
        # Straight to the driver: SQLAlchemy takes 36 us around each savepoint statement, SQLite 2 for it.
        with connection.begin(), lent(connection) as driver:
            for waiting in batch:
                _run_in_savepoint(connection, driver, waiting)


def _commit_hopefully(connection: Connection, batch: list[_Waiting]) -> bool:
    """Run all jobs and commit; False when one failed, and then nothing is written and no job has an outcome."""
    with connection.begin() as transaction, lent(connection), hoping(connection):
        try:
            for waiting in batch:
                waiting.result = waiting.job(connection)
            write_gathered(connection)
        except (Exception, Undone):  # noqa: BLE001 - it comes again, and then goes to the task that asked
            transaction.rollback()
            return False
    return True


def _run_in_savepoint(connection: Connection, driver: sqlite3.Connection, waiting: _Waiting) -> None:
    driver.execute("SAVEPOINT job")
    try:
        waiting.result = waiting.job(connection)
    except Exception as error:  # noqa: BLE001 - handed to the task that asked
        # On a full disk or a broken file SQLite has ended the whole transaction; then this raises and all fail.
        driver.execute("ROLLBACK TO job")
        waiting.error = error
    driver.execute("RELEASE job")


def _fail_all(batch: list[_Waiting], error: BaseException) -> None:
    """None of the batch is durable, whatever each job answered."""
    for waiting in batch:
        waiting.error = error if isinstance(error, DBAPIError | OSError) else OSError(type(error).__name__)


def _let_go(connection: Connection | None) -> None:
    """Drop a connection that failed; the next batch opens a new one."""
    if connection is not None:
        connection.invalidate()
        connection.close()


def _answer(batch: list[_Waiting]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Waiting]] = {}
    for waiting in batch:
        by_loop.setdefault(waiting.loop, []).append(waiting)
    for loop, answered in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, answered)


def _resolve(answered: list[_Waiting]) -> None:
    for waiting in answered:
        if waiting.done.cancelled():
            continue
        if waiting.error is not None:
            waiting.done.set_exception(waiting.error)
        else:
            waiting.done.set_result(waiting.result)
