"""`langnghe presets`: the authorities one can start from."""

import click

from langnghe.parts import json_option, make, show_json
from langnghe.tables import table
from langnghe.words import Words
from offices.presets import load_preset, preset_names
from wording import formats


def command(words: Words) -> click.Command:
    """Make the command."""
    return make(words, "presets", run, json_option(words))


def run(words: Words, *, as_json: bool) -> None:
    """List the presets."""
    presets = [load_preset(name) for name in preset_names()]
    if as_json:
        show_json([
            {
                "name": each.name, "title": {"vi": each.title.vi, "en": each.title.en}, "units": len(list(each.units)),
                "fields": len(each.fields), "valid_from": each.valid_from.isoformat(),
                "valid_to": each.valid_to.isoformat() if each.valid_to else None, "source": each.source,
            }
            for each in presets
        ])  # fmt: skip
        return
    head = [words(f"presets.{name}") for name in ("name", "title", "units", "fields", "from", "source")]
    rows = [
        [
            each.name, each.title[words.language], str(len(list(each.units))), str(len(each.fields)),
            formats.date_text(each.valid_from, words.language), each.source,
        ]
        for each in presets
    ]  # fmt: skip
    click.echo(table(head, rows, frozenset({2, 3})))
