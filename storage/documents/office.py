"""Word and Excel documents: the archive is written anew with the parts that belong to its content.

Parts that nothing refers to are left out with those that say who wrote it. Nothing is unpacked to the disk.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from storage.documents.errors import DocumentError, NotCleanableError
from storage.documents.markup import Edit, rewrite
from storage.documents.office_edits import PartEdit, RelationsEdit, TypesEdit
from storage.documents.sheets import put_cells_back, set_cells_aside
from storage.pictures import Cleaned, PictureError, picture_cleaner

LARGEST_CONTENT = 200_000_000
"""Bytes of all parts together, unpacked, those of documents within the document included."""
LARGEST_MARKUP = 30_000_000
"""Bytes of markup that are read element by element: some ten seconds of work, a book of a thousand pages."""
LARGEST_SMALL = 10_000_000
HIGHEST_RATIO = 200
"""How often a part above `LARGEST_SMALL` may be larger than it is packed: real sheets stay far below."""

TYPES = "[Content_Types].xml"
SHEETS = "xl/worksheets/"
STRINGS = "xl/sharedstrings.xml"
"""The texts of all cells: copied."""
MAIN_PARTS = ("word/document.xml", "xl/workbook.xml")
COPIED = frozenset({".vml", ".emf", ".wmf", ".bmp", ".odttf", ".fntdata"})
"""Formats that name no author."""
PICTURES = frozenset({".jpg", ".jpeg", ".jfif", ".png", ".gif", ".webp"})
DOCUMENTS = frozenset({".docx", ".xlsx"})
_SIGNATURE = b"digital-signature"
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,  # zipfile's own word for a compression or a version that it cannot read
    UnicodeError,
    RuntimeError,
    OSError,
    struct.error,
)


def clean_office(data: bytes) -> Cleaned:
    """Return a DOCX or XLSX without its properties, authors, custom data, templates and paths.

    Raises DocumentError for a damaged one, NotCleanableError for one with parts that cannot be looked through
    (objects of other programs, controls, sound), that is encrypted, or that is far larger than it seems.
    """
    return Cleaned(_Cleaner().clean(data))


def is_signed_office(data: bytes) -> bool:
    """Say whether a DOCX or XLSX is signed: its list of types names the part where signatures begin (ISO 29500-2).

    False for one that cannot be read.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source, source.open(TYPES) as types:
            return _SIGNATURE in types.read(LARGEST_SMALL)
    except (KeyError, *_BROKEN):
        return False


class _Cleaner:
    """Cleans one document and the documents in it; `_left` is how much may still be unpacked, or read as markup."""

    def __init__(self) -> None:
        self._left = LARGEST_CONTENT
        self._markup_left = LARGEST_MARKUP
        self._depth = 0

    def clean(self, data: bytes) -> bytes:
        target = io.BytesIO()
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
                self._check(source)
                self._write(source, out)
        except _BROKEN as error:
            raise DocumentError(str(error)) from error
        return target.getvalue()

    def _check(self, source: zipfile.ZipFile) -> None:
        for entry in source.infolist():
            self._left -= entry.file_size
            ratio = entry.file_size / max(entry.compress_size, 1)
            if self._left < 0 or (entry.file_size > LARGEST_SMALL and ratio > HIGHEST_RATIO):
                raise NotCleanableError("the document is far larger than it seems")
            if entry.flag_bits & 1:
                raise NotCleanableError("the document is encrypted")

    def _write(self, source: zipfile.ZipFile, out: zipfile.ZipFile) -> None:
        names = {name.lower(): name for name in source.namelist()}
        parts = _parts(source, names)
        _rewrite(source, names[TYPES.lower()], out, TypesEdit(parts))
        for part in ("", *parts):
            relations = names.get(_relations_of(part).lower())
            if relations:
                _rewrite(source, relations, out, RelationsEdit(part))
        for name in parts.values():
            self._write_part(source, name, out)

    def _write_part(self, source: zipfile.ZipFile, name: str, out: zipfile.ZipFile) -> None:
        ending = PurePosixPath(name).suffix.lower()
        if name.lower().startswith(SHEETS) and ending == ".xml":
            out.writestr(_entry(name), self._sheet(source.read(name)))
        elif ending in (".xml", ".svg") and name.lower() != STRINGS:
            self._count_markup(source.getinfo(name).file_size)
            _rewrite(source, name, out, PartEdit())
        elif ending in COPIED or name.lower() == STRINGS:
            out.writestr(_entry(name), source.read(name))
        elif ending in PICTURES:
            out.writestr(_entry(name), _picture(source.read(name)))
        elif ending in DOCUMENTS and self._depth == 0:
            self._depth += 1
            out.writestr(_entry(name), self.clean(source.read(name)))
            self._depth -= 1
        else:
            raise NotCleanableError(f"nothing is known of what {ending} may hold")

    def _sheet(self, sheet: bytes) -> bytes:
        around, cells = set_cells_aside(sheet)
        self._count_markup(len(around))
        written = io.BytesIO()
        rewrite(io.BytesIO(around), written.write, PartEdit())
        return put_cells_back(written.getvalue(), cells)

    def _count_markup(self, size: int) -> None:
        self._markup_left -= size
        if self._markup_left < 0:
            raise NotCleanableError("the document has more markup than can be looked through")


def _parts(source: zipfile.ZipFile, names: dict[str, str]) -> dict[str, str]:
    """Find the parts that belong to the content, by following relations; in small letters -> as they are named."""
    if TYPES.lower() not in names:
        raise DocumentError("there is no list of types")
    found: dict[str, str] = {}
    waiting = ["", *MAIN_PARTS]
    while waiting:
        part = waiting.pop().lower()
        if part in found or (part and part not in names):
            continue
        if part:
            found[part] = names[part]
        waiting += _targets(source, names, part)
    return found


def _targets(source: zipfile.ZipFile, names: dict[str, str], part: str) -> Iterator[str]:
    relations = names.get(_relations_of(part).lower())
    if relations:
        edit = RelationsEdit(part)
        with source.open(relations) as opened:
            rewrite(opened, len, edit)
        yield from edit.targets


def _relations_of(part: str) -> str:
    path = PurePosixPath(part)
    return str(path.parent / "_rels" / f"{path.name}.rels")


def _rewrite(source: zipfile.ZipFile, name: str, out: zipfile.ZipFile, edit: Edit) -> None:
    with source.open(name) as opened, out.open(_entry(name), "w") as written:
        rewrite(opened, written.write, edit)


def _entry(name: str) -> zipfile.ZipInfo:
    """Name a part in the new archive, without the time and the system of the old one."""
    entry = zipfile.ZipInfo(name, _EARLIEST)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _picture(data: bytes) -> bytes:
    clean = picture_cleaner(data)
    if clean is None:
        raise NotCleanableError("a picture of a kind that is not known")
    try:
        return clean(data).data
    except PictureError as error:
        raise DocumentError("a picture in the document is damaged") from error
