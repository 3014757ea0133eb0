"""Asking an item of a questionnaire: one way for ratings of visits and of answers to petitions, on every channel."""

from dataclasses import dataclass
from functools import lru_cache

from bot.asking import choose, choose_or_skip
from bot.asking_content import write, write_or_skip
from bot.asking_numbers import count, count_or_skip
from bot.effects import Label, Option, Script, Text
from bot.handlers.common import named
from surveys.items import LONGEST_TEXT, Amount, AnswerValue, Choice, Item, ItemKind

SUGGESTIONS_BESIDE = 4
"""Numbers are short: this many fit beside each other on a phone."""


def ask_item(key: str, item: Item, prompt: Label, *, longest: int = LONGEST_TEXT) -> Script[AnswerValue | None]:
    """Ask one item of a questionnaire; None when an optional one is skipped. `longest` limits a text."""
    if item.kind is ItemKind.TEXT:
        if item.optional:
            return (yield from write_or_skip(key, prompt, longest=longest))
        return (yield from write(key, prompt, longest=longest))
    options = _options(_This(item))
    if item.amount is not None:
        return (yield from _ask_number(key, prompt, item.amount, options, optional=item.optional))
    if item.optional:
        return (yield from choose_or_skip(key, prompt, options))
    return (yield from choose(key, prompt, options))


def _ask_number(
    key: str, prompt: Label, amount: Amount, options: tuple[Option[AnswerValue], ...], *, optional: bool
) -> Script[int | None]:
    limits, units = range(amount.low, amount.high + 1), (amount.unit.vi, amount.unit.en)
    refusal = Text("refused.number", {"low": amount.low, "high": amount.high, "unit": named(amount.unit)})
    ask = count_or_skip if optional else count
    return (yield from ask(key, prompt, limits, units, refusal, options, columns=SUGGESTIONS_BESIDE))


@dataclass(frozen=True, slots=True, eq=False)
class _This:
    """One item as a key, equal to the same object alone: comparing all its words would cost as much as making them."""

    item: Item

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _This) and other.item is self.item

    def __hash__(self) -> int:
        return id(self.item)


@lru_cache(1024)
def _options(this: _This) -> tuple[Option[AnswerValue], ...]:
    """Make the options of an item once: a conversation is replayed at every reply, and an item never changes."""
    asked = this.item
    if asked.amount is not None:
        unit = named(asked.amount.unit)
        return tuple(
            Option(str(number), Text("rating.amount", {"number": number, "unit": unit}), number)
            for number in asked.amount.suggested
        )
    return tuple(_option(asked.kind, choice) for choice in asked.choices)


def _option(kind: ItemKind, choice: Choice) -> Option[AnswerValue]:
    label = named(choice.label)
    if kind is not ItemKind.SCALE5:
        return Option(choice.code, label, choice.code)
    words = (choice.label.vi, choice.label.en)
    if choice.face is None:
        return Option(choice.code, Text(f"rating.scale_{choice.code}", {"label": label}), int(choice.code), words)
    shown = Text("rating.scale_faced", {"face": choice.face, "label": label})
    return Option(choice.code, shown, int(choice.code), (*words, choice.face))
