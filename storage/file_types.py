"""The kinds of files that people may send, known by their own bytes, never by their name or the sender's claim."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from storage.documents import clean_office, clean_pdf
from storage.pictures import Cleaned, clean_gif, clean_jpeg, clean_png, clean_webp

MOST_ENTRIES = 5_000
"""Entries of an office document: one with more is not what people write."""


@dataclass(frozen=True, slots=True)
class FileType:
    """A kind of file: its media type, the ending it is kept under, and how what tells of its author is removed."""

    mime: str
    ending: str
    clean: Callable[[bytes], Cleaned]


JPEG = FileType("image/jpeg", "jpg", clean_jpeg)
PNG = FileType("image/png", "png", clean_png)
WEBP = FileType("image/webp", "webp", clean_webp)
GIF = FileType("image/gif", "gif", clean_gif)
PDF = FileType("application/pdf", "pdf", clean_pdf)
DOCX = FileType("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", clean_office)
XLSX = FileType("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", clean_office)

BY_ENDING = {kind.ending: kind for kind in (JPEG, PNG, WEBP, GIF, PDF, DOCX, XLSX)}

_SIGNATURES = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"%PDF-", PDF),
)
_DOCUMENTS = (("word/document.xml", DOCX), ("xl/workbook.xml", XLSX))


def recognise(path: Path) -> FileType | None:
    """Tell what a file is by its content; None for everything that is not allowed.

    Programs, web pages, SVG, archives and office documents with macros are not.
    """
    with path.open("rb") as file:
        start = file.read(16)
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return WEBP
    if start.startswith(b"PK\x03\x04"):
        return _document(path)
    return next((kind for signature, kind in _SIGNATURES if start.startswith(signature)), None)


def _document(path: Path) -> FileType | None:
    """Tell an office document by its list of entries; nothing is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError):  # the last but one: zipfile's own
        return None
    entries = set(names)
    if len(names) > MOST_ENTRIES or "[Content_Types].xml" not in entries:
        return None
    if any("vbaproject" in name.lower() for name in names):
        return None
    return next((kind for entry, kind in _DOCUMENTS if entry in entries), None)
