"""A SQLite file is served by one process: the second is told which one it is.

The lock is the system's own, on a file beside the database, so it ends with the process however that ends; the file
stays, for removing it would let two processes lock two files. Commands that read or write once need no lock: SQLite
lets them in between.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from offices.errors import DomainError
from storage.schema import sqlite_path


class ServerRunningError(DomainError):
    """Another process serves the same SQLite file; facts: file, process."""

    def __init__(self, file: Path, process: str) -> None:
        """Name the file and the process."""
        super().__init__("server_running", file=str(file), process=process)


@contextmanager
def only_server(address: str) -> Iterator[None]:
    """Be the only process that serves the database at `address`; any number may serve one of PostgreSQL.

    Raises ServerRunningError.
    """
    file = sqlite_path(address)
    if file is None:
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(_lock_of(file), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(descriptor, file)
        yield
    finally:
        os.close(descriptor)


def _lock_of(file: Path) -> Path:
    return file.resolve().with_name(f"{file.name}.lock")


def _lock(descriptor: int, file: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        process = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        raise ServerRunningError(file, process or "?") from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
