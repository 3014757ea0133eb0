"""The columns of a list of dossiers: which of them hold what, whatever the system calls them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from offices.datafiles import Table, read_file
from offices.dossiers import DossierError, DossierState
from offices.units import Tier
from offices.words import words_of

NEEDED = ("code", "procedure", "unit", "field", "received_on")
OPTIONAL = ("level", "due_on", "returned_on", "state", "phone")
"""Without a level it is that of the unit; without a day of return every dossier is open."""


@dataclass(frozen=True)
class Names:
    """What columns, levels and states are called, each by folded name; and fact -> name of its column for people."""

    columns: Mapping[str, str]
    levels: Mapping[str, Tier]
    states: Mapping[str, DossierState]
    shown: Mapping[str, str]


@dataclass(frozen=True)
class Columns:
    """The header of one list: the place of each fact, counted from 0; the columns that mean nothing here; faults."""

    header: Sequence[str]
    places: Mapping[str, int]
    ignored: tuple[str, ...]
    faults: tuple[DossierError, ...]

    def heading(self, fact: str) -> str:
        """Return what the list itself calls the column of a fact; its usual name where the list has none, "" for ""."""
        if fact in self.places:
            return self.header[self.places[fact]].strip()
        return load_names().shown.get(fact, "")


def columns_of(header: Sequence[str]) -> Columns:
    """Read the header of a list. Its faults: dossier_column_missing, dossier_column_twice."""
    names, places = load_names(), dict[str, int]()
    ignored, faults = list[str](), list[DossierError]()
    for place, cell in enumerate(header):
        fact = names.columns.get(folded(cell))
        if fact is None:
            ignored += [cell.strip()] if cell.strip() else []
        elif fact in places:
            faults.append(DossierError(fact, "dossier_column_twice", first=header[places[fact]], second=cell))
        else:
            places[fact] = place
    faults += [
        DossierError(fact, "dossier_column_missing", name=names.shown[fact]) for fact in NEEDED if fact not in places
    ]
    return Columns(tuple(header), places, tuple(ignored), tuple(faults))


@cache
def load_names() -> Names:
    """Read the packaged names once; DataError when the file cannot be used."""
    return read_file(files("offices") / "dossier_columns.toml", _read_names)


def folded(text: str) -> str:
    """Make the name of a column, a level or a state comparable: folded words without punctuation."""
    return " ".join(words_of(text.replace("_", " ")))


def _read_names(table: Table) -> Names:
    columns = {fact: table.texts(fact, required=True) for fact in (*NEEDED, *OPTIONAL)}
    levels = table.table("levels", lambda each: {tier: each.texts(tier.value, required=True) for tier in Tier})
    states = table.table(
        "states", lambda each: {state: each.texts(state.value, required=True) for state in DossierState}
    )
    return Names(
        columns={folded(name): fact for fact, names in columns.items() for name in names},
        levels={folded(name): tier for tier, names in levels.items() for name in names},
        states={folded(name): state for state, names in states.items() for name in names},
        shown={fact: names[0] for fact, names in columns.items()},
    )
