"""Checks of settings, secrets, the disk and the versions of this machine."""

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from langnghe.checks.finding import Finding, good, warning, wrong
from langnghe.config import Config
from langnghe.data_dir import KEY_FILE
from storage.files import SPARE
from storage.schema import sqlite_path
from wording.catalogue import Param

OLDEST_SQLITE = (3, 35, 0)
"""The first that gives rows back from an INSERT and drops columns."""


def settings(config: Config) -> Iterator[Finding]:
    """Tell where the settings lead; they were checked whole when they were read."""
    yield good("settings", "settings", address=config.public_url, mode=config.telegram_mode)
    own = config.data_dir / KEY_FILE
    length = len(config.secret_key.get_secret_value())
    is_own = own.exists() and own.read_text(encoding="ascii", errors="replace").strip() == (
        config.secret_key.get_secret_value()
    )
    yield good("secret", "secret_own" if is_own else "secret", length=length, file=str(own))
    if config.backup_key is None:
        yield warning("backup_key", "backup_key_missing")
    else:
        yield good("backup_key", "backup_key", length=len(config.backup_key.get_secret_value()))


def disk(config: Config) -> Iterator[Finding]:
    """Say how much room there is, where data lie and where the database does."""
    for folder in dict.fromkeys([config.data_dir, *_database_folder(config)]):
        found = shutil.disk_usage(folder)
        spare = min(SPARE, found.total // 20) if config.spare_bytes is None else config.spare_bytes
        facts: dict[str, Param] = {"folder": str(folder), "free": found.free // 1_000_000, "spare": spare // 1_000_000}
        yield good("disk", "disk", **facts) if found.free >= spare else wrong("disk", "disk_full", **facts)


def sqlite() -> Iterator[Finding]:
    """Say which SQLite Python brings along."""
    needed = ".".join(map(str, OLDEST_SQLITE))
    facts = {"version": sqlite3.sqlite_version, "needed": needed}
    yield (
        good("sqlite", "sqlite", **facts)
        if sqlite3.sqlite_version_info >= OLDEST_SQLITE
        else wrong("sqlite", "sqlite_old", **facts)
    )


def own_clock(now: datetime, latest: datetime | None) -> Iterator[Finding]:
    """Hold the clock against the latest moment that is written down: time only goes on."""
    if latest is not None and latest > now:
        minutes = int((latest - now).total_seconds() // 60)
        yield wrong("clock", "clock_behind", now=now, latest=latest, minutes=minutes)
    else:
        yield good("clock", "clock", now=now)


def _database_folder(config: Config) -> list[Path]:
    file = sqlite_path(config.database_url)
    return [file.parent] if file and file.parent.exists() else []
