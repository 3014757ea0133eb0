"""Files that a channel still holds are brought into our store; one that never comes is told, never lost in silence."""

from collections.abc import AsyncIterable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from bot.fetching import Fetcher
from bot.messages import FileGone
from bot.words import Words, load_texts
from petitions.kinds import Subject
from petitions.model import Submission
from storage import chats, petition_files
from storage.chats import Caller
from storage.desks import petition_desk
from storage.files import FolderStore, StorageFull, StoredFile
from storage.reference import load
from storage.tables.delivery import due
from storage.tables.petitions import attachment
from tests.bot.office import Office
from tests.storage import pictures

FAR = "sample-channel"


class Source:
    """A channel that gives what it was told to."""

    def __init__(self, *gives: bytes | Exception) -> None:
        self.gives = list(gives)
        self.asked = 0

    async def fetch_file(self, _ref: str, _limit: int) -> bytes:
        self.asked += 1
        given = self.gives.pop(0) if len(self.gives) > 1 else self.gives[0]
        if isinstance(given, Exception):
            raise given
        return given


class FullStore(FolderStore):
    """A store on a full disk."""

    async def keep(self, content: AsyncIterable[bytes], *, largest: int, is_official: bool = False) -> StoredFile:  # noqa: ARG002 - full for all
        raise StorageFull


class ForgetfulStore(FolderStore):
    """A store that calls its first two files by one name, which the database refuses."""

    first: StoredFile | None = None
    kept = 0

    async def keep(self, content: AsyncIterable[bytes], *, largest: int, is_official: bool = False) -> StoredFile:
        new = await super().keep(content, largest=largest, is_official=is_official)
        self.first, self.kept = self.first or new, self.kept + 1
        return self.first if self.kept <= 2 else new


class Sent:
    """A file as the channel told of it."""

    ref = "far-1"
    size = 1000


@pytest.fixture
def files(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files")


async def petition_with_file(office: Office) -> str:
    """Send a petition whose one file is still at the channel; return its code."""

    def job(connection: Connection) -> str:
        chat = chats.welcome(connection, Caller(FAR, "bot", "1", "1", "vi"), office.at)
        given = Submission(person_id=chat.person_id, chat_id=chat.id, subject=Subject.SITE, text="Đèn đường hỏng.")
        code = petition_desk(connection, load(connection), office.at).submit(given).code
        petition_files.fetch_later(connection, chat, code, [Sent()], office.at)
        return code

    return await office.database.write(job)


async def notices(office: Office) -> list[str]:
    """Return what the reporter is told, in his words."""
    words = Words(load_texts(), office.reference.name_of)
    bodies = [row["body"] for row in await office.letters() if "file_lost" in row["body"]["notice"]]
    return [words.text(f"notices.{body['notice']}", "vi", body["params"]) for body in bodies]


async def lost(office: Office, code: str) -> int:
    return await office.reads(lambda c: petition_files.lost(c, code))


async def test_a_file_is_fetched_and_attached_once(office: Office, files: FolderStore) -> None:
    code = await petition_with_file(office)
    source = Source(pictures.jpeg())
    fetcher = Fetcher(office.database, files, {FAR: source}, office.clock)
    assert [await fetcher.round(), await fetcher.round()] == [1, 0]
    assert len(await office.reads(lambda c: c.execute(select(attachment.c.ref)).all())) == 1
    assert await notices(office) == []
    assert await lost(office, code) == 0


async def test_a_file_that_cannot_be_attached_holds_up_no_other(office: Office, tmp_path: Path) -> None:
    codes = [await petition_with_file(office) for _ in range(3)]
    store = ForgetfulStore(tmp_path / "files")
    fetcher = Fetcher(office.database, store, {FAR: Source(pictures.jpeg())}, office.clock)
    assert await fetcher.round() == 2
    office.passes(minutes=1)
    assert await fetcher.round() == 1
    assert len(await office.reads(lambda c: c.execute(select(attachment.c.petition_id).distinct()).all())) == len(codes)


@pytest.mark.parametrize("failure", [ConnectionError("the network"), StorageFull()], ids=["network", "disk"])
async def test_a_channel_that_is_away_for_two_days_loses_nothing(
    office: Office, files: FolderStore, tmp_path: Path, failure: Exception
) -> None:
    code = await petition_with_file(office)
    source = Source(failure) if isinstance(failure, ConnectionError) else Source(pictures.jpeg())
    store = files if isinstance(failure, ConnectionError) else FullStore(tmp_path / "full")
    fetcher = Fetcher(office.database, store, {FAR: source}, office.clock)
    for _ in range(48 * 6):
        await fetcher.round()
        office.passes(minutes=10)
    assert 40 < source.asked < 60, "tried all the time, but not at every turn"
    assert await notices(office) == []
    healed = Fetcher(office.database, files, {FAR: Source(pictures.jpeg())}, office.clock)
    office.passes(hours=1)
    assert await healed.round() == 1
    assert await lost(office, code) == 0


@pytest.mark.parametrize("sources", [True, False], ids=["away", "no such channel any more"])
async def test_what_never_comes_is_told_once_and_stays_visible(
    office: Office,
    files: FolderStore,
    sources: bool,  # noqa: FBT001
) -> None:
    code = await petition_with_file(office)
    gone = {FAR: Source(ConnectionError("the network"))} if sources else {}
    fetcher = Fetcher(office.database, files, gone, office.clock)
    for _ in range(80):
        await fetcher.round()
        office.passes(hours=1)
    told = await notices(office)
    assert len(told) == 1
    assert code in told[0]
    assert await lost(office, code) == 1
    assert await office.reads(lambda c: c.scalar(select(due.c.state).where(due.c.kind == "fetch_file"))) == "failed"


@pytest.mark.parametrize(
    ("gives", "says"),
    [
        (FileGone("gone"), "không tải về được"),
        (b"MZ a program", "chỉ nhận ảnh"),
        (b"\xff\xd8\xffnothing", "bị hỏng"),
        (b"\xff\xd8\xff" + b"x" * 20_000_001, "20 MB"),
        (b"%PDF-1.7\ntrailer << /Encrypt 4 0 R >>\n%%EOF", "người soạn"),
    ],
    ids=["gone", "wrong kind", "damaged", "too large", "not cleanable"],
)
async def test_what_can_never_be_taken_is_told_at_once_with_its_reason(
    office: Office, files: FolderStore, gives: bytes | Exception, says: str
) -> None:
    code = await petition_with_file(office)
    fetcher = Fetcher(office.database, files, {FAR: Source(gives)}, office.clock)
    for _ in range(3):
        await fetcher.round()
        office.at += timedelta(hours=1)
    told = await notices(office)
    assert len(told) == 1
    assert says in told[0]
    assert await lost(office, code) == 1
