"""`langnghe verify`: prove that a backup can be restored, without touching the running database."""

from pathlib import Path

import click

from langnghe import backup_key
from langnghe.commands.backup import as_figures, facts, key_file_option
from langnghe.config import load_config
from langnghe.failures import FAILED, failure
from langnghe.parts import json_option, make, show_json
from langnghe.progress import bar
from langnghe.words import Words
from storage.backup.errors import BackupError
from storage.backup.restoring import verify


def command(words: Words) -> click.Command:
    """Make the command."""
    file = click.Argument(["file"], type=click.Path(path_type=Path))
    return make(words, "verify", run, file, key_file_option(words), json_option(words))


def run(words: Words, *, file: Path, key_file: Path | None, as_json: bool) -> int:
    """Restore it into a place that is thrown away; the exit code is 1 when anything of it is wrong."""
    key = backup_key.backup_key(load_config(), key_file)
    try:
        with bar(words("backup.verifying"), hidden=as_json) as tell:
            made = verify(file, key, tell)
    except BackupError as error:
        if not as_json:
            raise
        told = failure(error, words)
        show_json({"file": str(file), "whole": False, "fault": error.key, "line": told.lines[0] if told else ""})
        return FAILED
    if as_json:
        show_json({"file": str(file), "whole": True, "fault": None, **as_figures(made)})
    else:
        click.echo(words("backup.whole", file=str(file), **facts(made)))
    return 0
