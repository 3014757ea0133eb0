"""A file of a channel that gives it only for a while is fetched when it is attached, and the petition takes it over."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.fetching import Fetcher
from bot.messages import FileGone, FileRef, IncomingKind
from langnghe.workers import ATTACHED_KEPT
from storage import kept_files, petition_files
from storage.files import FolderStore
from storage.tables.delivery import due
from storage.tables.kept_files import kept_file
from storage.tables.petitions import attachment
from tests.bot.office import Office
from tests.bot.test_fetching import Source
from tests.storage import pictures

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
URL = "https://f1.zdn.vn/anh.jpg"


@pytest.fixture
def files(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files")


async def does(office: Office, *typed: str) -> None:
    """Type in a chat of Zalo."""
    for text in typed:
        await office.intake.accept(office.event(who="77", channel="zalo", account="9", text=text))


async def attaches(office: Office, *urls: str) -> None:
    """Bring a petition to its files, and send some."""
    await does(office, "phản ánh", "1", "Bỏ qua", "Bỏ qua", "Đèn đường ngõ 3 hỏng ba tuần nay.")
    for url in urls:
        file = FileRef(url, "photo", "", 0, "image/jpeg")
        await office.intake.accept(office.event(IncomingKind.FILE, who="77", channel="zalo", account="9", file=file))


async def attached(office: Office) -> list[str]:
    return await office.reads(lambda c: list(c.scalars(select(attachment.c.ref))))


async def test_the_petition_takes_what_was_fetched_when_it_was_attached(office: Office, files: FolderStore) -> None:
    await attaches(office, URL)
    source = Source(pictures.jpeg(), FileGone("the address holds no more"))
    fetcher = Fetcher(office.database, files, {"zalo": source}, office.clock)
    assert [await fetcher.round(), await fetcher.round()] == [1, 0]
    kept = await office.reads(lambda c: kept_files.find(c, "zalo", URL))
    assert kept is not None
    office.passes(days=2)
    await does(office, "Xong", "Bỏ qua", "2", "Gửi")
    assert await fetcher.round() == 1
    assert (await attached(office), source.asked) == ([kept.ref], 1)


async def test_a_petition_sent_at_once_fetches_its_file_itself(office: Office, files: FolderStore) -> None:
    await attaches(office, URL)
    await does(office, "Xong", "Bỏ qua", "2", "Gửi")
    fetcher = Fetcher(office.database, files, {"zalo": Source(pictures.jpeg())}, office.clock)
    assert await fetcher.round() == 2
    assert len(await attached(office)) == 1


async def test_the_same_file_in_two_petitions_comes_with_both(office: Office, files: FolderStore) -> None:
    fetcher = Fetcher(office.database, files, {"zalo": Source(pictures.jpeg())}, office.clock)
    for _ in range(2):
        await attaches(office, URL)
        assert await fetcher.round() == 1
        await does(office, "Xong", "Bỏ qua", "2", "Gửi")
        assert await fetcher.round() == 1
        office.passes(minutes=1)
    assert len(set(await attached(office))) == 2
    assert not [row for row in await office.letters() if row["body"].get("notice", "").startswith("file_lost")]


async def test_the_same_file_sent_twice_in_one_petition_comes_twice(office: Office, files: FolderStore) -> None:
    await attaches(office, URL, URL)
    fetcher = Fetcher(office.database, files, {"zalo": Source(pictures.jpeg())}, office.clock)
    await fetcher.round()
    await does(office, "Xong", "Bỏ qua", "2", "Gửi")
    for _ in range(3):
        await fetcher.round()
    assert len(set(await attached(office))) == 2


async def test_what_cannot_be_kept_is_told_when_the_petition_wants_it(office: Office, files: FolderStore) -> None:
    await attaches(office, URL)
    fetcher = Fetcher(office.database, files, {"zalo": Source(FileGone("not ours to fetch"))}, office.clock)
    await fetcher.round()
    assert not [row for row in await office.letters() if "notice" in row["body"]]
    await does(office, "Xong", "Bỏ qua", "2", "Gửi")
    await fetcher.round()
    [told] = [row["body"]["notice"] for row in await office.letters() if "notice" in row["body"]]
    assert told.startswith("file_lost")


async def test_a_file_out_of_the_blue_is_not_fetched(office: Office) -> None:
    file = FileRef(URL, "photo", "", 0, "image/jpeg")
    for _ in range(2):
        await office.intake.accept(office.event(IncomingKind.FILE, who="77", channel="zalo", account="9", file=file))
    assert await office.reads(lambda c: list(c.scalars(select(due.c.kind).where(due.c.kind == kept_files.KEEP)))) == []


async def test_what_no_petition_takes_is_forgotten_after_a_week(office: Office, files: FolderStore) -> None:
    await attaches(office, URL)
    await Fetcher(office.database, files, {"zalo": Source(pictures.jpeg())}, office.clock).round()
    [ref] = await office.reads(lambda c: list(c.scalars(select(kept_file.c.ref))))
    assert await office.reads(lambda c: petition_files.in_use(c, [ref])) == {ref}
    later = office.at + ATTACHED_KEPT + timedelta(minutes=1)
    house = office.schedule.workers["housekeeping"]
    await office.database.write(lambda c: house(c, later, {}))
    assert await office.reads(lambda c: petition_files.in_use(c, [ref])) == set()
