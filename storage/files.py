"""Files that people send: taken as a stream, judged by content, stripped of metadata, kept under a random name.

The name that a sender gave to a file is a text for people and never part of a path.
"""

import asyncio
import os
import re
import secrets
import shutil
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from offices.errors import DomainError
from storage.documents import DocumentError, NotCleanableError, is_signed_office
from storage.file_types import BY_ENDING, FileType, recognise
from storage.pictures import PictureError

LARGEST_PICTURE = 100_000_000
"""Pixels: more is a picture made to exhaust whoever opens it."""
SPARE = 1_000_000_000
"""Bytes that stay free on the disk of the store, if that is not more than 5 % of it."""
READ_AT_ONCE = 256 * 1024

_REF = re.compile(r"([0-9a-f]{2})[0-9a-f]{30}\.([a-z]{3,4})")


class FileRefused(DomainError):  # noqa: N818 - what became of a file, not a fault
    """A file that is not taken.

    Keys: file_too_large (megabytes), file_type, file_damaged, file_empty, file_not_cleanable, picture_too_large.
    """


class StorageFull(DomainError):  # noqa: N818 - a state of the disk, which passes
    """There is too little room left to keep files; key: storage_full."""

    def __init__(self) -> None:
        super().__init__("storage_full")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is kept: `ref` finds it again, `size` is what is kept of it in bytes."""

    ref: str
    mime: str
    size: int

    @property
    def is_picture(self) -> bool:
        """Whether a browser can show it as a picture."""
        return self.mime.startswith("image/")


class FileStore(Protocol):
    """Where files are kept."""

    async def keep(self, content: AsyncIterable[bytes], *, largest: int, is_official: bool = False) -> StoredFile:
        """Take a file of at most `largest` bytes; durable on return.

        is_official  an authority gives it out: a document that is signed, or cannot be rid of its author, is kept as
                     it is, where one of a citizen is cleaned, or refused

        Raises FileRefused for a file that is never taken; StorageFull and OSError when it cannot be kept now.
        """
        ...

    def read(self, ref: str) -> AsyncIterator[bytes]:
        """Give a file's content piece by piece. Raises FileNotFoundError for a name that finds nothing."""
        ...

    async def remove(self, ref: str) -> None:
        """Forget a file; one that is gone already is fine."""
        ...


async def read_whole(store: FileStore, ref: str) -> bytes:
    """Return a file's whole content. Raises FileNotFoundError for a name that finds nothing, OSError."""
    content = bytearray()  # pieces put aside until the last of them would leave memory in holes
    async for piece in store.read(ref):
        content += piece
    return bytes(content)


def mime_of(ref: str) -> str | None:
    """Return the media type of a kept file by its name; None for a text that is no such name."""
    found = _REF.fullmatch(ref)
    kind = BY_ENDING.get(found[2]) if found else None
    return kind.mime if kind else None


def find_refs(text: str) -> set[str]:
    """Find the names of kept files that stand in a text."""
    return {found[0] for found in _REF.finditer(text)}


