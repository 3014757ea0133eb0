"""The office that the tests of backups work with, and what stands in its tables."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, create_engine, make_url, select

from storage.backup import making
from storage.backup.archive import Manifest
from storage.tables import metadata

T = TypeVar("T")
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
KEY = b"a sample key for backups, 0123456789"
REFS = tuple(f"{number:02x}" + "5a" * 15 + ".png" for number in range(4))
ENDED = {"web_session", "staff_link_code"}
"""Tables that a restore empties."""
CHANGED = ENDED | {"audit", "outbox"}
"""Tables that a restore writes into."""


@dataclass(frozen=True)
class Office:
    folder: Path

    @property
    def address(self) -> str:
        return f"sqlite:///{self.folder}/langnghe.db"

    @property
    def files(self) -> Path:
        return self.folder / "files"

    def back_up(self, name: str = "x.backup", **changes: Any) -> tuple[Path, Manifest]:
        to = self.folder / name
        wish = making.Wish(self.address, self.files, {"HTTP_PORT": "8080"}, NOW)
        return to, making.make(replace(wish, **changes), to, KEY)


def job(address: str, run: Callable[[Connection], T]) -> T:
    url = make_url(address)
    name = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql+psycopg"
    engine = create_engine(url.set(drivername=name))
    try:
        with engine.begin() as connection:
            return run(connection)
    finally:
        engine.dispose()


def contents(address: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables as values, in the order of their keys."""

    def read(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }

    return job(address, read)
