"""Changes of units: rename, merge, split, abolish. Each gives a new directory; what was stays as it was."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from offices.errors import DomainError
from offices.units import Decision, Directory, Unit


@dataclass(frozen=True)
class Change:
    """One change of the structure: units that end the day before `on`, and units that begin then.

    Renaming is 1 -> 1, merging n -> 1, splitting 1 -> n, abolishing 1 -> 0; making a unit is 0 -> 1.
    """

    on: date
    decision: Decision
    ending: tuple[str, ...]
    beginning: tuple[Unit, ...]


def rename(code: str, new: Unit, on: date, decision: Decision) -> Change:
    """Give a unit a new name under a new code."""
    return Change(on, decision, (code,), (new,))


def merge(codes: Iterable[str], into: Unit, on: date, decision: Decision) -> Change:
    """Make one unit of several."""
    return Change(on, decision, tuple(codes), (into,))


def split(code: str, into: Iterable[Unit], on: date, decision: Decision) -> Change:
    """Make several units of one; units below it go to the first."""
    return Change(on, decision, (code,), tuple(into))


def abolish(code: str, on: date, decision: Decision) -> Change:
    """End a unit without a successor."""
    return Change(on, decision, (code,), ())


def apply(directory: Directory, change: Change) -> Directory:
    """Give the directory after the change.

    A unit in `beginning` that already exists takes over as it is; a new one begins on `on` by the decision.

    Raises DomainError: `unit_unknown`; `unit_ended` (unit, ended_on) for a unit that does not exist the day
    before; `unit_code_taken` (unit) for a new unit under the code of an ended one.
    Raises DataError when the outcome does not fit together, such as a parent that is not there.
    """
    before = change.on - timedelta(days=1)
    for code in change.ending:
        unit = directory.unit(code)
        if not unit.exists_on(before) or unit.valid_to is not None:
            raise DomainError("unit_ended", unit=code, ended_on=unit.valid_to or unit.valid_from)
    successors = tuple(unit.code for unit in change.beginning)
    kept = [
        replace(unit, valid_to=before, successors=successors, decision=change.decision)
        if unit.code in change.ending
        else unit
        for unit in directory
    ]
    return Directory([*kept, *_new_units(directory, change)])


def refuse_loose_ends(directory: Directory, change: Change, root: str) -> None:
    """Refuse a change that would leave the authority without its top, or units below an ended one without a place.

    Raises DomainError `unit_is_root` for the unit at the top of the authority, `units_below` (unit, below) for a unit
    that ends without a successor while others stand below it; abolish or move these first.
    """
    after = apply(directory, change)
    for code in change.ending:
        if code == root:
            raise DomainError("unit_is_root", unit=code)
        left = [unit for unit in after.on(change.on) if unit.parent == code and not after.current(code, change.on)]
        if left:
            raise DomainError("units_below", unit=code, below=", ".join(unit.name.vi for unit in left))


def _new_units(directory: Directory, change: Change) -> list[Unit]:
    """List the units that the change makes."""
    made: list[Unit] = []
    for unit in change.beginning:
        if unit.code not in directory:
            made.append(replace(unit, valid_from=change.on, decision=change.decision))
        elif not directory.unit(unit.code).exists_on(change.on) or unit.code in change.ending:
            raise DomainError("unit_code_taken", unit=unit.code)
    return made
