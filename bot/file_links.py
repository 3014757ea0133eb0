"""Links to files of our store for channels that cannot carry them: sealed, for one file, for a while.

Whoever has the link has the file, as with a file that lies in a chat; so it holds for LINK_DAYS only, its name in the
store has 128 random bits, and nothing but the file can be had with it.
"""

import base64
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from bot.messages import OutgoingFile

LINK_DAYS = 30
PATH = "/f"


@dataclass(frozen=True, slots=True)
class FileLinks:
    """Makes links and reads them.

    public_url  where people reach us, without a slash at its end
    """

    public_url: str
    secret: bytes = field(repr=False)

    @classmethod
    def of(cls, public_url: str, secret: str) -> "FileLinks":
        """Derive the key from the service's secret, so that it serves for nothing else."""
        return cls(public_url.rstrip("/"), hmac.digest(secret.encode(), b"file-link/1", "sha256"))

    def link(self, file: OutgoingFile, now: datetime) -> str:
        """Return the address under which the file can be had for LINK_DAYS: `/f/<until>/<seal>/<ref>/<name>`."""
        until = str(int((now + timedelta(days=LINK_DAYS)).timestamp()))
        return f"{self.public_url}{PATH}/{until}/{self._seal(until, file.ref, file.name)}/{file.ref}/{quote(file.name)}"

    def holds_until(self, until: str, seal: str, ref: str, name: str) -> datetime | None:
        """Say until when a link holds, by the parts of its address as it was asked for; None for none of ours."""
        is_ours = hmac.compare_digest(self._seal(until, ref, name).encode(), seal.encode("utf-8", "replace"))
        return datetime.fromtimestamp(int(until), UTC) if is_ours else None

    def _seal(self, until: str, ref: str, name: str) -> str:
        words = f"{until}\n{ref}\n{name}".encode("utf-8", "replace")
        return base64.urlsafe_b64encode(hmac.digest(self.secret, words, "sha256")[:16]).rstrip(b"=").decode()
