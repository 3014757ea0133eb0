"""The key of backups: BACKUP_KEY, or the text of a file named on the command line."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_core import PydanticCustomError

from langnghe.config import Config
from langnghe.failures import WrongUse
from langnghe.setting_values import SHORTEST_SECRET, secret


def backup_key(config: Config, file: Path | None) -> bytes:
    """Return the key; what stands in `file` goes before the setting.

    Raises WrongUse when there is none or it is easily guessed, OSError when the file cannot be read.
    """
    if file is not None:
        return _of_file(file)
    if config.backup_key is None:
        raise WrongUse("backup_key_missing")
    return config.backup_key.get_secret_value().encode()


def _of_file(file: Path) -> bytes:
    try:
        key = secret(SecretStr(file.read_text(encoding="utf-8").strip())).get_secret_value()
    except (PydanticCustomError, UnicodeDecodeError):
        key = ""
    if not key:
        raise WrongUse("key_file", file=str(file), shortest=SHORTEST_SECRET)
    return key.encode()
