"""`langnghe backup`: everything of this moment in one encrypted file, while the service runs."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from langnghe import backup_key
from langnghe.clock import utc_now
from langnghe.config import Config, load_config, open_settings
from langnghe.parts import json_option, make, show_json
from langnghe.progress import bar
from langnghe.words import Words
from storage import audit, schema
from storage.backup import making
from storage.backup.archive import Manifest
from storage.database import Database, StoreUnavailable

FOLDER = "backups"


def command(words: Words) -> click.Command:
    """Make the command."""
    to = click.Option(["--to"], type=click.Path(path_type=Path), help=words("option.backup_to"))
    return make(words, "backup", run, to, key_file_option(words), json_option(words))


def key_file_option(words: Words) -> click.Option:
    """Return --key-file, as `key_file`."""
    return click.Option(["--key-file"], type=click.Path(path_type=Path), help=words("option.key_file"))


def run(words: Words, *, to: Path | None, key_file: Path | None, as_json: bool) -> None:
    """Make the backup, note it in the audit trail, and say what is in it."""
    config = load_config()
    key = backup_key.backup_key(config, key_file)
    now = utc_now()
    file = _file(to, config.data_dir / FOLDER, making.file_name(now))
    settings = {**open_settings(config), "DATABASE_URL": schema.place_of(config.database_url)}
    with bar(words("backup.making"), hidden=as_json) as tell:
        made = making.make(making.Wish(config.database_url, config.data_dir / "files", settings, now, tell), file, key)
    noted = asyncio.run(_note(config, file, made))
    if as_json:
        show_json({"file": str(file), "bytes": made.file_size, **as_figures(made), "noted": noted})
        return
    click.echo(words("backup.done", file=str(file), **facts(made)))
    if made.missing:
        click.echo(words("backup.missing", count=made.missing))
    if not noted:
        click.echo(words("backup.not_noted"), err=True)
    click.echo(words("backup.next", file=str(file)))


def facts(made: Manifest) -> dict[str, Any]:
    """Return what the texts say about a backup."""
    return {
        "made_at": datetime.fromisoformat(made.made_at),
        "rows": made.rows,
        "files": made.files,
        "megabytes": f"{made.file_size / 1_000_000:.1f}",
        "revision": made.revision,
        "entries": made.audit[0],
    }


def as_figures(made: Manifest) -> dict[str, Any]:
    """Return what a backup holds, for JSON."""
    return {
        "made_at": made.made_at,
        "program": made.program,
        "database": made.dialect,
        "revision": made.revision,
        "rows": made.rows,
        "tables": {part.name: part.rows for part in made.parts if part.shape},
        "files": made.files,
        "files_missing": made.missing,
        "audit": {"entries": made.audit[0], "hash": made.audit[1]},
    }


def _file(to: Path | None, folder: Path, name: str) -> Path:
    """Choose the file: the one that was named, else one with the usual name in the folder that was named or ours."""
    if to is None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / name
    return to / name if to.is_dir() else to


async def _note(config: Config, file: Path, made: Manifest) -> bool:
    """Write into the audit trail that everything was copied; a store that only reads is no reason to lose the copy."""
    details = {"file": file.name, "rows": made.rows, "files": made.files, "revision": made.revision}
    database = await Database.open(config.database_url)
    try:
        await database.write(
            lambda connection: audit.record(
                connection, at=utc_now(), actor="system", action="backup.make", subject="database", details=details
            )
        )
    except StoreUnavailable:
        return False
    finally:
        await database.close()
    return True
