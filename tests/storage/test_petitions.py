"""Petitions in the database: read back as written, listed for whom they concern, kept apart from their senders."""

import pytest
from sqlalchemy import Connection, inspect, select, update
from sqlalchemy.exc import IntegrityError

from offices.staff import Staff
from petitions.kinds import Subject
from petitions.lifecycle import Status
from petitions.model import File
from petitions.rights import may_see
from storage import kept_files
from storage.database import Database
from storage.file_types import BY_ENDING, FileType
from storage.files import StoredFile
from storage.pages import files_of
from storage.petition_lists import PAGE, Filter, Lateness, Page, counts, listed
from storage.petitions import Petitions
from storage.tables.petitions import attachment, petition, petition_history, petition_reporter
from tests.petitions.world import ECONOMY, HEAD, OFFICE, REFERENCE, SOCIETY, World, build


def page_of(world: World, official: Staff, wanted: Filter | None = None, page: int = 1) -> Page:
    return listed(world.connection, REFERENCE.directory, official, world.now, wanted, page)


def codes_of(world: World, official: Staff, wanted: Filter | None = None) -> list[str]:
    return [line.code for line in page_of(world, official, wanted).lines]


async def test_a_petition_comes_back_as_it_was_saved(database: Database) -> None:
    def scene(connection: Connection) -> None:
        world = build(connection)
        code = world.submit(place="Thôn 3", files=(File("0a.jpg", "image/jpeg", 9),)).code
        world.desk.ask_citizen(code, world.officer, "Ở đâu ạ?")
        world.later(days=3)
        world.desk.supply(code, world.citizen, "Cột số 5", (File("0b.jpg", "image/jpeg", 9),))
        after = world.desk.transfer(code, world.officer, SOCIETY, "lý do")
        assert Petitions(connection).find(code) == Petitions(connection).locked(code) == after
        kept = connection.execute(select(attachment.c.number, attachment.c.ref).order_by(attachment.c.id)).all()
        assert [tuple(row) for row in kept] == [(1, "0a.jpg"), (4, "0b.jpg")]

    await database.write(scene)


@pytest.mark.parametrize("kind", BY_ENDING.values(), ids=list(BY_ENDING))
async def test_every_kind_of_file_that_is_taken_has_its_place(database: Database, kind: FileType) -> None:
    file = File(f"{'ab' * 16}.{kind.ending}", kind.mime, 10)

    def scene(connection: Connection) -> None:
        world = build(connection)
        code = world.submit(files=(file,)).code
        world.desk.draft_answer(code, world.officer, "Đã sửa.", [file])
        assert list(world.desk.draft_files(world.petition(code))) == [file]
        assert [(each.ref, each.mime) for each in files_of(connection, world.petition(code).id)] == [
            (file.ref, file.mime)
        ]
        kept = StoredFile(file.ref, file.mime, file.size)
        kept_files.note(connection, "web", "x", kept, world.now)
        assert kept_files.find(connection, "web", "x") == kept

    await database.write(scene)


async def test_an_older_version_is_not_saved_over_a_newer_one(database: Database) -> None:
    def scene(connection: Connection) -> None:
        world = build(connection)
        old = world.petition(world.submit().code)
        world.desk.accept(old.code, world.officer)
        assert not Petitions(connection).save(old)
        assert world.petition(old.code).status is Status.ACCEPTED

    await database.write(scene)


async def test_the_sender_stands_in_one_table_only(database: Database) -> None:
    def scene(connection: Connection) -> None:
        world = build(connection)
        code = world.answered()
        tables = [name for name in inspect(connection).get_table_names() if name.startswith("petition")]
        columns = {(name, column["name"]) for name in tables for column in inspect(connection).get_columns(name)}
        naming = {name for name, column in columns if column in ("person_id", "chat_id")}
        assert naming == {petition_reporter.name}
        rows = connection.execute(select(petition_history.c.by, petition_history.c.details)).all()
        assert {row.by for row in rows} == {"reporter", "system", "staff"}
        assert code not in str([row.details for row in rows])

    await database.write(scene)


