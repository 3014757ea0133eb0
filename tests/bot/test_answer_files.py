"""Files that an official attaches to a draft in chat: fetched soon, kept as they are, or told of within the hour."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from bot.fetching import Fetcher
from bot.messages import FileGone
from offices.errors import DomainError
from storage import answer_files, chats, kept_files, petition_files, schedule
from storage.database import Database
from storage.files import FolderStore, StoredFile
from storage.petitions import FETCH_ANSWER_FILE
from storage.tables.petitions import answer_file
from tests.bot.test_fetching import Source
from tests.petitions.world import World, build
from tests.storage import documents, pictures

WANTED = (FETCH_ANSWER_FILE,)


@dataclass(frozen=True)
class Sent:
    """A file as the channel told of it."""

    ref: str = "far-1"
    size: int = 10


@dataclass
class Case:
    """A petition whose draft waits for one file, and a clock."""

    database: Database
    world: World
    code: str

    def clock(self) -> datetime:
        return self.world.now

    async def heard(self) -> Sequence[str]:
        """List what the officer was told."""
        return await self.database.read(lambda c: replace(self.world, connection=c).heard(self.world.officer))

    async def files(self) -> list[str]:
        return await self.database.read(lambda c: list(c.scalars(select(answer_file.c.ref))))

    async def approved(self) -> str:
        """Have the leader approve; return what refuses it, or nothing."""

        def approve(connection: Connection) -> str:
            world = replace(self.world, connection=connection)
            try:
                world.desk.approve(self.code, world.leader)
            except DomainError as error:
                return error.key
            return ""

        return await self.database.write(approve)


@pytest.fixture
async def case(database: Database) -> Case:
    def begin(connection: Connection) -> tuple[World, str]:
        world = build(connection)
        code = world.submit().code
        petition = world.desk.draft_answer(code, world.officer, "Đã sửa.", coming=1)
        chat = chats.by_id(connection, world.chat_of[world.officer.id])
        answer_files.fetch_later(connection, chat, petition, [Sent()], world.now)
        return world, code

    world, code = await database.write(begin)
    return Case(database, world, code)


def fetcher(case: Case, folder: Path, source: Source) -> Fetcher:
    return Fetcher(case.database, FolderStore(folder), {"telegram": source}, case.clock)


async def test_a_file_comes_to_its_draft_once_and_stays_there(case: Case, tmp_path: Path) -> None:
    assert await case.approved() == "petition_files_coming"
    fetching = fetcher(case, tmp_path, Source(pictures.jpeg()))
    assert [await fetching.round(), await fetching.round()] == [1, 0]
    [ref] = await case.files()
    assert await case.database.read(lambda c: petition_files.in_use(c, [ref, "ab" * 16 + ".jpg"])) == {ref}
    assert await case.approved() == ""
    assert await case.files() == [ref]


async def test_a_signed_document_is_kept_as_it_is(case: Case, tmp_path: Path) -> None:
    signed = documents.pdf({6: b"<< /Type /Sig /ByteRange [0 1 2 3] /Name (x) >>"})
    assert await fetcher(case, tmp_path, Source(signed)).round() == 1
    [ref] = await case.files()
    assert (tmp_path / ref[:2] / ref).read_bytes() == signed


async def kept_in_advance(case: Case, folder: Path, content: bytes) -> StoredFile:
    """Fetch the file when it is sent, as one of a citizen."""

    async def pieces() -> AsyncIterator[bytes]:
        yield content

    kept = await FolderStore(folder).keep(pieces(), largest=20_000_000)
    await case.database.write(lambda c: kept_files.note(c, "telegram", Sent().ref, kept, case.world.now))
    return kept


async def test_what_was_fetched_in_advance_goes_only_when_the_channel_has_it_no_more(
    case: Case, tmp_path: Path
) -> None:
    kept = await kept_in_advance(case, tmp_path, pictures.jpeg())
    fetching = fetcher(case, tmp_path, Source(FileGone("gone")))
    assert await fetching.round() == 1
    assert await case.files() == [kept.ref]
    assert "answer_file_lost" not in await case.heard()


async def test_a_signed_letter_never_goes_as_it_was_cleaned_in_advance(case: Case, tmp_path: Path) -> None:
    signed = documents.signed_docx()
    cleaned = await kept_in_advance(case, tmp_path, signed)
    assert await fetcher(case, tmp_path, Source(signed)).round() == 1
    [ref] = await case.files()
    assert ref != cleaned.ref
    assert (tmp_path / ref[:2] / ref).read_bytes() == signed


@pytest.mark.parametrize(
    "content", [documents.signed_docx(), documents.pdf() + b"\n" * 11_000_000], ids=["cleaned letter", "too large"]
)
async def test_what_was_fetched_in_advance_and_does_not_serve_is_told_of(
    case: Case, tmp_path: Path, content: bytes
) -> None:
    await kept_in_advance(case, tmp_path, content)
    assert await fetcher(case, tmp_path, Source(FileGone("gone"))).round() == 0
    assert await case.files() == []
    assert (await case.heard())[-1] == "answer_file_lost"


@pytest.mark.parametrize(
    ("gives", "told"),
    [
        (FileGone("gone"), "answer_file_lost"),
        (b"MZ a program", "answer_file_refused"),
        (b"\xff\xd8\xff" + b"x" * 10_000_001, "answer_file_refused"),
    ],
    ids=["gone", "wrong kind", "too large"],
)
async def test_what_can_never_be_had_is_told_to_who_sent_it_and_the_draft_can_go(
    case: Case, tmp_path: Path, gives: bytes | Exception, told: str
) -> None:
    fetching = fetcher(case, tmp_path, Source(gives))
    for _ in range(3):
        await fetching.round()
        case.world.later(hours=1)
    assert [key for key in await case.heard() if key.startswith("answer_file")] == [told]
    assert await case.approved() == ""


async def test_a_channel_that_is_away_holds_an_answer_up_for_an_hour_at_most(case: Case, tmp_path: Path) -> None:
    fetching, begun = fetcher(case, tmp_path, Source(ConnectionError("the network"))), case.world.now
    while await case.database.read(lambda c: schedule.due_now(c, case.world.now + timedelta(days=9), kinds=WANTED)):
        await fetching.round()
        case.world.later(minutes=1)
    assert timedelta(minutes=20) < case.world.now - begun < timedelta(hours=1)
    assert (await case.heard())[-1] == "answer_file_lost"
    assert await case.approved() == ""
