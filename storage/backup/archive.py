"""The file of a backup: head | manifest | parts, everything behind the head encrypted.

The manifest stands first, in a room of fixed size that is filled in when all parts are written; it says of each part
its size, its SHA-256 and its rows. A part of kind `table` is JSON lines, each a list of rows as in `rows`; the part of
kind `files` is, for each file, a line {"ref", "size"}, its bytes and a line with their SHA-256.
"""

import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from storage.backup import sealing
from storage.backup.errors import BackupError
from storage.backup.rows import Shape

ROOM = 2 * sealing.CHUNK
"""Bytes for the manifest: a thousand tables find place there."""
BODY_AT = sealing.HEADER + sealing.sealed_size(ROOM)


@dataclass(frozen=True, slots=True)
class Part:
    """One part: a table with so many rows, or all files; `shape` is None for files."""

    name: str
    rows: int
    size: int
    sha256: str
    shape: Shape | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    made_at   moment of the snapshot, ISO 8601 in UTC
    revision  step of the schema that the rows have
    audit     number and hash of the last entry of the audit trail
    settings  those that are no secrets
    missing   files that rows name and that were not there
    """

    made_at: str
    program: str
    dialect: str
    revision: str
    audit: tuple[int, str]
    settings: dict[str, str]
    missing: int
    parts: tuple[Part, ...]

    @property
    def body(self) -> int:
        """Size of all parts together, in bytes."""
        return sum(part.size for part in self.parts)

    @property
    def file_size(self) -> int:
        """Size of the whole file, in bytes."""
        return BODY_AT + sealing.sealed_size(self.body)

    @property
    def rows(self) -> int:
        """Rows of all tables together."""
        return sum(part.rows for part in self.parts if part.shape)

    @property
    def files(self) -> int:
        """Files that came with petitions and are in the backup."""
        return sum(part.rows for part in self.parts if not part.shape)


class PartWriter:
    """Writes one part and keeps its size and digest."""

    def __init__(self, out: sealing.SealedWriter) -> None:
        """Write behind what `out` holds already."""
        self._out = out
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, data: bytes) -> None:
        """Write bytes of the part."""
        self._digest.update(data)
        self._size += len(data)
        self._out.write(data)

    def line(self, value: Any) -> None:
        """Write a value as a line of JSON."""
        self.write(json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n")

    def end(self, name: str, rows: int, shape: Shape | None) -> Part:
        """Return what the manifest says of the part."""
        return Part(name, rows, self._size, self._digest.hexdigest(), shape)


def write(out: IO[bytes], key: bytes, body: Callable[[sealing.SealedWriter], Manifest]) -> Manifest:
    """Write a whole archive into an empty file: `body` writes the parts and returns the manifest."""
    seal = sealing.new_seal(key)
    out.write(seal.header)
    out.seek(BODY_AT)
    stream = sealing.SealedWriter(out, seal, "body")
    manifest = body(stream)
    stream.finish()
    out.seek(sealing.HEADER)
    front = sealing.SealedWriter(out, seal, "manifest")
    front.write(json.dumps(asdict(manifest)).encode("ascii").ljust(ROOM))
    front.finish()
    if out.tell() != BODY_AT:
        raise OverflowError(f"the manifest of {len(manifest.parts)} parts takes more than {ROOM} bytes")
    return manifest


class PartReader:
    """Reads one part; leaving the `for` of its lines or files checks its size and digest."""

    def __init__(self, body: io.BufferedReader, part: Part, name: str) -> None:
        """Read from where `body` stands."""
        self._body, self._part, self._name = body, part, name
        self._digest = hashlib.sha256()
        self._left = part.size

    def lines(self) -> Iterator[list[list[Any]]]:
        """Give the rows of a table, some at a time. Raises BackupError `backup_part_wrong` or `backup_damaged`."""
        rows = 0
        while self._left > 0:
            some = json.loads(self._took(self._body.readline()))
            rows += len(some)
            yield some
        self._check(rows)

    def files(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Give each file's name and content; the same errors as `lines`."""
        files = 0
        while self._left > 0:
            head = json.loads(self._took(self._body.readline()))
            yield head["ref"], self._content(head["size"])
            files += 1
        self._check(files)

    def _content(self, size: int) -> Iterator[bytes]:
        digest = hashlib.sha256()
        while size > 0:
            block = self._took(self._body.read(min(size, sealing.CHUNK)))
            size -= len(block)
            digest.update(block)
            yield block
        if self._took(self._body.readline()) != digest.hexdigest().encode("ascii") + b"\n":
            raise self._wrong()

    def _took(self, data: bytes) -> bytes:
        self._left -= len(data)
        self._digest.update(data)
        if not data or self._left < 0:
            raise self._wrong()
        return data

    def _check(self, rows: int) -> None:
        if self._left or rows != self._part.rows or self._digest.hexdigest() != self._part.sha256:
            raise self._wrong()

    def _wrong(self) -> BackupError:
        return BackupError("backup_part_wrong", file=self._name, part=self._part.name)


class Archive:
    """An opened backup: its manifest, and its parts in their order."""

    def __init__(self, file: IO[bytes], key: bytes, name: str) -> None:
        """Read head and manifest, and hold the file's size against it.

        Raises BackupError: none, newer, header_damaged, key_wrong, damaged, truncated, too_long.
        """
        self._name = name
        size = os.fstat(file.fileno()).st_size
        seal = sealing.open_seal(file, key, name)
        if size < BODY_AT:
            raise BackupError("backup_truncated", file=name, found=size, wanted=BODY_AT)
        front = sealing.unsealed(file, seal, "manifest", ROOM, name).read()
        self.manifest = _manifest(json.loads(front))
        _refuse_other_size(size, self.manifest.file_size, name)
        file.seek(BODY_AT)
        self._body = sealing.unsealed(file, seal, "body", self.manifest.body, name)

    def parts(self) -> Iterator[tuple[Part, PartReader]]:
        """Give the parts in their order; each is to be read to its end before the next."""
        for part in self.manifest.parts:
            yield part, PartReader(self._body, part, self._name)


def peek(path: Path, key: bytes) -> Manifest:
    """Read the manifest of a backup; the errors of `Archive`, and OSError."""
    with path.open("rb") as file:
        return Archive(file, key, str(path)).manifest


def _refuse_other_size(found: int, wanted: int, name: str) -> None:
    if found != wanted:
        key = "backup_truncated" if found < wanted else "backup_too_long"
        raise BackupError(key, file=name, found=found, wanted=wanted)


def _manifest(told: dict[str, Any]) -> Manifest:
    seq, digest = told.pop("audit")
    parts = tuple(_part(each) for each in told.pop("parts"))
    return Manifest(**told, audit=(seq, digest), parts=parts)


def _part(told: dict[str, Any]) -> Part:
    shape = told.pop("shape")
    if shape is None:
        return Part(**told, shape=None)
    columns = tuple((name, kind) for name, kind in shape["columns"])
    return Part(**told, shape=Shape(shape["name"], columns, tuple(shape["key"])))
