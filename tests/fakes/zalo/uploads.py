"""Files: what the Official Account uploads, for seven days, and what people send, on the host of attachments."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.fakes.zalo.errors import Refused, invalid

KEPT = timedelta(days=7)
MEGABYTE = 1024 * 1024
MOST_IN_A_MONTH = 5000
_FIRST_BYTES = {"image": (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"), "gif": (b"GIF87a", b"GIF89a")}
_LARGEST = {"image": MEGABYTE, "gif": 5 * MEGABYTE, "file": 5 * MEGABYTE}
_ENDINGS = (".pdf", ".doc", ".docx", ".csv")


@dataclass(frozen=True)
class Upload:
    """A file of the Official Account; `id` is an attachment_id or, of a `file`, a token."""

    id: str
    kind: str
    name: str
    content: bytes
    until: datetime


@dataclass
class Uploads:
    """All uploads, and the attachments of people by their path."""

    clock: Callable[[], datetime]
    left: int = MOST_IN_A_MONTH
    by_id: dict[str, Upload] = field(default_factory=dict)
    sent: dict[str, bytes] = field(default_factory=dict)

    def keep(self, kind: str, name: str, content: bytes) -> Upload:
        """Take an upload. Raises Refused for another type, too much of it, or the month's 5,000."""
        if kind not in _LARGEST:
            raise invalid("upload type")
        fits = name.lower().endswith(_ENDINGS) if kind == "file" else content.startswith(_FIRST_BYTES[kind])
        if not fits:
            raise invalid("file")
        if len(content) > _LARGEST[kind]:
            raise Refused(-210, "File is too big")
        if self.left <= 0:
            raise Refused(-211, "Out of quota")
        self.left -= 1
        upload = Upload(f"{kind}-{len(self.by_id) + 1:06d}", kind, name, content, self.clock() + KEPT)
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
