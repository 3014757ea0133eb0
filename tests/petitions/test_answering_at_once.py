"""Who drafts, who approves and the worker that fetches files meet: on PostgreSQL they wait for each other."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import Connection, text

from petitions.answering import SeenDraft
from petitions.errors import ChangedMeanwhileError, WrongStatusError
from petitions.lifecycle import Status
from petitions.model import Petition
from storage.database import Database
from tests.petitions.test_answering import arrives, coming, drafts_from_chat, given_to_citizen, pdf, shown
from tests.petitions.world import World, build

Scene = Callable[[World], object]


@dataclass
class Meeting:
    """A petition, and two transactions over it of which the second begins while the first is not committed."""

    database: Database
    world: World
    code: str

    async def each(self, first: Scene, second: Scene) -> tuple[object, object]:
        """Let both go; return what each gave or raised."""
        began = asyncio.Event()

        def holding(connection: Connection) -> object:
            given = first(replace(self.world, connection=connection))
            began.set()
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_sleep(0.3)"))
            return given

        async def follow() -> object:
            await began.wait()
            return await self.alone(second)

        return await asyncio.gather(self.database.write(holding), follow(), return_exceptions=True)

    async def alone(self, scene: Scene) -> object:
        return await self.database.write(lambda connection: scene(replace(self.world, connection=connection)))

    async def given(self) -> Sequence[str]:
        return await self.database.read(lambda c: given_to_citizen(replace(self.world, connection=c)))

    async def petition(self) -> Petition:
        return await self.database.read(lambda c: replace(self.world, connection=c).petition(self.code))


@pytest.fixture
async def meeting(database: Database) -> Meeting:
    """Begin with a draft that waits for one file."""

    def begin(connection: Connection) -> tuple[World, str]:
        world = build(connection)
        code = world.submit().code
        drafts_from_chat(world, code, 1)
        return world, code

    return Meeting(database, *await database.write(begin))


async def test_a_leader_who_saw_no_file_does_not_approve_while_one_comes(meeting: Meeting) -> None:
    before = (await meeting.petition()).version
    _, approved = await meeting.each(
        lambda world: arrives(world, coming(world)[0], pdf(1)),
        lambda world: world.desk.approve(meeting.code, world.leader, seen=SeenDraft(before, 0)),
    )
    assert isinstance(approved, ChangedMeanwhileError)
    await meeting.alone(lambda world: world.desk.approve(meeting.code, world.leader, seen=shown(world, meeting.code)))
    assert await meeting.given() == [pdf(1).ref]


async def test_a_file_does_not_slip_into_the_draft_that_is_written_meanwhile(meeting: Meeting) -> None:
    [work] = await meeting.database.read(lambda c: coming(replace(meeting.world, connection=c)))
    results = await meeting.each(
        lambda world: world.desk.draft_answer(meeting.code, world.officer, "Không kèm tệp."),
        lambda world: arrives(world, work, pdf(1)),
    )
    assert not any(isinstance(each, Exception) for each in results)
    await meeting.alone(lambda world: world.desk.approve(meeting.code, world.leader))
    assert await meeting.given() == []


async def test_two_presses_on_approve_send_the_files_once(meeting: Meeting) -> None:
    await meeting.alone(lambda world: arrives(world, coming(world)[0], pdf(1)))

    def approve(world: World) -> Petition:
        return world.desk.approve(meeting.code, world.leader, seen=shown(world, meeting.code))

    _, second = await meeting.each(approve, approve)
    assert isinstance(second, WrongStatusError)
    assert (await meeting.petition()).status is Status.ANSWERED
    assert await meeting.given() == [pdf(1).ref]


async def test_who_approves_while_the_draft_is_written_anew_looks_again(meeting: Meeting) -> None:
    await meeting.alone(lambda world: arrives(world, coming(world)[0], pdf(1)))
    before = (await meeting.petition()).version
    _, approved = await meeting.each(
        lambda world: world.desk.draft_answer(meeting.code, world.officer, "Ảnh khác.", [pdf(2)]),
        lambda world: world.desk.approve(meeting.code, world.leader, seen=SeenDraft(before, 1)),
    )
    assert isinstance(approved, ChangedMeanwhileError)
    assert await meeting.given() == []
