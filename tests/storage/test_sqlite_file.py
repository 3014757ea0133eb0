import asyncio
import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage import schema, sqlite_file
from storage.sqlite_file import SchemaError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "langnghe.db"
    asyncio.run(schema.upgrade(f"sqlite:///{path}"))
    return path


def foreign(path: Path, application: int = 0) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE invoice (id INTEGER)")
        connection.execute(f"PRAGMA application_id={application}")
    return path


def test_our_file_says_that_it_is_ours(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (sqlite_file.OFFICE_ID,)
    sqlite_file.refuse_unusable(file)


@pytest.mark.parametrize("content", [b"", None])
def test_an_empty_or_missing_file_is_for_us_to_fill(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    if content is not None:
        path.write_bytes(content)
    sqlite_file.refuse_unusable(path)
    assert not sqlite_file.is_there(path)


@pytest.mark.parametrize("content", [b"x", b"PK\x03\x04" * 50, b"SQLite format 3\0"])
def test_a_file_that_is_something_else_is_told(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    path.write_bytes(content)
    with pytest.raises(SchemaError, match="database_no_sqlite"):
        sqlite_file.refuse_unusable(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("application", [0, 0x0F055112, sqlite_file.OFFICE_ID])
async def test_the_file_of_another_program_stays_as_it_is(application: int, tmp_path: Path) -> None:
    path = foreign(tmp_path / "books.db", application)
    before = path.read_bytes()
    with pytest.raises(SchemaError, match="database_foreign"):
        await schema.upgrade(f"sqlite:///{path}")
    assert path.read_bytes() == before
    assert listed(tmp_path) == ["books.db"]


def listed(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


def upgrade(file: Path) -> str | None:
    """Return what the start says against a file, None when it takes it."""
    try:
        asyncio.run(schema.upgrade(f"sqlite:///{file}"))
    except SchemaError as error:
        return error.key
    return None


def test_a_file_that_was_cut_is_told(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)
    assert upgrade(file) == "database_damaged"


def test_pages_overwritten_by_chance_are_told(file: Path) -> None:
    whole = file.read_bytes()
    chance = random.Random(7)  # noqa: S311 - repeatable damage, no secret
    told = []
    for _ in range(25):
        place = chance.randrange(len(whole) - 4096)
        file.write_bytes(whole[:place] + chance.randbytes(4096) + whole[place + 4096 :])
        told.append(upgrade(file))
    # A page that no table uses yet may hold anything; every other one is found, and nothing else comes out.
    assert set(told) <= {"database_damaged", "database_no_sqlite", "database_foreign", None}
    assert told.count(None) < 10


def test_looking_through_a_large_file_ends_in_time(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE large (id INTEGER PRIMARY KEY, text TEXT)")
        rows = ((number, "x" * 200) for number in range(60_000))
        connection.executemany("INSERT INTO large VALUES (?, ?)", rows)
        assert sqlite_file.look_through(connection, 0.0) is None
        assert sqlite_file.look_through(connection, 60.0) is None
        assert connection.execute("SELECT count(*) FROM large").fetchone() == (60_000,)
