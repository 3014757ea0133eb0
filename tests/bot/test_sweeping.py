"""Files that belong to nothing are removed after two days, and no other ones."""

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.messages import FileRef, IncomingKind
from bot.sweeping import Sweeper
from storage.files import FolderStore, StoredFile
from tests.bot.office import Office
from tests.storage import pictures

MEGABYTE = 1_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def files(folder: Path) -> FolderStore:
    return FolderStore(folder)


@pytest.fixture
def sweeper(office: Office, files: FolderStore) -> Sweeper:
    return Sweeper(office.database, files, office.clock)


async def picture() -> AsyncIterator[bytes]:
    yield pictures.jpeg()


async def keeps(office: Office, files: FolderStore, folder: Path) -> StoredFile:
    """Keep a file at the office's time."""
    kept = await files.keep(picture(), largest=MEGABYTE)
    moment = office.at.timestamp()
    os.utime(folder / kept.ref[:2] / kept.ref, (moment, moment))
    return kept


def there(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("??/*")}


async def sends_files(office: Office, *kept: StoredFile) -> None:
    """Bring a petition to its files."""
    for word in ("/phananh", "1", "Bỏ qua", "Bỏ qua", "Đèn đường ngõ 3 hỏng ba tuần nay."):
        await office.says(word)
    for each in kept:
        sent = FileRef(each.ref, "photo", "anh.jpg", each.size, each.mime)
        await office.takes(IncomingKind.FILE, file=sent)


async def test_what_belongs_to_nothing_goes_after_two_days(
    office: Office, files: FolderStore, folder: Path, sweeper: Sweeper
) -> None:
    await keeps(office, files, folder)
    office.passes(hours=47)
    young = await keeps(office, files, folder)
    assert await sweeper.round() == 0
    office.passes(hours=2)
    assert await sweeper.round() == 1
    assert there(folder) == {young.ref}


async def test_a_file_of_an_unfinished_conversation_stays_until_it_ends(
    office: Office, files: FolderStore, folder: Path, sweeper: Sweeper
) -> None:
    kept = await keeps(office, files, folder)
    await sends_files(office, kept)
    office.passes(days=3)
    assert await sweeper.round() == 0
    await office.says("/danhgia")
    assert [status for _, status in await office.statuses()] == ["paused", "open"]
    assert await sweeper.round() == 0
    await office.says("/huy")
    await office.says("/huy")
    while await office.open_conversation() is not None:
        await office.says("/huy")
    assert await sweeper.round() == 1
    assert there(folder) == set()


async def test_a_file_of_a_petition_stays(office: Office, files: FolderStore, folder: Path, sweeper: Sweeper) -> None:
    first, second = await keeps(office, files, folder), await keeps(office, files, folder)
    await sends_files(office, first, second)
    said = ""
    for word in ("Xong", "Bỏ qua", "2", "Gửi"):
        said = await office.says(word)
    assert "PA-" in said
    office.at += timedelta(days=400)
    assert await sweeper.round() == 0
    assert there(folder) == {first.ref, second.ref}


async def test_what_a_crash_left_on_its_way_is_removed(
    office: Office, folder: Path, files: FolderStore, sweeper: Sweeper
) -> None:
    await keeps(office, files, folder)
    left = folder / "arriving" / "ab12"
    left.write_bytes(b"half a picture")
    moment = office.at.timestamp()
    os.utime(left, (moment, moment))
    office.passes(hours=1)
    await sweeper.round()
    assert left.exists()
    office.passes(days=2)
    await sweeper.round()
    assert not left.exists()
