"""SQLite files that are made once in a process and copied: making all tables costs twenty times as much as a copy."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from sqlalchemy import Connection, create_engine

from storage.json_text import compact_json
from storage.tables import metadata

T = TypeVar("T")


def add_tables(file: Path) -> None:
    """Make a SQLite file with all tables."""
    file.write_bytes(_tables())


def filled(job: Callable[[Connection], T]) -> tuple[bytes, T]:
    """Run a job on a new database with all tables; return the file, and what the job returned."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "langnghe.db"
        file.write_bytes(_tables())
        return _after(file, job)


@cache
def _tables() -> bytes:
    with TemporaryDirectory() as folder:
        return _after(Path(folder) / "langnghe.db", metadata.create_all)[0]


def _after(file: Path, job: Callable[[Connection], T]) -> tuple[bytes, T]:
    engine = create_engine(f"sqlite:///{file}", json_serializer=compact_json)
    with engine.begin() as connection:
        told = job(connection)
    engine.dispose()
    return file.read_bytes(), told
