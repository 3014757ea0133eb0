"""The files that people sent, read for a backup and put back from one."""

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

from storage.backup.archive import PartWriter
from storage.backup.errors import BackupError
from storage.backup.sealing import CHUNK
from storage.files import mime_of


def all_refs(folder: Path) -> Iterator[str]:
    """Name every file that is kept, one of their folders at a time."""
    for bucket in sorted(folder.glob("??")):
        yield from sorted(path.name for path in bucket.iterdir() if mime_of(path.name))


def is_kept(folder: Path, ref: str) -> bool:
    """Say whether there is a file of this name."""
    return _path(folder, ref).exists()


def write(part: PartWriter, folder: Path, ref: str) -> bool:
    """Write one file into the part of files; False when it was erased meanwhile. What is kept never changes."""
    try:
        file = _path(folder, ref).open("rb")
    except FileNotFoundError:
        return False
    with file:
        size = os.fstat(file.fileno()).st_size
        part.line({"ref": ref, "size": size})
        digest = hashlib.sha256()
        while block := file.read(CHUNK):
            digest.update(block)
            part.write(block)
    part.write(digest.hexdigest().encode("ascii") + b"\n")
    return True


def put_back(folder: Path, ref: str, content: Iterable[bytes], name: str) -> None:
    """Keep a file under its old name, on disk when it returns; raises BackupError for a name that is none."""
    if not mime_of(ref):
        raise BackupError("backup_part_wrong", file=name, part=ref)
    arriving = folder / "arriving" / secrets.token_hex(16)
    path = _path(folder, ref)
    for each in (arriving, path):
        each.parent.mkdir(parents=True, exist_ok=True)
    try:
        with arriving.open("xb") as out:
            for block in content:
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
        arriving.rename(path)
    finally:
        arriving.unlink(missing_ok=True)
    fsync_folder(path.parent)


def fsync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _path(folder: Path, ref: str) -> Path:
    """Return where `storage.files.FolderStore` keeps a file."""
    return folder / ref[:2] / ref
