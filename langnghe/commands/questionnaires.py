"""`langnghe questionnaires check FILE`: whether a questionnaire can be used."""

from pathlib import Path

import click

from langnghe.parts import json_option, lang_option, make, show_json
from langnghe.words import Words
from surveys.questionnaires import load_file


def command(words: Words) -> click.Command:
    """Make the group."""
    group = click.Group("questionnaires", params=[lang_option(words)], help=words("help.questionnaires"))
    file = click.Argument(["file"], type=click.Path(path_type=Path))
    group.add_command(make(words, "questionnaires-check", check, file, json_option(words)), "check")
    return group


def check(words: Words, *, file: Path, as_json: bool) -> None:
    """Read a questionnaire as the service would; DataError says what is wrong with it."""
    found = load_file(file)
    if as_json:
        show_json({
            "code": found.code, "version": found.version, "items": [item.code for item in found.items],
            "factors": list(found.factors), "longest_path": found.longest_path,
        })  # fmt: skip
        return
    click.echo(
        words(
            "questionnaires.good", title=found.title[words.language], code=found.code, version=str(found.version),
            items=len(found.items), longest=found.longest_path,
        )
    )  # fmt: skip
