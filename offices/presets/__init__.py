"""Presets: a whole authority (units and fields) as files, to start from. Each is a folder beside this module."""

from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from importlib.resources import files
from importlib.resources.abc import Traversable

from offices.datafiles import Label, Table, read_file
from offices.errors import DataError
from offices.fields import Fields, read_fields
from offices.units import Decision, Directory, Tier, Unit, UnitKind


@dataclass(frozen=True)
class Preset:
    """An authority to start from.

    authority   the unit at the root
    valid_from  first day on which these units are in office
    valid_to    last day, None while the model is in force
    source      law and plan that the structure follows
    """

    name: str
    title: Label
    authority: Unit
    units: Directory
    fields: Fields
    valid_from: date
    valid_to: date | None
    source: str


def preset_names() -> tuple[str, ...]:
    """List the presets that are shipped."""
    return tuple(sorted(each.name for each in files(__package__).iterdir() if (each / "preset.toml").is_file()))


@cache
def load_preset(name: str) -> Preset:
    """Load a shipped preset, once in a process; an unknown name raises DataError that lists the names."""
    if name not in preset_names():
        raise DataError("presets", "name", name, f"use one of: {', '.join(preset_names())}")
    return read_preset(files(__package__) / name)


def read_preset(folder: Traversable) -> Preset:
    """Read preset.toml, units.toml and fields.toml of a folder.

    Raises DataError for anything that cannot be used: a wrong value, units that do not fit together, a field of
    a unit that fields.toml does not know.
    """
    name = folder.name
    fields = read_fields(folder / "fields.toml", f"{name}/fields.toml")
    units = read_units(folder / "units.toml", fields, f"{name}/units.toml")
    read = partial(_read_preset, name=name, fields=fields, units=units)
    return read_file(folder / "preset.toml", read, f"{name}/preset.toml")


def _read_preset(table: Table, *, name: str, fields: Fields, units: Directory) -> Preset:
    authority = table.text("authority")
    if authority not in units or units.unit(authority).kind is not UnitKind.AUTHORITY:
        raise table.refusal("authority", 'name the code of a unit of kind "authority"')
    return Preset(
        name=name,
        title=table.label("title"),
        authority=units.unit(authority),
        units=units,
        fields=fields,
        valid_from=table.day("valid_from"),
        valid_to=table.optional("valid_to", table.day),
        source=table.text("source"),
    )


def read_units(file: Traversable, fields: Fields, name: str = "") -> Directory:
    """Read a units file ([[units]]) whose units answer for `fields`."""
    read = partial(_unit, fields=fields)
    return read_file(file, lambda table: Directory(table.tables("units", read), table.file), name)


def _unit(entry: Table, *, fields: Fields) -> Unit:
    for code in entry.texts("fields"):
        if code not in fields:
            raise entry.refusal("fields", f"{code!r} is not in the fields file")
    return Unit(
        code=entry.text("code"),
        name=entry.label("name"),
        short_name=entry.label("short_name"),
        kind=entry.choice("kind", UnitKind),
        parent=entry.optional("parent", entry.text),
        tier=entry.choice("tier", Tier),
        valid_from=entry.day("valid_from"),
        valid_to=entry.optional("valid_to", entry.day),
        successors=entry.texts("successors"),
        decision=entry.optional("decision", entry.table, _decision),
        fields=entry.texts("fields"),
        aliases=entry.texts("aliases"),
    )


def _decision(decision: Table) -> Decision:
    return Decision(decision.text("number"), decision.day("signed_on"))
