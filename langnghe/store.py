"""The configured database: made and brought up to date, or opened for one command."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy import Connection

from langnghe import data_dir
from langnghe.clock import today
from langnghe.config import Config, load_config
from storage import schema, sqlite_file
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


def work(use: Callable[[Database], Awaitable[T]]) -> T:
    """Run several jobs on the configured database; the same errors as `read`."""
    return asyncio.run(_with_database(use))


async def prepare(config: Config, *, looked: bool = False) -> bool:
    """Make the database or bring it up to date; say whether anything was changed.

    looked  somebody has just looked for damage in it

    Raises SchemaError for one that is damaged, foreign, newer, or that held data and is empty now; StoreUnavailable.
    """
    await refuse_lost(config)
    changed = await schema.upgrade(config.database_url, looked=looked)
    note_made(config)
    return changed


async def refuse_lost(config: Config) -> None:
    """Raise SchemaError `database_lost` for a database that is gone: an empty one must not take its place."""
    day = data_dir.made_on(config.data_dir, _name(config))
    if day and await schema.current(config.database_url) is None:
        mark = str(config.data_dir / data_dir.MADE_FILE)
        raise schema.SchemaError("database_lost", place=schema.place_of(config.database_url), day=day, mark=mark)


def note_made(config: Config) -> None:
    """Remember that the configured database holds data."""
    data_dir.note_made(config.data_dir, _name(config), today())


def _name(config: Config) -> str:
    """Name a database for the list in the data folder, which may be moved as a whole."""
    file = schema.sqlite_path(config.database_url)
    if file and file.is_relative_to(config.data_dir):
        return str(file.relative_to(config.data_dir))
    return schema.place_of(config.database_url)


async def _with_database(use: Callable[[Database], Awaitable[T]]) -> T:
    config = load_config()
    await _refuse_missing_file(config)
    database = await Database.open(config.database_url)
    try:
        await schema.check(database)
        return await use(database)
    finally:
        await database.close()


async def _refuse_missing_file(config: Config) -> None:
    """SQLite would make the file; a command that only looks must not leave an empty database behind."""
    file = schema.sqlite_path(config.database_url)
    if file is None:
        return
    if not sqlite_file.is_there(file):
        await refuse_lost(config)
        raise schema.SchemaError("database_empty")
    sqlite_file.refuse_unusable(file)
