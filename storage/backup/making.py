"""Making a backup: the snapshot's rows and the files, written beside the name and put there when all is on the disk."""

import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, column, select, table

from storage import audit, schema
from storage.backup import archive, attachments, rows, source
from storage.backup.errors import BackupError
from storage.backup.sealing import SealedWriter

ENDING = ".backup"
LEFT_BEHIND = 24 * 3600.0
"""Seconds after which an unfinished file is known to be of a run that was killed."""
FILES = "files"
_ATTACHED = ("attachment", "answer_file")

Progress = Callable[[int, int], None]
"""Told how many rows and files are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to back up.

    files     folder of the files that people sent
    settings  settings that are no secrets, to look up after a loss
    """

    address: str
    files: Path
    settings: dict[str, str]
    now: datetime
    progress: Progress = lambda _done, _total: None


def make(wish: Wish, to: Path, key: bytes) -> archive.Manifest:
    """Write a backup into the file `to`, which must not be there yet; durable on return.

    Raises BackupError `backup_exists`, SchemaError, StoreUnavailable, OSError; then there is no such file.
    """
    if to.exists():
        raise BackupError("backup_exists", file=str(to))
    to.parent.mkdir(parents=True, exist_ok=True)
    _forget_unfinished(to.parent, wish.now)
    draft = to.with_name(f".{to.name}.{secrets.token_hex(8)}.unfinished")
    try:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as out:
            with source.snapshot(wish.address) as connection:
                manifest = archive.write(out, key, lambda body: _write_parts(wish, connection, body))
            out.flush()
            os.fsync(out.fileno())
        _take_name(draft, to)
    finally:
        draft.unlink(missing_ok=True)
    attachments.fsync_folder(to.parent)
    return manifest


def file_name(now: datetime) -> str:
    """Return the usual name of a backup of this moment (UTC)."""
    return f"langnghe-{now:%Y%m%d-%H%M%S}{ENDING}"


def _take_name(draft: Path, to: Path) -> None:
    """Give the file its name; not by renaming, which would silently replace a backup made meanwhile."""
    try:
        to.hardlink_to(draft)
    except FileExistsError:
        raise BackupError("backup_exists", file=str(to)) from None
    except OSError:  # many a disk to carry away knows no second name of a file
        draft.rename(to)


def _forget_unfinished(folder: Path, now: datetime) -> None:
    for left in folder.glob(f".*{ENDING}.*.unfinished"):
        if now.timestamp() - left.stat().st_mtime > LEFT_BEHIND:
            left.unlink(missing_ok=True)


def _write_parts(wish: Wish, connection: Connection, body: SealedWriter) -> archive.Manifest:
    revision = schema.revision(connection)
    if revision is None:
        raise schema.SchemaError("database_empty")
    shapes = rows.shapes(connection)
    refs = list(attachments.all_refs(wish.files))
    counts = {shape.name: rows.count(connection, shape.name) for shape in shapes}
    tell = _Counter(wish.progress, sum(counts.values()) + len(refs))
    parts = [_table(connection, shape, body, tell) for shape in shapes]
    parts.append(_files(wish.files, refs, body, tell))
    last = audit.head(connection)
    return archive.Manifest(
        made_at=wish.now.isoformat(), program=version("langnghe"), dialect=connection.dialect.name, revision=revision,
        audit=last, settings=wish.settings, missing=_missing(connection, wish.files, shapes), parts=tuple(parts),
    )  # fmt: skip


def _table(connection: Connection, shape: rows.Shape, body: SealedWriter, tell: "_Counter") -> archive.Part:
    part = archive.PartWriter(body)
    count = 0
    for some in rows.read(connection, shape):
        part.line(some)
        count += len(some)
        tell.add(len(some))
    return part.end(shape.name, count, shape)


def _files(folder: Path, refs: list[str], body: SealedWriter, tell: "_Counter") -> archive.Part:
    """Write the files that are there now: all that the snapshot names, but those erased since, and a few newer ones."""
    part = archive.PartWriter(body)
    count = 0
    for ref in refs:
        count += attachments.write(part, folder, ref)
        tell.add(1)
    return part.end(FILES, count, None)


def _missing(connection: Connection, folder: Path, shapes: Sequence[rows.Shape]) -> int:
    """Count the files that rows name and that are not there; a database of an older schema has fewer such tables."""
    ref: ColumnElement[str] = column("ref")
    there = [table(shape.name) for shape in shapes if shape.name in _ATTACHED]
    named = (each for one in there for each in connection.scalars(select(ref).select_from(one).distinct()))
    return sum(not attachments.is_kept(folder, each) for each in named)


class _Counter:
    """Adds up what is done, for whoever watches."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def add(self, count: int) -> None:
        self._done += count
        self._progress(self._done, self._total)