@pytest.mark.parametrize(
    "values",
    [{"status": "answered"}, {"status": "rejected"}, {"unit": ""}, {"status": "lost"}, {"resolved_at": "now"}],
)
async def test_the_database_refuses_what_cannot_be(database: Database, values: dict[str, object]) -> None:
    def scene(connection: Connection) -> None:
        world = build(connection)
        world.submit()
        changed = {**values, "resolved_at": world.now} if "resolved_at" in values else values
        connection.execute(update(petition).values(**changed))

    with pytest.raises(IntegrityError):
        await database.write(scene)


async def test_lists_show_exactly_what_one_may_see(database: Database) -> None:
    def scene(connection: Connection) -> None:
        world = build(connection)
        for about in (None, ECONOMY, SOCIETY, OFFICE, HEAD):
            world.submit("Cán bộ quát dân", Subject.CONDUCT, about=about)
            world.submit("Thủ tục rườm rà", Subject.REGULATION, about=about, field=None)
        world.submit()
        everything = [world.petition(code) for code in connection.scalars(select(petition.c.code))]
        for official in world.officials.values():
            today = world.now.date()
            seen = {each.code for each in everything if may_see(official, each, REFERENCE.directory, today)}
            page = page_of(world, official)
            assert {line.code for line in page.lines} == seen
            assert page.total == sum(counts(connection, REFERENCE.directory, official, world.now).values()) == len(seen)

    await database.write(scene)


async def test_lists_are_filtered_by_status_lateness_unit_subject_and_words(database: Database) -> None:
    def scene(connection: Connection) -> None:
        world = build(connection)
        lamp = world.submit(place="Đường Nguyễn Trãi").code
        school = world.submit("Học phí chưa công khai 100%_", Subject.REGULATION, field="education").code
        world.desk.accept(lamp, world.officer)
        assert codes_of(world, world.coordinator, Filter(words="nguyen trai DEN")) == [lamp]
        assert codes_of(world, world.coordinator, Filter(words="0%_")) == [school]
        assert codes_of(world, world.coordinator, Filter(words="%")) == [school]
        assert codes_of(world, world.coordinator, Filter(words=lamp.lower())) == [lamp]
        assert codes_of(world, world.coordinator, Filter(statuses=(Status.ACCEPTED,))) == [lamp]
        assert codes_of(world, world.coordinator, Filter(unit=SOCIETY)) == [school]
        assert codes_of(world, world.coordinator, Filter(unit=HEAD)) == [lamp, school]
        assert codes_of(world, world.coordinator, Filter(unit="nowhere")) == []
        assert codes_of(world, world.coordinator, Filter(subject=Subject.REGULATION, field="education")) == [school]
        assert codes_of(world, world.officer, Filter(unit=SOCIETY)) == []
        world.later(days=30)
        world.desk.ask_citizen(school, world.only_leader, "Trường nào ạ?")
        for lateness, expected in ((Lateness.LATE, [lamp]), (Lateness.WAITING, [school]), (Lateness.IN_TIME, [])):
            assert codes_of(world, world.coordinator, Filter(lateness=lateness)) == expected
        assert counts(connection, REFERENCE.directory, world.coordinator, world.now) == {
            (Status.ACCEPTED, Lateness.LATE): 1,
            (Status.NEED_INFO, Lateness.WAITING): 1,
        }

    await database.write(scene)


async def test_pages_hold_every_petition_once_the_most_urgent_first(database: Database) -> None:
    def scene(connection: Connection) -> None:
        world = build(connection)
        made = []
        for _ in range(PAGE + 3):
            made.append(world.submit().code)
            world.later(days=1)
        world.desk.withdraw(made[0], world.citizen)
        pages = [page_of(world, world.leader, page=number) for number in (1, 2)]
        assert [line.code for page in pages for line in page.lines] == [*made[1:], made[0]]
        assert {page.total for page in pages} == {PAGE + 3}
        assert pages[0].pages == 2

    await database.write(scene)
