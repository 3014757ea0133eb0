"""Questionnaires: what is asked of a citizen, in which order; read from TOML definitions.

A published version never changes: a new wording is a new `version`, and old answers keep theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import product
from pathlib import Path

from offices.datafiles import Label, Table, read_file
from offices.errors import DataError
from surveys.item_file import read_code, read_items, read_scale
from surveys.items import Answers, AnswerValue, Item, ItemKind

_DEFINITIONS = files("surveys") / "definitions"


class Round(StrEnum):
    """How often one person may rate one unit: once a local day, month or year."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True)
class Questionnaire:
    """A versioned list of items.

    factors      code -> name of the parts of its index, in order; empty when it has none
    round        a second rating of the same unit is taken only in the next round
    source       where the items come from; `method_note` says how its figures may be read
    """

    code: str
    version: int
    title: Label
    source: Label
    method_note: Label
    round: Round
    factors: Mapping[str, Label]
    items: tuple[Item, ...]

    def item(self, code: str) -> Item:
        """Find the item with this code; KeyError when there is none."""
        for item in self.items:
            if item.code == code:
                return item
        raise KeyError(code)

    def reached(self, answers: Answers) -> tuple[Item, ...]:
        """List the items which belong to a rating with these answers, answered or not, in order."""
        return tuple(item for item in self.items if item.when is None or item.when.holds(answers))

    def path(self, answers: Answers) -> tuple[Item, ...]:
        """List the items still to ask, in order; conditions are evaluated on the answers so far.

        An item whose condition waits for an open answer is not in it yet: ask the first, then call again.
        """
        return tuple(item for item in self.reached(answers) if item.code not in answers)

    def kept(self, answers: Answers) -> dict[str, AnswerValue | None]:
        """Return the answers without those whose condition holds no more after an earlier answer was changed."""
        kept: dict[str, AnswerValue | None] = {}
        for item in self.items:
            if item.code in answers and (item.when is None or item.when.holds(kept)):
                kept[item.code] = answers[item.code]
        return kept

    @property
    def scored(self) -> tuple[Item, ...]:
        """The scale items which belong to a factor: what the index is made of."""
        return tuple(item for item in self.items if item.factor is not None)

    @property
    def longest_path(self) -> int:
        """The number of questions of the longest rating."""
        deciding = [self.item(code) for code in dict.fromkeys(item.when.item for item in self.items if item.when)]
        return max(
            len(self.reached(dict(zip((item.code for item in deciding), values, strict=True))))
            for values in product(*(_possible(item) for item in deciding))
        )


def _possible(item: Item) -> list[AnswerValue]:
    return [int(choice.code) if item.kind is ItemKind.SCALE5 else choice.code for choice in item.choices]


def read_questionnaire(table: Table) -> Questionnaire:
    """Read the questionnaire written in a TOML table; DataError for anything that does not fit."""
    factors = dict(table.tables("factors", lambda each: (read_code(each), each.label("name")), unique="code"))
    questionnaire = Questionnaire(
        code=read_code(table),
        version=table.whole("version", 1),
        title=table.label("title"),
        source=table.label("source"),
        method_note=table.label("method_note"),
        round=table.choice("round", Round),
        factors=factors,
        items=read_items(table, factors, read_scale(table)),
    )
    for factor in factors:
        if not any(item.factor == factor for item in questionnaire.items):
            raise DataError(table.file, "factors", factor, "remove it or give it an item")
    return questionnaire


def load_file(path: Path | Traversable) -> Questionnaire:
    """Read the questionnaire of one TOML file; DataError with file, place and way out when it cannot be used."""
    return read_file(path, read_questionnaire)


@cache
def _shipped() -> Mapping[str, Mapping[int, Questionnaire]]:
    """Read every definition: a new version is a file beside the old ones, as `quick.toml` and `quick-2.toml`."""
    shipped: dict[str, dict[int, Questionnaire]] = {}
    for entry in sorted(_DEFINITIONS.iterdir(), key=lambda entry: entry.name):
        questionnaire = load_file(entry)
        versions = shipped.setdefault(questionnaire.code, {})
        if questionnaire.version in versions:
            raise DataError(entry.name, "version", questionnaire.version, "another file has it: write the next one")
        versions[questionnaire.version] = questionnaire
    return shipped


def codes() -> tuple[str, ...]:
    """List the codes of the shipped questionnaires."""
    return tuple(_shipped())


def load(code: str, version: int | None = None) -> Questionnaire:
    """Return a shipped questionnaire, the newest version unless one is named; DataError when there is none."""
    versions = _shipped().get(code)
    if versions is None:
        raise DataError("surveys/definitions", "code", code, f"name one of: {', '.join(codes())}")
    if version is not None and version not in versions:
        raise DataError("surveys/definitions", f"{code}.version", version, f"name one of: {sorted(versions)}")
    return versions[max(versions) if version is None else version]
