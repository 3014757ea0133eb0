"""Orders of large files, on both databases: one per person, one writer at a time, whatever is killed in between."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from offices.errors import DomainError
from offices.presets import load_preset
from offices.staff import Role, Staff
from storage import file_orders, staff, units
from storage.database import Database
from storage.file_orders import KEPT, REMEMBERED, SILENCE, Failure, FileOrder, State, Wanted
from storage.tables.audit import audit
from storage.tables.exports import file_order

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
WANTED = Wanted("ratings", "csv", date(2026, 1, 1), date(2026, 11, 21), "vi")
A_SECOND = timedelta(seconds=1)


@pytest.fixture
async def officials(database: Database) -> tuple[Staff, Staff]:
    def install(connection: Connection) -> tuple[Staff, Staff]:
        units.install_preset(connection, load_preset("commune-2025"), now=NOW)
        first, second = (
            staff.add(
                connection, login=login, name="Cán bộ mẫu 01", unit="xa-mau.van-phong", roles=[Role.ANALYST],
                password_hash="-", now=NOW, actor="system",
            )
            for login in ("mot", "hai")
        )  # fmt: skip
        return first, second

    return await database.write(install)


async def ordered(database: Database, official: Staff, now: datetime = NOW) -> int:
    return await database.write(lambda connection: file_orders.order(connection, WANTED, official, now))


async def taken(database: Database, writer: str, now: datetime = NOW) -> FileOrder | None:
    return await database.write(lambda connection: file_orders.take(connection, writer, now))


async def seen(database: Database, number: int) -> FileOrder:
    found = await database.read(lambda connection: file_orders.by_id(connection, number))
    assert found is not None
    return found


async def test_a_person_has_one_order_under_way_and_others_are_not_in_its_way(
    database: Database, officials: tuple[Staff, Staff]
) -> None:
    mine, other = officials
    number = await ordered(database, mine)
    with pytest.raises(DomainError, match="export_under_way"):
        await ordered(database, mine)
    theirs = await ordered(database, other)
    assert await database.read(lambda connection: file_orders.of(connection, number, other)) is None
    await database.write(lambda connection: file_orders.cancel(connection, number, other, NOW))
    assert (await seen(database, number)).state is State.WAITING
    await database.write(lambda connection: file_orders.cancel(connection, number, mine, NOW))
    assert (await seen(database, number)).state is State.CANCELLED
    assert await ordered(database, mine) not in (number, theirs)
    told = await database.read(
        lambda connection: connection.scalars(select(audit.c.action).order_by(audit.c.seq)).all()
    )
    assert [each for each in told if each.startswith("export")] == [
        "export.order", "export.order", "export.cancel", "export.order",
    ]  # fmt: skip


async def test_the_table_itself_allows_one_order_under_way(database: Database, officials: tuple[Staff, Staff]) -> None:
    number = await ordered(database, officials[0])
    columns = [column for column in file_order.c if column.name != "id"]
    copy = file_order.insert().from_select(
        [column.name for column in columns], select(*columns).where(file_order.c.id == number)
    )
    with pytest.raises(IntegrityError):
        await database.write(lambda connection: connection.execute(copy).rowcount)


async def test_a_file_is_told_about_and_kept_for_a_day(database: Database, officials: tuple[Staff, Staff]) -> None:
    number = await ordered(database, officials[0])
    mine = await taken(database, "a")
    assert mine is not None
    assert await taken(database, "b") is None
    assert await database.write(lambda connection: file_orders.tell(connection, mine, 3, 9, NOW))
    assert ((await seen(database, number)).done, (await seen(database, number)).total) == (3, 9)
    names = {mine.file_name}
    assert await database.read(lambda connection: file_orders.kept_names(connection, NOW)) == names
    assert await database.write(lambda connection: file_orders.settle(connection, mine, 40, 999, NOW))
    ready = await seen(database, number)
    assert (ready.rows, ready.bytes, ready.kept_until) == (40, 999, NOW + KEPT)
    assert ready.is_there(NOW + KEPT - A_SECOND)
    assert not ready.is_there(NOW + KEPT)
    assert await database.read(lambda connection: file_orders.kept_names(connection, NOW + KEPT - A_SECOND)) == names
    assert await database.read(lambda connection: file_orders.kept_names(connection, NOW + KEPT)) == set()
    assert await database.write(lambda connection: file_orders.forget(connection, NOW + REMEMBERED)) == 0
    assert await database.write(lambda connection: file_orders.forget(connection, NOW + REMEMBERED + A_SECOND)) == 1


async def test_an_order_whose_writer_was_killed_says_so_and_can_be_begun_anew(
    database: Database, officials: tuple[Staff, Staff]
) -> None:
    number = await ordered(database, officials[0])
    killed = await taken(database, "a")
    assert killed is not None
    soon, later = NOW + SILENCE, NOW + SILENCE + A_SECOND
    assert not await database.read(lambda connection: file_orders.has_work(connection, soon))
    assert await database.read(lambda connection: file_orders.has_work(connection, later))
    assert await taken(database, "b", later) is None
    lost = await seen(database, number)
    assert (lost.state, lost.reason) == (State.FAILED, Failure.INTERRUPTED)
    anew = await ordered(database, officials[0], later)
    # The first writer had only been held up: what it says changes nothing any more.
    assert not await database.write(lambda connection: file_orders.settle(connection, killed, 1, 1, later))
    assert not await database.write(lambda connection: file_orders.tell(connection, killed, 1, 1, later))
    assert (await seen(database, anew)).state is State.WAITING
    assert (await seen(database, number)).state is State.FAILED


async def test_a_writer_that_stops_in_good_order_gives_its_order_back(
    database: Database, officials: tuple[Staff, Staff]
) -> None:
    number = await ordered(database, officials[0])
    mine = await taken(database, "a")
    assert mine is not None
    assert await database.write(lambda connection: file_orders.give_back(connection, mine))
    again = await taken(database, "b")
    assert again is not None
    assert again.id == number
    assert not await database.write(lambda connection: file_orders.fail(connection, mine, Failure.ERROR, NOW))
    count = select(func.count()).select_from(file_order)
    assert await database.read(lambda connection: connection.scalar(count)) == 1
