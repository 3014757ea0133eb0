"""Answers with files: what was approved is what goes out, each file once, nothing before all of it is there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine

from offices.errors import DomainError
from petitions.answering import MOST_FILES, SeenDraft
from petitions.errors import ChangedMeanwhileError
from petitions.lifecycle import Event, Status
from petitions.model import File, Petition
from storage import answer_files, chats, schedule
from storage.database import Database
from storage.petitions import FETCH_ANSWER_FILE, Petitions
from storage.tables import metadata
from tests.petitions.world import World, build

Play = Callable[[Callable[[World], None]], Awaitable[None]]


@pytest.fixture
def play(database: Database) -> Play:
    """Run a scene in a world of its own, once on each kind of database."""

    async def run(scene: Callable[[World], None]) -> None:
        await database.write(lambda connection: scene(build(connection)))

    return run


@dataclass(frozen=True)
class Sent:
    """A file that is still at a channel."""

    ref: str
    size: int = 10


def pdf(number: int) -> File:
    return File(f"{number:032x}.pdf", "application/pdf", 10)


def shown(world: World, code: str) -> SeenDraft:
    petition = world.petition(code)
    return SeenDraft(petition.version, len(world.desk.draft_files(petition)))


def drafts_from_chat(world: World, code: str, number: int) -> Petition:
    """Draft an answer with files of which the channel has told only."""
    petition = world.desk.draft_answer(code, world.officer, "Đã sửa.", coming=number)
    chat = chats.by_id(world.connection, world.chat_of[world.officer.id])
    sent = [Sent(f"far-{petition.draft_step}-{each}") for each in range(number)]
    answer_files.fetch_later(world.connection, chat, petition, sent, world.now)
    return petition


def coming(world: World) -> list[schedule.DueWork]:
    return schedule.due_now(world.connection, world.now, kinds=(FETCH_ANSWER_FILE,))


def arrives(world: World, work: schedule.DueWork, file: File) -> None:
    assert schedule.take(world.connection, work)
    answer_files.attach_fetched(world.connection, work, file)


def given_to_citizen(world: World) -> list[str]:
    """List the names of the files that the citizen gets, in order."""
    return [row.body["file"]["ref"] for row in world.letters() if "file" in row.body]


async def test_the_files_go_with_the_answer_each_as_a_message_of_its_own(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        world.desk.draft_answer(code, world.officer, "Đã sửa.", [pdf(2), pdf(1)])
        assert world.heard(world.leader)[-1] == "petition_draft_with_files"
        assert world.desk.approve(code, world.leader, seen=shown(world, code)).status is Status.ANSWERED
        assert world.heard()[-3:] == ["petition_answered_with_files", "petition_answer_file", "petition_answer_file"]
        assert given_to_citizen(world) == [pdf(2).ref, pdf(1).ref]
        names = [row.body["file"]["name"] for row in world.letters()[-2:]]
        assert names == [f"{code}-1.pdf", f"{code}-2.pdf"]
        assert [row.body["params"]["of"] for row in world.letters()[-2:]] == [2, 2]

    await play(scene)


async def test_a_new_draft_has_the_files_it_names_and_no_others(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        world.desk.draft_answer(code, world.officer, "Một.", [pdf(1), pdf(2)])
        world.desk.return_draft(code, world.leader, "Bỏ tệp thứ nhất.")
        assert list(world.desk.draft_files(world.petition(code))) == [pdf(1), pdf(2)], "they can be kept for the next"
        world.desk.draft_answer(code, world.officer, "Hai.", [pdf(2), pdf(3)])
        world.desk.approve(code, world.leader)
        assert given_to_citizen(world) == [pdf(2).ref, pdf(3).ref]

    await play(scene)


async def test_an_answer_without_files_is_told_as_ever(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        world.desk.draft_answer(code, world.officer, "Một.", [pdf(1)])
        world.desk.draft_answer(code, world.officer, "Hai.")
        world.desk.approve(code, world.leader, seen=shown(world, code))
        assert world.heard()[-1] == "petition_answered"
        assert given_to_citizen(world) == []

    await play(scene)


async def test_more_files_than_an_answer_may_have_are_refused(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        many = [pdf(each) for each in range(MOST_FILES)]
        with pytest.raises(DomainError, match="petition_too_many_files"):
            world.desk.draft_answer(code, world.officer, "Đã sửa.", many, coming=1)
        assert world.petition(code).draft is None
        world.desk.draft_answer(code, world.officer, "Đã sửa.", many)

    await play(scene)


async def test_nobody_approves_before_all_files_are_there_and_nobody_what_he_has_not_seen(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        drafts_from_chat(world, code, 2)
        first, second = coming(world)
        before = shown(world, code)
        arrives(world, second, pdf(2))
        with pytest.raises(DomainError, match="petition_files_coming"):
            world.desk.approve(code, world.leader, seen=shown(world, code))
        arrives(world, first, pdf(1))
        with pytest.raises(ChangedMeanwhileError):
            world.desk.approve(code, world.leader, seen=before)
        world.desk.approve(code, world.leader, send=False, seen=shown(world, code))
        with pytest.raises(ChangedMeanwhileError):
            world.desk.answer(code, world.officer, seen=SeenDraft(world.petition(code).version, 1))
        world.desk.answer(code, world.officer, seen=shown(world, code))
        assert given_to_citizen(world) == [pdf(1).ref, pdf(2).ref], "in the order in which they were sent"

    await play(scene)


async def test_a_file_that_cannot_be_had_is_told_to_who_wrote_the_draft_and_holds_up_nothing(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        petition = drafts_from_chat(world, code, 1)
        [work] = coming(world)
        assert schedule.give_up(world.connection, work, "gone")
        answer_files.tell_lost(world.connection, work, None, world.now)
        assert world.heard(world.officer)[-1] == "answer_file_lost"
        assert "answer_file_lost" not in (*world.heard(), *world.heard(world.leader))
        assert answer_files.lost(world.connection, petition) == 1
        assert world.desk.approve(code, world.leader, seen=shown(world, code)).status is Status.ANSWERED
        assert world.heard()[-1] == "petition_answered"

    await play(scene)


async def test_a_file_that_comes_for_an_older_draft_goes_nowhere(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        drafts_from_chat(world, code, 1)
        [work] = coming(world)
        world.desk.draft_answer(code, world.officer, "Viết lại, không kèm tệp.")
        arrives(world, work, pdf(1))
        answer_files.tell_lost(world.connection, work, None, world.now)
        assert "answer_file_lost" not in world.heard(world.officer)
        world.desk.approve(code, world.leader, seen=shown(world, code))
        assert given_to_citizen(world) == []

    await play(scene)


@pytest.mark.parametrize("end", ["withdraw", "reject"])
async def test_a_file_that_comes_or_fails_after_the_end_is_nobodys_business(play: Play, end: str) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        drafts_from_chat(world, code, 2)
        came, failed = coming(world)
        world.desk.return_draft(code, world.leader, "Xin xem lại.")
        if end == "withdraw":
            world.desk.withdraw(code, world.citizen)
        else:
            world.desk.reject(code, world.leader, "unclear", "Chưa rõ địa điểm.")
        arrives(world, came, pdf(1))
        answer_files.tell_lost(world.connection, failed, None, world.now)
        assert list(world.desk.draft_files(world.petition(code))) == []
        assert "answer_file_lost" not in world.heard(world.officer)

    await play(scene)


async def test_a_second_look_begins_without_the_files_of_the_first(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        world.desk.draft_answer(code, world.officer, "Đã sửa.", [pdf(1)])
        world.desk.approve(code, world.leader)
        after = world.desk.second_look(code, world.citizen, "Đèn vẫn chưa sáng.")
        assert (after.draft_step, list(world.desk.draft_files(after))) == (None, [])

    await play(scene)


@given(st.lists(st.lists(st.integers(1, 9), max_size=MOST_FILES, unique=True), min_size=1, max_size=4))
def test_the_citizen_gets_the_files_of_the_last_draft_in_its_order(drafts: list[list[int]]) -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        metadata.create_all(connection)
        _plays(connection, drafts)
    engine.dispose()


def _plays(connection: Connection, drafts: list[list[int]]) -> None:
    world = build(connection)
    code = world.submit().code
    for numbers in drafts:
        world.desk.draft_answer(code, world.officer, "Trả lời.", [pdf(each) for each in numbers])
    world.desk.approve(code, world.leader, seen=shown(world, code))
    wanted = [pdf(each).ref for each in drafts[-1]]
    assert given_to_citizen(world) == wanted
    petition = world.petition(code)
    assert [each.ref for each in Petitions(connection).draft_files(petition)] == wanted
    assert Event.DRAFT not in world.desk.possible(code, world.officer)
