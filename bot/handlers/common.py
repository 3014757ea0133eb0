"""What several conversations share: choosing a unit or a field."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

from bot.asking import pick, pick_or_skip
from bot.effects import Label, Named, Option, Script
from bot.scenes import Scene
from offices.datafiles import Label as DataLabel
from offices.fields import Field
from offices.units import Unit, UnitKind
from storage.reference import Reference

LONGEST_TEXT = 4000
"""Characters of a petition's text: two pages, and within one message of every channel."""
SHORTEST_TEXT = 10
MOST_SHOWN = 10
"""Choices shown at once; the others are found by typing."""

_FIRST = (UnitKind.ONE_STOP, UnitKind.SERVICE_CENTRE)
_LAST = (UnitKind.COMMUNE, UnitKind.AUTHORITY)


# A conversation is replayed at every reply, and these values never change: they are made once.
@lru_cache(4096)
def named(label: DataLabel) -> Named:
    """Return a name from the data files as a label."""
    return Named({"vi": label.vi, "en": label.en})


@lru_cache(4096)
def unit_option(unit: Unit) -> Option[str]:
    """Return a unit as an option whose value is its code."""
    words = (unit.name.vi, unit.name.en, *unit.aliases)
    return Option(unit.code, named(unit.short_name), unit.code, words)


def visited_units(scene: Scene) -> list[Unit]:
    """List the units that people visit: counters first, then departments, then the authorities below."""
    units = [unit for unit in scene.reference.directory.on(scene.today) if unit.code != scene.reference.root]
    return sorted(units, key=_rank)


def _rank(unit: Unit) -> int:
    return 0 if unit.kind in _FIRST else 2 if unit.kind in _LAST else 1


def pick_unit(key: str, prompt: Label, scene: Scene, units: Iterable[Unit]) -> Script[str]:
    """Ask for a unit by choice or by typing its name; give its code."""
    shown = [unit_option(unit) for unit in islice(units, MOST_SHOWN)]
    return (yield from pick(key, prompt, shown, lambda text: find_units(scene, text)))


def pick_unit_or_skip(key: str, prompt: Label, scene: Scene, units: Iterable[Unit]) -> Script[str | None]:
    """Ask for a unit, or none."""
    shown = [unit_option(unit) for unit in islice(units, MOST_SHOWN)]
    return (yield from pick_or_skip(key, prompt, shown, lambda text: find_units(scene, text)))


def find_units(scene: Scene, text: str) -> list[Option[str]]:
    """Find the units of today that typed words mean."""
    return [unit_option(unit) for unit in scene.reference.directory.find(text, scene.today)]


def pick_field_or_skip(key: str, prompt: Label, scene: Scene, codes: Iterable[str]) -> Script[str | None]:
    """Ask for a field by choice or by typing, or none; give its code."""

    def search(text: str) -> list[Option[str]]:
        return [_field_option(field) for field in scene.reference.fields.find(text)]

    return (yield from pick_or_skip(key, prompt, _shown_fields(scene.reference, tuple(codes)), search))


@lru_cache(256)
def _shown_fields(reference: Reference, codes: tuple[str, ...]) -> tuple[Option[str], ...]:
    known = (code for code in codes if code in reference.fields)
    return tuple(_field_option(reference.fields.field(code)) for code in islice(known, MOST_SHOWN))


@lru_cache(4096)
def _field_option(field: Field) -> Option[str]:
    return Option(field.code, named(field.name), field.code, field.words)
