"""What a questionnaire asks: items, their choices and the conditions under which they are asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from offices.datafiles import Label
from offices.errors import DomainError
from offices.words import clean

AnswerValue = int | str
"""A scale5 answer is 1..5, a number answer the number, a choice answer the choice's code, a text answer the text."""

Answers = Mapping[str, AnswerValue | None]
"""What was answered so far, by item code; None is an optional item that was skipped."""

LONGEST_TEXT = 2000
"""Characters kept of a free text: about a page, below every channel's own limit for one message."""

BEST_SCORE = 5
"""Highest answer of the scale (domain reference 3.3); the lowest is 1."""


class ItemKind(StrEnum):
    """How an item is answered."""

    SCALE5 = "scale5"
    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"


class InvalidAnswerError(DomainError):
    """A value which the item does not take; facts: item, and `longest` for texts."""


@dataclass(frozen=True)
class Choice:
    """One possible answer: `code` is "1".."5" on a scale, `label` in every language, `face` a picture for a step."""

    code: str
    label: Label
    face: str | None = None


@dataclass(frozen=True)
class Amount:
    """What a number item takes: whole numbers from `low` to `high`, counted in `unit` (minutes, times).

    suggested   the usual answers, offered beside each other so that most people need not type
    """

    low: int
    high: int
    unit: Label
    suggested: tuple[int, ...] = ()


@dataclass(frozen=True)
class Condition:
    """Asked only if an earlier item was answered so: `overall <= 3`, `made_pakn = yes`."""

    item: str
    operator: str
    value: AnswerValue

    def holds(self, answers: Answers) -> bool:
        """Whether the answers so far fulfil it; an open or skipped item never does."""
        given = answers.get(self.item)
        if given is None or type(given) is not type(self.value):
            return False
        if isinstance(given, int) and isinstance(self.value, int) and self.operator != "=":
            return given <= self.value if self.operator == "<=" else given >= self.value
        return given == self.value

    def __str__(self) -> str:
        return f"{self.item} {self.operator} {self.value}"


_CONDITION = re.compile(r"(?P<item>[a-z][a-z0-9_]*) (?P<operator><=|>=|=) (?P<value>[a-z0-9_]{1,32})")


def parse_condition(written: str) -> Condition | None:
    """Read the condition written as `item <= 3`, `item >= 3`, `item = code`; None when it is not one."""
    match = _CONDITION.fullmatch(written)
    if match is None:
        return None
    value: AnswerValue = int(match["value"]) if match["value"].isdecimal() else match["value"]
    return Condition(match["item"], match["operator"], value)


@dataclass(frozen=True)
class Item:
    """One question.

    factor    code of the factor it belongs to in an index, None outside of indices
    choices   what may be answered, lowest first on a scale; empty for a text and a number
    optional  whether it may be skipped
    when      asked only if this holds; None = always
    amount    what a number item takes, None for the others
    """

    code: str
    factor: str | None
    kind: ItemKind
    prompt: Label
    choices: tuple[Choice, ...]
    optional: bool
    when: Condition | None
    amount: Amount | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is answered by a whole number, which conditions may compare with <= and >=."""
        return self.kind in (ItemKind.SCALE5, ItemKind.NUMBER)

    def offers(self, value: AnswerValue) -> bool:
        """Whether the value is one of its answers; for texts nothing is."""
        if type(value) is not (int if self.is_whole else str):
            return False
        if self.amount is not None:
            return self.amount.low <= int(value) <= self.amount.high
        return str(value) in {choice.code for choice in self.choices}

    def accept(self, value: AnswerValue | None) -> AnswerValue | None:
        """Return the value as it is kept; InvalidAnswerError when the item does not take it."""
        if value is None:
            if not self.optional:
                raise InvalidAnswerError("answer_required", item=self.code)
            return None
        if self.kind is ItemKind.TEXT:
            return self._accept_text(value)
        if not self.offers(value):
            raise InvalidAnswerError("answer_not_offered", item=self.code)
        return value

    def _accept_text(self, value: AnswerValue) -> str:
        text = clean(value) if isinstance(value, str) else ""
        if not text:
            raise InvalidAnswerError("answer_empty", item=self.code)
        if len(text) > LONGEST_TEXT:
            raise InvalidAnswerError("answer_too_long", item=self.code, longest=LONGEST_TEXT)
        return text
