"""The whole file is looked through beside the service: damage behind its beginning is told, too."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from langnghe.whole_file import WholeFile
from storage import channel_states, schema, sqlite_file
from storage.channel_states import FILE, ChannelState
from storage.database import Database
from storage.tables.conversations import event

NOON = datetime(2026, 11, 21, 5, tzinfo=UTC)
PAGE = 4096


async def filled(path: Path) -> None:
    await schema.upgrade(f"sqlite:///{path}")
    database = await Database.open(f"sqlite:///{path}")
    rows = [
        {"channel": "web", "account": "", "event_key": f"{number:0100}", "taken_at": NOON} for number in range(20_000)
    ]
    await database.write(lambda connection: connection.execute(insert(event), rows))
    await database.close()


async def found(path: Path) -> ChannelState | None:
    database = await Database.open(f"sqlite:///{path}")
    try:
        await WholeFile(database, lambda: NOON, path).look()
        return await database.read(lambda connection: channel_states.find(connection, *FILE))
    finally:
        await database.close()


async def test_a_whole_file_is_well_and_a_damaged_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "langnghe.db"
    await filled(path)
    state = await found(path)
    assert state is not None
    assert state.problem is None
    whole = path.read_bytes()
    middle = len(whole) // PAGE // 2 * PAGE
    path.write_bytes(whole[:middle] + b"\xff" * PAGE + whole[middle + PAGE :])
    damaged = await found(path)
    assert damaged is not None
    assert (damaged.problem, damaged.since) == ("damaged", NOON)
    assert damaged.reason


async def test_the_end_of_the_service_ends_the_look(tmp_path: Path) -> None:
    path = tmp_path / "langnghe.db"
    await filled(path)
    asked = [False, False, True]
    assert sqlite_file.look_at_all(path, lambda: asked.pop(0)) is None
    assert asked == []
    database = await Database.open(f"sqlite:///{path}")
    task = asyncio.create_task(WholeFile(database, lambda: NOON, path).look())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert await database.read(lambda connection: channel_states.find(connection, *FILE)) is None
    await database.close()
