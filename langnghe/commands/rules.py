"""`langnghe rules check DIR`: whether routing and deadline rules can be used."""

from functools import partial
from pathlib import Path

import click

from langnghe.failures import WrongUse
from langnghe.parts import json_option, lang_option, make, show_json
from langnghe.words import Words
from offices.datafiles import read_file
from offices.errors import DataError
from offices.presets import Preset, load_preset, preset_names, read_preset
from petitions.deadlines import read_deadlines
from petitions.routing import read_routing

ROUTING, DEADLINES = "routing.toml", "deadlines.toml"


def command(words: Words) -> click.Command:
    """Make the group."""
    group = click.Group("rules", params=[lang_option(words)], help=words("help.rules"))
    folder = click.Argument(["folder"], metavar="DIR", type=click.Path(path_type=Path))
    preset = click.Option(["--preset"], help=words("option.rules_preset"))
    group.add_command(make(words, "rules-check", check, folder, preset, json_option(words)), "check")
    return group


def check(words: Words, *, folder: Path, preset: str | None, as_json: bool) -> None:
    """Read the rules of a folder as the service would, against the units of the folder or of a preset."""
    present = [name for name in (ROUTING, DEADLINES) if (folder / name).is_file()]
    if not present:
        raise DataError(str(folder), "files", [], f"put {ROUTING} and {DEADLINES} there")
    counted: dict[str, int] = {}
    if ROUTING in present:
        authority = _authority(folder, preset)
        read = partial(read_routing, directory=authority.units, fields=authority.fields)
        counted[ROUTING] = len(read_file(folder / ROUTING, read).rules)
    if DEADLINES in present:
        counted[DEADLINES] = len(read_file(folder / DEADLINES, read_deadlines))
    if as_json:
        show_json({"folder": str(folder), "rules": counted})
        return
    for name, number in counted.items():
        click.echo(words("rules.good", file=str(folder / name), rules=number))


def _authority(folder: Path, preset: str | None) -> Preset:
    """Choose the units that the rules name: those beside them, else of the preset named, else of the folder's name."""
    if preset is None and (folder / "preset.toml").is_file():
        return read_preset(folder)
    name = preset or folder.resolve().name
    if name not in preset_names():
        raise WrongUse("preset_unknown", name=name, names=", ".join(preset_names()))
    return load_preset(name)
