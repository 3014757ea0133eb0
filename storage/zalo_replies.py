"""The journal of Zalo's replies to a refresh: on the disk, encrypted, before anything else is done with them.

Between the reply and the commit lies the one moment in which a crash would lose the only pair that is good. One small
file for each pair that is being followed; it goes when the pair that follows is committed.
"""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from storage.vault import Vault, VaultError

FOLDER = "zalo-replies"


@dataclass(frozen=True, slots=True)
class ReplyJournal:
    """The journal in a folder of this machine, made when it is first written to."""

    folder: Path
    vault: Vault

    def keep(self, oa_id: str, version: int, reply: str) -> None:
        """Write down what came when pair number `version` was refreshed; on the disk when this returns. OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._file(oa_id, version)
        draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            out.write(self.vault.seal(reply, _place(oa_id, version)))
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def find(self, oa_id: str, version: int) -> str | None:
        """Return the reply that was written down for pair number `version`; None without one that can be read."""
        try:
            sealed = self._file(oa_id, version).read_text(encoding="ascii")
            return self.vault.open(sealed, _place(oa_id, version))
        except (OSError, UnicodeDecodeError, VaultError):
            return None

    def forget(self, oa_id: str, version: int) -> None:
        """Take the file away: what it holds is committed."""
        with suppress(OSError):
            self._file(oa_id, version).unlink()

    def _file(self, oa_id: str, version: int) -> Path:
        return self.folder / f"{oa_id}-{version}.reply"


def _place(oa_id: str, version: int) -> str:
    return f"zalo_reply:{oa_id}:{version}"