class FolderStore:
    """A file store in a folder: `ab/ab12….jpg`, spread over 256 folders."""

    def __init__(self, folder: Path, spare: int | None = None) -> None:
        """Keep files under `folder`, which is made when needed.

        spare  bytes that stay free on its disk, for the database and the logs that share it;
               None for 1 GB or 5 % of the disk, whichever is less
        """
        self._folder = folder
        self._spare = spare
        self._arriving = folder / "arriving"

    async def keep(self, content: AsyncIterable[bytes], *, largest: int, is_official: bool = False) -> StoredFile:
        """Take a file as `FileStore.keep` says."""
        name = secrets.token_hex(16)
        arriving = self._arriving / name
        try:
            await self._receive(content, arriving, largest)
            return await asyncio.to_thread(self._settle, arriving, name, is_official=is_official)
        finally:
            await asyncio.to_thread(arriving.unlink, missing_ok=True)

    async def read(self, ref: str) -> AsyncIterator[bytes]:
        """Give a file's content as `FileStore.read` says."""
        file = await asyncio.to_thread(self._path(ref).open, "rb")
        try:
            while block := await asyncio.to_thread(file.read, READ_AT_ONCE):
                yield block
        finally:
            file.close()

    async def remove(self, ref: str) -> None:
        """Forget a file as `FileStore.remove` says."""
        with suppress(FileNotFoundError):
            await asyncio.to_thread(self._path(ref).unlink)

    def kept_before(self, moment: datetime) -> Iterator[str]:
        """Name the files that were kept before `moment`, for the sweep of those that nothing refers to."""
        for path in self._folder.glob("??/*"):
            if _REF.fullmatch(path.name) and _is_older(path, moment):
                yield path.name

    def forget_arrivals(self, moment: datetime) -> None:
        """Remove what began to arrive before `moment` and never came to an end: a crash left it."""
        for path in self._arriving.glob("*"):
            if _is_older(path, moment):
                path.unlink(missing_ok=True)

    async def _receive(self, content: AsyncIterable[bytes], arriving: Path, largest: int) -> None:
        """Write the stream into a file of its own; the limit holds while it comes in, not afterwards."""
        await asyncio.to_thread(self._make_room)
        size = 0
        file = await asyncio.to_thread(arriving.open, "xb")
        try:
            async for block in content:
                size += len(block)
                if size > largest:
                    raise FileRefused("file_too_large", megabytes=largest // 1_000_000)
                await asyncio.to_thread(file.write, block)
        finally:
            await asyncio.to_thread(file.close)
        if not size:
            raise FileRefused("file_empty")

    def _make_room(self) -> None:
        """Make the folder for what arrives. Raises StorageFull when too little of the disk is free."""
        self._arriving.mkdir(parents=True, exist_ok=True)
        if not self.has_room():
            raise StorageFull

    def has_room(self) -> bool:
        """Say whether more of the disk is free than must stay so. Raises OSError when the folder cannot be reached."""
        place = next(each for each in (self._arriving, *self._arriving.parents) if each.exists())
        disk = shutil.disk_usage(place)
        return disk.free >= (min(SPARE, disk.total // 20) if self._spare is None else self._spare)

    def _settle(self, arriving: Path, name: str, *, is_official: bool) -> StoredFile:
        """Judge and clean what has arrived, and put it under its final name; on disk when it returns."""
        kind = recognise(arriving)
        if kind is None:
            raise FileRefused("file_type")
        ref = f"{name}.{kind.ending}"
        folder = self._folder / name[:2]
        folder.mkdir(exist_ok=True)
        arriving.write_bytes(_cleaned(kind, arriving.read_bytes(), is_official=is_official))
        with arriving.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            os.fsync(file.fileno())
        arriving.rename(folder / ref)
        _fsync_folder(folder)
        _fsync_folder(self._folder)
        return StoredFile(ref, kind.mime, size)

    def _path(self, ref: str) -> Path:
        found = _REF.fullmatch(ref)
        if found is None:
            raise FileNotFoundError(ref)
        return self._folder / found[1] / ref


def _is_older(path: Path, moment: datetime) -> bool:
    """Say whether a file was written before `moment`; one that has gone meanwhile was not."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC) < moment
    except FileNotFoundError:
        return False


def _cleaned(kind: FileType, data: bytes, *, is_official: bool) -> bytes:
    if is_official and is_signed_office(data):  # could be cleaned, but without its signature
        return data
    try:
        cleaned = kind.clean(data)
    except NotCleanableError as error:
        if is_official:
            return data
        raise FileRefused("file_not_cleanable") from error
    except (PictureError, DocumentError) as error:
        raise FileRefused("file_damaged") from error
    if cleaned.width * cleaned.height > LARGEST_PICTURE:
        raise FileRefused("picture_too_large")
    return cleaned.data


def _fsync_folder(folder: Path) -> None:
    """Make the names in a folder durable: a file's own fsync does not cover its entry."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
