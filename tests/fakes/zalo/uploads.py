"""Files: what the Official Account uploads, for seven days, and what people send, on the host of attachments."""

import zipfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO

from PIL import Image

from tests.fakes.zalo.errors import Refused, invalid
from tests.fakes.zalo.templates import LOCAL

KEPT = timedelta(days=7)
MEGABYTE = 1_000_000
"""Zalo does not say which megabyte it means: this is the smaller one."""
MOST_IN_A_MONTH = 5000
_PICTURES = {"image": ("JPEG", "PNG"), "gif": ("GIF",)}
_LARGEST = {"image": MEGABYTE, "gif": 5 * MEGABYTE, "file": 5 * MEGABYTE}
_FIRST_BYTES = {"pdf": b"%PDF-", "doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "docx": b"PK\x03\x04", "csv": b""}
_DOCX = "word/document.xml"


@dataclass(frozen=True)
class Upload:
    """A file of the Official Account; `id` is an attachment_id or, of a `file`, a token.

    size  width and height of a picture
    """

    id: str
    kind: str
    name: str
    content: bytes
    until: datetime
    size: tuple[int, int] = (0, 0)


@dataclass
class Uploads:
    """All uploads, and the attachments of people by their path.

    most  uploads that a month has
    """

    clock: Callable[[], datetime]
    most: int = MOST_IN_A_MONTH
    by_id: dict[str, Upload] = field(default_factory=dict)
    sent: dict[str, bytes] = field(default_factory=dict)
    _used: Counter[str] = field(default_factory=Counter)

    def keep(self, kind: str, name: str, content: bytes) -> Upload:
        """Take an upload. Raises Refused for another type, too much of it, or the month's 5,000."""
        if kind not in _LARGEST:
            raise invalid("upload type")
        if len(content) > _LARGEST[kind]:
            raise Refused(-210, "File is too big")
        size = _size_of_picture(content, _PICTURES[kind]) if kind in _PICTURES else _checked_document(name, content)
        month = f"{self.clock().astimezone(LOCAL):%Y-%m}"
        if self._used[month] >= self.most:
            raise Refused(-211, "Out of quota")
        self._used[month] += 1
        upload = Upload(f"{kind}-{len(self.by_id) + 1:06d}", kind, name, content, self.clock() + KEPT, size)
        self.by_id[upload.id] = upload
        return upload

    def get(self, upload_id: str, kind: str) -> Upload:
        """Return an upload. Raises Refused -100 after seven days, -201 for one that never was."""
        upload = self.by_id.get(upload_id)
        if upload is None or upload.kind != kind:
            raise invalid("attachment_id" if kind != "file" else "token")
        if self.clock() >= upload.until:
            raise Refused(-100, "Attachment is expired")
        return upload

    def send(self, content: bytes, ending: str) -> str:
        """Keep what a person sent; return its path on the host of attachments."""
        path = f"/mau/{len(self.sent) + 1:06d}.{ending}"
        self.sent[path] = content
        return path


def _size_of_picture(content: bytes, formats: tuple[str, ...]) -> tuple[int, int]:
    """Return width and height of a picture that can be shown. Raises Refused for any other content."""
    try:
        with Image.open(BytesIO(content), formats=formats) as picture:
            picture.load()
            return picture.size
    except (OSError, SyntaxError, ValueError) as error:
        raise invalid("file") from error


def _checked_document(name: str, content: bytes) -> tuple[int, int]:
    """Look whether a document is what its name says. Raises Refused."""
    ending = name.rpartition(".")[2].lower()
    is_right = ending in _FIRST_BYTES and content.startswith(_FIRST_BYTES[ending])
    if not content or not is_right or (ending == "docx" and not _holds(content, _DOCX)):
        raise invalid("file")
    return 0, 0


def _holds(content: bytes, entry: str) -> bool:
    with suppress(zipfile.BadZipFile), zipfile.ZipFile(BytesIO(content)) as archive:
        return entry in archive.namelist()
    return False
