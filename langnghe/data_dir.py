"""The folder of the data: can it be written, the server's own secret key, and which databases were made.

The key is for a machine that only its user can reach: made once, at the first start. The list of databases is what
tells a database that is gone from one that was never there.
"""

import json
import os
import secrets
import stat
import tempfile
from contextlib import suppress
from datetime import date
from pathlib import Path

from pydantic import SecretStr

from langnghe.setting_values import SHORTEST_SECRET
from langnghe.settings_problems import Problem, SettingsError

KEY_FILE = "secret.key"
MADE_FILE = "databases.json"


def writable(data_dir: Path) -> Problem | None:
    """Make the data folder and try to write there; asking for rights would not see a full or read-only disk."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data_dir) as trial:
            trial.write(b"langnghe")
    except OSError as error:
        return Problem("DATA_DIR", "data_dir", str(data_dir), {"reason": error.strerror or type(error).__name__})
    return None


def own_secret_key(data_dir: Path) -> SecretStr:
    """Return the key of `data_dir`, made at the first start.

    Raises SettingsError when others may read the file, or when it holds no key.
    """
    file = data_dir / KEY_FILE
    if not file.exists():
        _make(file)
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise SettingsError([Problem("SECRET_KEY", "secret_file_open", None, {"file": str(file)})])
    key = file.read_text(encoding="ascii", errors="replace").strip()
    if len(key) < SHORTEST_SECRET:
        raise SettingsError([Problem("SECRET_KEY", "secret_file_short", None, {"file": str(file)})])
    return SecretStr(key)


def _make(file: Path) -> None:
    """Write the key under a name of its own, then link it: of two processes that start at once, one wins whole."""
    draft = file.with_name(f"{KEY_FILE}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.write(secrets.token_urlsafe(48) + "\n")
        out.flush()
        os.fsync(out.fileno())
    with suppress(FileExistsError):
        file.hardlink_to(draft)
    draft.unlink()


def made_on(data_dir: Path, database: str) -> date | None:
    """Return the day since which a database is known to hold data; None for one that is not known.

    A list that cannot be read names none: it guards the data and must not keep anybody from them.
    """
    try:
        return date.fromisoformat(json.loads((data_dir / MADE_FILE).read_text(encoding="utf-8"))[database])
    except (OSError, ValueError, LookupError, TypeError):
        return None


def note_made(data_dir: Path, database: str, day: date) -> None:
    """Remember that a database holds data from now on; one that is known already stays as it is."""
    if made_on(data_dir, database):
        return
    file = data_dir / MADE_FILE
    try:
        known = dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        known = {}
    draft = file.with_name(f"{MADE_FILE}.{secrets.token_hex(8)}")
    draft.write_text(json.dumps({**known, database: day.isoformat()}, indent=1) + "\n", encoding="utf-8")
    draft.replace(file)
