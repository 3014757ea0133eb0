"""`langnghe restore`: bring a backup back, into an empty database or in the place of one that is put aside."""

from pathlib import Path
from typing import Any

import click
from pydantic_core import PydanticCustomError
from sqlalchemy import make_url

from langnghe import backup_key, store
from langnghe.clock import utc_now
from langnghe.commands.backup import as_figures, facts, key_file_option
from langnghe.config import Config, load_config
from langnghe.failures import WrongUse
from langnghe.one_server import only_server
from langnghe.parts import json_option, make, show_json
from langnghe.progress import bar
from langnghe.setting_values import database_address
from langnghe.words import Words
from storage import schema
from storage.backup import archive, erasures, restoring, source
from storage.database import StoreUnavailable


def command(words: Words) -> click.Command:
    """Make the command."""
    return make(
        words, "restore", run,
        click.Argument(["file"], type=click.Path(path_type=Path)),
        click.Option(["--into"], help=words("option.into")),
        click.Option(["--replace"], is_flag=True, help=words("option.replace")),
        key_file_option(words), json_option(words),
    )  # fmt: skip


def run(words: Words, *, file: Path, into: str | None, replace: bool, key_file: Path | None, as_json: bool) -> None:
    """Restore, and say what was done and what is to be done next."""
    config = load_config()
    key = backup_key.backup_key(config, key_file)
    address = _address(into) or config.database_url
    erased = _erased_since(config, archive.peek(file, key).audit)
    with only_server(address), bar(words("backup.restoring"), hidden=as_json) as tell:
        outcome = restoring.restore(
            restoring.Wish(
                file, key, address, config.data_dir / "files", utc_now(), replace=replace, erased=erased or (),
                progress=tell,
            )
        )  # fmt: skip
    if address == config.database_url:
        store.note_made(config)
    if as_json:
        show_json(_as_json(outcome, address, erasures_known=erased is not None))
    else:
        click.echo(_in_words(words, outcome, address, config, erasures_known=erased is not None))


def _address(into: str | None) -> str | None:
    try:
        return database_address(into) if into else None
    except PydanticCustomError as error:
        raise WrongUse("into", reason=error.type) from None


def _erased_since(config: Config, head: tuple[int, str]) -> list[int] | None:
    """Ask the database that is there who was erased after the backup; None when it cannot say."""
    try:
        with source.snapshot(config.database_url) as connection:
            return erasures.since(connection, head)
    except (schema.SchemaError, StoreUnavailable, OSError):
        return None


def _as_json(outcome: restoring.Outcome, address: str, *, erasures_known: bool) -> dict[str, Any]:
    return {
        "into": schema.place_of(address),
        "aside": str(outcome.aside) if outcome.aside else None,
        "not_sent_again": outcome.silenced,
        "broadcasts_paused": outcome.paused,
        "erased_again": outcome.erased if erasures_known else None,
        **as_figures(outcome.manifest),
    }


def _in_words(words: Words, outcome: restoring.Outcome, address: str, config: Config, *, erasures_known: bool) -> str:
    made = facts(outcome.manifest)
    lines = [words("restore.done", place=schema.place_of(address), **made)]
    if outcome.aside:
        lines.append(words("restore.aside", aside=str(outcome.aside)))
    if outcome.silenced:
        lines.append(words("restore.silenced", count=outcome.silenced))
    if outcome.paused:
        lines.append(words("restore.paused", count=outcome.paused))
    if not erasures_known:
        lines.append(words("restore.erased_unknown", made_at=made["made_at"]))
    elif outcome.erased:
        lines.append(words("restore.erased", count=outcome.erased))
    if address != config.database_url:
        lines.append(words("restore.other", address=make_url(address).render_as_string()))
    return "\n".join([*lines, words("restore.next")])
