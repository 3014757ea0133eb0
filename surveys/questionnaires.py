"""Questionnaires: what is asked of a citizen, in which order; read from TOML definitions.

A published version never changes (surveys.publishing): a new wording is a new `version` with its own days, and old
answers keep theirs.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from importlib.resources.abc import Traversable
from pathlib import Path

from offices.datafiles import Faults, Label, Table, read_file, read_text
from offices.errors import DataError
from surveys.item_file import STAND_IN, read_items, read_name, read_scale
from surveys.items import Answers, AnswerValue, Choice, Item, ItemKind

CODE = re.compile(r"[a-z][a-z0-9-]{0,31}")
"""What a code looks like: an underscore would part it from the unit in a link."""


class Round(StrEnum):
    """How often one person may rate one unit: once a local day, month or year."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class About(StrEnum):
    """What is rated: a visit to an office, or the answer to a petition, which the petition itself keeps."""

    VISIT = "visit"
    ANSWER = "answer"


@dataclass(frozen=True)
class Questionnaire:
    """A versioned list of items.

    factors      code -> name of the parts of its index, in order; empty when it has none
    round        a second rating of the same unit is taken only in the next round
    source       where the items come from; `method_note` says how its figures may be read
    valid_from   first local day on which it is asked; `valid_to` the last one, None while no end is set
    """

    code: str
    version: int
    title: Label
    source: Label
    method_note: Label
    round: Round
    about: About
    valid_from: date
    valid_to: date | None
    factors: Mapping[str, Label]
    items: tuple[Item, ...]

    def is_asked_on(self, day: date) -> bool:
        """Whether the local day lies in its days."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

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

    @cached_property
    def scored(self) -> tuple[Item, ...]:
        """The scale items which belong to a factor: what the index is made of."""
        return tuple(item for item in self.items if item.factor is not None)

    @cached_property
    def headline(self) -> frozenset[str]:
        """The items of the one figure that stands for it: its whole index, else its first scale item."""
        scales = [item.code for item in self.items if item.kind is ItemKind.SCALE5][:1]
        return frozenset(item.code for item in self.scored) or frozenset(scales)

    @property
    def longest_path(self) -> int:
        """The number of questions of the longest rating."""
        return sum(self._longest_from(item) for item in self.items if item.when is None)

    def _longest_from(self, item: Item) -> int:
        """Count an item and the most that can follow from its answer: each condition is about one item alone."""
        following = [
            (each.when, self._longest_from(each)) for each in self.items if each.when and each.when.item == item.code
        ]
        return 1 + max(
            (
                sum(longest for when, longest in following if when.holds({item.code: value}))
                for value in self._possible(item)
            ),
            default=0,
        )

    def _possible(self, item: Item) -> list[AnswerValue]:
        """List answers of an item among which every condition on it turns out either way."""
        if item.amount is None:
            return [int(choice.code) if item.is_whole else choice.code for choice in item.choices]
        named = [each.when.value for each in self.items if each.when and each.when.item == item.code]
        near = {int(value) + step for value in named for step in (-1, 0, 1)}
        return [value for value in sorted(near) if item.offers(value)]


def read_questionnaire(table: Table) -> Questionnaire:
    """Read the questionnaire written in a TOML table; DataError tells all that does not fit in `each`."""
    faults = Faults()
    with faults:
        code = _read_code(table)
    with faults:
        version = table.whole("version", 1)
    with faults:
        title = table.label("title")
    with faults:
        source = table.label("source")
    with faults:
        method_note = table.label("method_note")
    with faults:
        round_ = table.choice("round", Round)
    about: About | None = None
    with faults:
        about = table.optional("about", table.choice, About)
    with faults:
        valid_from = table.day("valid_from")
        valid_to = _read_end(table, valid_from)
    factors: dict[str, Label] | None = None
    with faults:
        factors = dict(table.tables("factors", _read_factor, unique="code"))
    scale = STAND_IN
    with faults:
        scale = _read_scale(table)
    with faults:
        items = read_items(table, factors, scale)
        _refuse_unused(table, factors or {}, items)
        if about is About.ANSWER:
            _refuse_more_than_petitions_keep(table, items)
    with faults:
        table.refuse_others()
    faults.tell()
    return Questionnaire(
        code,
        version,
        title,
        source,
        method_note,
        round_,
        about or About.VISIT,
        valid_from,
        valid_to,
        factors or {},
        items,
    )


def _read_code(table: Table) -> str:
    code = table.text("code")
    if not CODE.fullmatch(code):
        raise table.refusal("code", "write small letters, digits and -, a letter first, at most 32")
    return code


def _read_end(table: Table, valid_from: date) -> date | None:
    valid_to = table.optional("valid_to", table.day)
    if valid_to is not None and valid_to < valid_from:
        raise table.refusal("valid_to", f"write a day from {valid_from} on, or remove it")
    return valid_to


def _read_factor(table: Table) -> tuple[str, Label]:
    faults = Faults()
    with faults:
        code = read_name(table)
    with faults:
        name = table.label("name")
    faults.tell()
    return code, name


def _read_scale(table: Table) -> tuple[Choice, ...]:
    """Read the scale where an item needs one; one that no item uses is refused."""
    items = table.values.get("items")
    kinds = [item.get("kind") for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    if ItemKind.SCALE5 in kinds:
        return read_scale(table)
    table.optional("scale", table.values.get)
    if "scale" in table.values and all(kind in tuple(ItemKind) for kind in kinds):
        raise table.refusal("scale", 'remove it, or give an item the kind "scale5"')
    return ()


def _refuse_unused(table: Table, factors: Mapping[str, Label], items: tuple[Item, ...]) -> None:
    faults = Faults()
    for place, factor in enumerate(factors, start=1):
        with faults:
            if not any(item.factor == factor for item in items):
                raise DataError(table.file, f"factors[{place}].code", factor, "remove it or give it an item")
    faults.tell()


def _refuse_more_than_petitions_keep(table: Table, items: tuple[Item, ...]) -> None:
    """Refuse what a petition does not keep of its answer: more than a score and a text (petitions.citizen_steps)."""
    kinds = [(item.kind, item.optional, item.when) for item in items]
    if kinds not in ([(ItemKind.SCALE5, False, None)], [(ItemKind.SCALE5, False, None), (ItemKind.TEXT, True, None)]):
        codes_ = ", ".join(item.code for item in items)
        way_out = (
            'rate an answer by one item of kind "scale5" and at most one optional text after it, both always asked'
        )
        raise DataError(table.file, "items", codes_, way_out)


def load_file(path: Path | Traversable) -> Questionnaire:
    """Read the questionnaire of one TOML file; DataError with file, place and way out when it cannot be used."""
    return read_file(path, read_questionnaire)


def load_text(text: str, name: str) -> Questionnaire:
    """Read the questionnaire of a TOML text, which errors call `name`; DataError when it cannot be used."""
    return read_text(text, read_questionnaire, name)
