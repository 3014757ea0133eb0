"""Files that officials upload on our pages, from the moment they are kept until a step takes them.

Only who uploaded one for a petition can attach it, and only to that petition: a name in the store that somebody knows
from elsewhere attaches nothing. What no step takes is forgotten like any file that was fetched in advance.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from petitions.model import File
from storage import kept_files
from storage.files import StoredFile

CHANNEL = "desk"


def note(connection: Connection, staff_id: int, code: str, files: Iterable[StoredFile], now: datetime) -> None:
    """Remember files that an official has uploaded for a petition."""
    for each in files:
        kept_files.note(connection, CHANNEL, _handle(staff_id, code, each.ref), each, now)


def find(
    connection: Connection, staff_id: int, code: str, refs: Iterable[str], known: Sequence[File] = ()
) -> list[File]:
    """Return the files of these names that the official may attach: those he uploaded for it, and `known` ones."""
    by_ref = {each.ref: each for each in known}
    found = (by_ref.get(ref) or _uploaded(connection, staff_id, code, ref) for ref in dict.fromkeys(refs))
    return [each for each in found if each is not None]


def settle(connection: Connection, staff_id: int, code: str, files: Iterable[File]) -> None:
    """Forget that these were uploaded: they belong to the petition now."""
    for each in files:
        kept_files.take(connection, CHANNEL, _handle(staff_id, code, each.ref))


def _uploaded(connection: Connection, staff_id: int, code: str, ref: str) -> File | None:
    kept = kept_files.find(connection, CHANNEL, _handle(staff_id, code, ref))
    return File(kept.ref, kept.mime, kept.size) if kept else None


def _handle(staff_id: int, code: str, ref: str) -> str:
    return f"{staff_id}:{code}:{ref}"
