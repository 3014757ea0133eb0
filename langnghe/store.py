"""The configured database, opened for one command."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, make_url

from langnghe.config import load_config
from storage import schema
from storage.database import Database

T = TypeVar("T")
Job = Callable[[Connection], T]


def read(job: Job[T]) -> T:
    """Run a reading job on the configured database.

    Raises SettingsError, SchemaError for a database that is empty or not of this version, StoreUnavailable, and what
    the job raises.
    """
    return asyncio.run(_with_database(lambda database: database.read(job)))


def write(job: Job[T]) -> T:
    """Run a writing job in one transaction; the same errors as `read`."""
    return asyncio.run(_with_database(lambda database: database.write(job)))


async def _with_database(use: Callable[[Database], Awaitable[T]]) -> T:
    address = load_config().database_url
    _refuse_missing_file(address)
    database = await Database.open(address)
    try:
        await schema.check(database)
        return await use(database)
    finally:
        await database.close()


def _refuse_missing_file(address: str) -> None:
    """SQLite would make the file; a command that only looks must not leave an empty database behind."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        raise schema.SchemaError("database_empty")
