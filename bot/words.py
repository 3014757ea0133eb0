"""Labels put into words: texts of the catalogue, names from data, and what a typed text means."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from bot.effects import Label, Named, Option, Text
from offices.words import fold
from storage.facts import Param, Ref
from wording import formats
from wording.catalogue import Catalogue

LANGUAGES = ("vi", "en")
SHORTEST_PART = 3
"""Letters that a typed part of a label needs before it counts as meant."""

_NUMBER = re.compile(r"\D{0,4}?(\d{1,2})(?: ?(?:sao|stars?|diem|points?|/ ?5))?[.!]?")


@cache
def load_texts() -> Catalogue:
    """Read bot/texts with the words of refusals, once in a process; DataError when a file cannot be used."""
    return Catalogue.load(files("bot") / "texts", files("wording") / "errors")


@dataclass(frozen=True)
class Words:
    """The words of the bot: a catalogue, and the names of what messages refer to."""

    catalogue: Catalogue
    name_of: Callable[[Ref, str], str]

    @cached_property
    def labels(self) -> frozenset[str]:
        """Every text of the catalogue that has no placeholder, folded: what a button of ours may be called."""
        every = (text for texts in self.catalogue.texts.values() for text in texts.values())
        return frozenset(fold(text) for text in every if "{" not in text)

    def label(self, label: Label, language: str) -> str:
        """Put a label into words."""
        if isinstance(label, Named):
            return label.in_language(language)
        return self.text(label.key, language, label.params)

    def text(self, key: str, language: str, params: Mapping[str, Param | Label] | None = None) -> str:
        """Put a text of the catalogue into words; its facts may be labels and references."""
        if not params:  # as with nearly all labels, twenty of them in a message of many buttons
            return self.catalogue.text(key, language)
        facts = {name: self._fact(value, language) for name, value in params.items()}
        return self.catalogue.text(key, language, facts)

    def fact(self, value: Param, language: str) -> str:
        """Put one fact into words: a name, a date, a number."""
        return formats.fact(self._fact(value, language), language)

    def _fact(self, value: Param | Label, language: str) -> Any:
        if isinstance(value, Ref):
            return self.name_of(value, language)
        return self.label(value, language) if isinstance(value, Text | Named) else value

    def match(self, typed: str, options: Sequence[Option[Any]]) -> str | None:
        """Find the option that a typed text means; None when it means none or several.

        Understood are an option's id or number, its place in the list, its extra words, its label in any
        language with or without diacritics, a part of exactly one label, and stars.
        """
        wanted = fold(typed)
        return _by_number(wanted, typed, options) or self._by_words(wanted, options)

    def _by_words(self, wanted: str, options: Sequence[Option[Any]]) -> str | None:
        named = [(option, self._folded(option)) for option in options]
        exact = [option.id for option, names in named if wanted in names]
        if exact:
            return exact[0]
        if len(wanted) < SHORTEST_PART:
            return None
        parts = [option.id for option, names in named if any(wanted in name for name in names)]
        return parts[0] if len(parts) == 1 else None

    def _folded(self, option: Option[Any]) -> set[str]:
        labels = {fold(self.label(option.label, language)) for language in LANGUAGES}
        plain = {" ".join(re.findall(r"\w[\w\s,/-]*", label)).strip() for label in labels}
        return labels | plain | {fold(word) for word in option.words} | {fold(option.id)}


def _by_number(folded: str, typed: str, options: Sequence[Option[Any]]) -> str | None:
    stars = typed.count("⭐") or typed.count("★")
    found = _NUMBER.fullmatch(folded)
    number = stars or (int(found[1]) if found else 0)
    if not number:
        return None
    ids = [option.id for option in options]
    if str(number) in ids:
        return str(number)
    return ids[number - 1] if number <= len(ids) and not stars else None
