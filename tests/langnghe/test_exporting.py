"""Ordered files are written by a real process of their own: whole, or not there, and the row says which."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from langnghe.exporting import PROGRAM, Exporter
from offices.staff import Role, Staff
from storage import file_orders, staff
from storage.beside import child
from storage.database import Database
from storage.file_orders import Failure, FileOrder, State, Wanted
from storage.files import FolderStore
from tests.langnghe.office import add_ratings, done

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
WANTED = Wanted("ratings", "csv", date(2026, 1, 1), date(2026, 12, 31), "vi")


@pytest.fixture
async def database(office: Path) -> AsyncIterator[Database]:
    opened = await Database.open(f"sqlite:///{office}/data/langnghe.db")
    yield opened
    await opened.close()


@pytest.fixture
async def analyst(database: Database) -> Staff:
    def add(connection: Connection) -> Staff:
        return staff.add(
            connection, login="phantich", name="Cán bộ mẫu 01", unit="xa-mau.van-phong", roles=[Role.ANALYST],
            password_hash="-", now=NOW, actor="system",
        )  # fmt: skip

    return await database.write(add)


@pytest.fixture
def exporter(office: Path, database: Database) -> Exporter:
    address, files = f"sqlite:///{office}/data/langnghe.db", FolderStore(office / "data" / "files")
    return Exporter(database, address, files, office / "data" / "exports", lambda: NOW)


async def order(database: Database, official: Staff) -> int:
    return await database.write(lambda connection: file_orders.order(connection, WANTED, official, NOW))


async def seen(database: Database, number: int) -> FileOrder:
    found = await database.read(lambda connection: file_orders.by_id(connection, number))
    assert found is not None
    return found


async def begun(exporter: Exporter, number: int) -> asyncio.Task[int]:
    """Let the exporter begin; the new process needs half a second before it writes anything."""
    task = asyncio.create_task(exporter.round())
    while (await seen(exporter.database, number)).state is State.WAITING:  # noqa: ASYNC110 - another task's row
        await asyncio.sleep(0.01)
    return task


async def test_the_file_is_the_one_of_the_command(exporter: Exporter, analyst: Staff, office: Path) -> None:
    await asyncio.to_thread(add_ratings, [5, 4, 2])
    assert await exporter.round() == 0
    number = await order(exporter.database, analyst)
    assert await exporter.round() == 1
    ready = await seen(exporter.database, number)
    assert (ready.state, ready.rows) == (State.READY, 3)
    (file,) = exporter.folder.iterdir()
    assert (file.name, file.stat().st_size) == (ready.file_name, ready.bytes)
    out = office / "phieu.csv"
    await asyncio.to_thread(done, "export", "--from", "2026-01-01", "--to", "2026-12-31", "--out", str(out))
    assert file.read_bytes() == out.read_bytes()


async def test_a_file_that_is_stopped_leaves_nothing_and_one_of_a_stopped_service_is_begun_anew(
    exporter: Exporter, analyst: Staff
) -> None:
    database = exporter.database
    number = await order(database, analyst)
    task = await begun(exporter, number)
    await database.write(lambda connection: file_orders.cancel(connection, number, analyst, NOW))
    assert await task == 1
    assert (await seen(database, number)).state is State.CANCELLED
    assert list(exporter.folder.iterdir()) == []
    number = await order(database, analyst)
    task = await begun(exporter, number)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await seen(database, number)).state is State.WAITING
    assert list(exporter.folder.iterdir()) == []


async def test_a_file_that_cannot_be_written_says_why(exporter: Exporter, analyst: Staff, office: Path) -> None:
    database, clock = exporter.database, exporter.clock

    full = Exporter(database, exporter.address, FolderStore(office, spare=10**18), exporter.folder, clock)
    number = await order(database, analyst)
    await full.round()
    assert (await seen(database, number)).reason == Failure.DISK_FULL
    number = await order(database, analyst)

    def move(connection: Connection) -> None:
        staff.move(
            connection, analyst.id, unit=analyst.unit, roles=[Role.COORDINATOR], now=NOW, actor="system"
        )  # fmt: skip

    await database.write(move)
    await exporter.round()
    assert (await seen(database, number)).reason == Failure.RIGHTS
    assert list(exporter.folder.iterdir()) == []


async def test_a_file_goes_when_its_hour_is_over_and_stays_while_it_is_written(
    exporter: Exporter, analyst: Staff
) -> None:
    database = exporter.database
    number = await order(database, analyst)
    taken = await database.write(lambda connection: file_orders.take(connection, "abcd", NOW))
    assert taken is not None
    assert await exporter.sweep() == 0, "there is no folder yet"
    exporter.folder.mkdir()
    mine, left = exporter.folder / str(taken.file_name), exporter.folder / "1-killed.csv"
    mine.write_text("đang viết", encoding="utf-8")
    left.write_text("bỏ dở", encoding="utf-8")
    assert await exporter.sweep() == 1
    assert list(exporter.folder.iterdir()) == [mine]
    await database.write(lambda connection: file_orders.settle(connection, taken, 1, 9, NOW))
    kept = NOW + timedelta(hours=1)
    assert await replace(exporter, clock=lambda: kept - timedelta(seconds=1)).sweep() == 0
    assert await replace(exporter, clock=lambda: kept).sweep() == 1
    assert list(exporter.folder.iterdir()) == []
    assert (await seen(database, number)).state is State.READY
    assert await replace(exporter, clock=lambda: kept + timedelta(days=7)).sweep() == 0
    assert await database.read(lambda connection: file_orders.by_id(connection, number)) is None


async def test_the_writer_does_not_outlive_the_service(exporter: Exporter, analyst: Staff, tmp_path: Path) -> None:
    number = await order(exporter.database, analyst)
    asked = {"database": exporter.address, "number": number, "file": str(tmp_path / "tep.csv")}
    async with child(PROGRAM, asked) as process:
        assert process.stdin is not None
        process.stdin.close()
        told, _ = await process.communicate()
    assert (process.returncode, told) == (1, b"")
