"""Files are taken as streams, judged by content, cleaned, and found again under random names."""

import io
import shutil
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.files import FileRefused, FolderStore, StorageFull, mime_of
from tests.storage import documents, pictures

MEGABYTE = 1_000_000


async def stream(data: bytes, step: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), step):
        yield data[start : start + step]


def archive(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        for name in names:
            opened.writestr(name, "<xml/>")
    return packed.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")
XLSX = archive("[Content_Types].xml", "xl/workbook.xml")
TAKEN = {
    "image/jpeg": pictures.jpeg(),
    "image/png": pictures.png(),
    "image/webp": pictures.webp(),
    "image/gif": pictures.gif(),
    "application/pdf": b"%PDF-1.7\n%%EOF",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": DOCX,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": XLSX,
}
REFUSED = {
    "a program": b"MZ\x90\0" + b"\0" * 60,
    "a shell script": b"#!/bin/sh\n",
    "a web page": b"<!doctype html><script>alert(1)</script>",
    "a drawing with script": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "an archive": archive("photo.jpg"),
    "a document with macros": archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
    "half an archive": b"PK\x03\x04 and nothing",
    "a video": b"\0\0\0\x18ftypmp42",
}


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files")


def everything_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(("mime", "data"), TAKEN.items(), ids=[name.split(".")[-1] for name in TAKEN])
async def test_a_file_is_known_by_its_content(store: FolderStore, mime: str, data: bytes) -> None:
    kept = await store.keep(stream(data), largest=MEGABYTE)
    content = b"".join([block async for block in store.read(kept.ref)])
    assert (kept.mime, mime_of(kept.ref), kept.size) == (mime, mime, len(content))
    assert kept.is_picture == mime.startswith("image/")
    assert pictures.SECRET not in content


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED.keys())
async def test_other_files_are_refused_and_leave_nothing(store: FolderStore, tmp_path: Path, data: bytes) -> None:
    with pytest.raises(FileRefused, match="file_type"):
        await store.keep(stream(data), largest=MEGABYTE)
    assert everything_in(tmp_path) == []


async def test_a_stream_that_is_too_long_is_stopped_on_its_way(store: FolderStore, tmp_path: Path) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1000
            yield b"\xff\xd8\xff" + b"x" * 997

    with pytest.raises(FileRefused, match="file_too_large") as refused:
        await store.keep(endless(), largest=2 * MEGABYTE)
    assert refused.value.params == {"megabytes": 2}
    assert taken <= 2 * MEGABYTE + 1000
    assert everything_in(tmp_path) == []


async def test_an_empty_file_is_refused(store: FolderStore) -> None:
    with pytest.raises(FileRefused, match="file_empty"):
        await store.keep(stream(b""), largest=MEGABYTE)


async def test_a_damaged_picture_is_refused(store: FolderStore) -> None:
    with pytest.raises(FileRefused, match="file_damaged"):
        await store.keep(stream(b"\xff\xd8\xffnothing"), largest=MEGABYTE)


async def test_a_document_says_nothing_of_its_author_or_is_refused(store: FolderStore, tmp_path: Path) -> None:
    for data in (documents.docx(), documents.pdf()):
        kept = await store.keep(stream(data), largest=MEGABYTE)
        assert documents.SECRET.encode() not in b"".join([block async for block in store.read(kept.ref)])
        await store.remove(kept.ref)
    with pytest.raises(FileRefused, match="file_not_cleanable"):
        await store.keep(stream(documents.pdf(trailer=b"/Encrypt 8 0 R")), largest=MEGABYTE)
    with pytest.raises(FileRefused, match="file_damaged"):
        await store.keep(stream(documents.docx(**{"word/document.xml": "<w:document"})), largest=MEGABYTE)
    assert everything_in(tmp_path) == []


async def test_a_document_of_the_authority_that_cannot_be_cleaned_is_kept_as_it_is(store: FolderStore) -> None:
    for signed in (documents.pdf({6: b"<< /Type /Sig /ByteRange [0 1 2 3] /Name (x) >>"}), documents.signed_docx()):
        kept = await store.keep(stream(signed), largest=MEGABYTE, is_official=True)
        assert b"".join([block async for block in store.read(kept.ref)]) == signed
    citizens = await store.keep(stream(documents.signed_docx()), largest=MEGABYTE)
    parts = documents.unpacked(b"".join([block async for block in store.read(citizens.ref)]))
    assert not any(documents.SECRET.encode() in part for part in parts.values())
    plain = await store.keep(stream(documents.pdf()), largest=MEGABYTE, is_official=True)
    assert documents.SECRET.encode() not in b"".join([block async for block in store.read(plain.ref)])
    with pytest.raises(FileRefused, match="file_damaged"):
        await store.keep(stream(b"\xff\xd8\xffnothing"), largest=MEGABYTE, is_official=True)


async def test_a_picture_of_too_many_pixels_is_refused(store: FolderStore) -> None:
    with pytest.raises(FileRefused, match="picture_too_large"):
        await store.keep(stream(pictures.png(width=50_000, height=50_000)), largest=MEGABYTE)


async def test_a_disk_that_is_almost_full_takes_nothing(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    with pytest.raises(StorageFull):
        await FolderStore(tmp_path / "files", spare=free * 2).keep(stream(pictures.jpeg()), largest=MEGABYTE)
    assert everything_in(tmp_path) == []
    kept = await FolderStore(tmp_path / "files", spare=0).keep(stream(pictures.jpeg()), largest=MEGABYTE)
    assert kept.size


async def test_a_sender_who_goes_away_leaves_nothing(store: FolderStore, tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield pictures.jpeg()
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await store.keep(broken(), largest=MEGABYTE)
    assert everything_in(tmp_path) == []


@pytest.mark.parametrize(
    "ref", ["../../etc/passwd", "ab/../../x.jpg", "", "0" * 32, "0" * 32 + ".jpg", "0" * 32 + ".exe"]
)
async def test_a_name_that_finds_nothing_is_said_so(store: FolderStore, ref: str) -> None:
    with pytest.raises(FileNotFoundError):
        _ = [block async for block in store.read(ref)]


async def test_a_removed_file_is_gone_and_may_be_removed_again(store: FolderStore, tmp_path: Path) -> None:
    kept = await store.keep(stream(pictures.jpeg()), largest=MEGABYTE)
    await store.remove(kept.ref)
    await store.remove(kept.ref)
    assert everything_in(tmp_path) == []


async def test_old_files_are_named_for_the_sweep(store: FolderStore) -> None:
    kept = await store.keep(stream(pictures.jpeg()), largest=MEGABYTE)
    now = datetime.now(UTC)
    assert list(store.kept_before(now + timedelta(minutes=1))) == [kept.ref]
    assert list(store.kept_before(now - timedelta(minutes=1))) == []
