"""Finding phrases in what people type, with or without Vietnamese marks.

A text whose words mostly carry marks is matched mark for mark, so that "cây to cao" is no "tố cáo"; a text typed
without marks is matched without them. Where the tone stands in a word ("hoà", "hòa") never matters.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from offices.datafiles import Table
from offices.words import clean, fold

_WORD = re.compile(r"[^\W_]+")
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_MARKED_SHARE = 0.25
"""Vietnamese prose marks two words of three; below a quarter the writer has left the marks out."""


@dataclass(frozen=True)
class Words:
    """The words of a text in three spellings of equal length: as typed, comparable with marks, comparable without."""

    typed: tuple[str, ...]
    marked: tuple[str, ...]
    plain: tuple[str, ...]

    @property
    def without_marks(self) -> bool:
        """Whether the writer left the marks out."""
        with_marks = sum(marked != plain for marked, plain in zip(self.marked, self.plain, strict=True))
        return with_marks < _MARKED_SHARE * len(self.plain)


def words_of(text: str) -> Words:
    """Split `text` into words, punctuation dropped."""
    typed = tuple(_WORD.findall(clean(text)))
    return Words(typed, tuple(_tone_last(word) for word in typed), tuple(fold(word) for word in typed))


@dataclass(frozen=True)
class Phrases:
    """Phrases to look for, innocent ones whose words do not count, and certain ones that nothing makes innocent."""

    phrases: tuple[Words, ...]
    innocent: tuple[Words, ...] = ()
    certain: tuple[Words, ...] = ()
    marks_needed: frozenset[tuple[str, ...]] = frozenset()

    @classmethod
    def read(cls, table: Table) -> "Phrases":
        """From a TOML table with `phrases` and, optionally, `innocent`, `certain` and `marks_needed`."""
        return cls(
            tuple(words_of(phrase) for phrase in table.texts("phrases", required=True)),
            tuple(words_of(phrase) for phrase in table.texts("innocent")),
            tuple(words_of(phrase) for phrase in table.texts("certain")),
            frozenset(words_of(phrase).marked for phrase in table.texts("marks_needed")),
        )

    def found_in(self, text: Words) -> tuple[str, ...]:
        """List the typed words of each phrase that counts in `text`, in the text's order.

        A phrase counts outside innocent phrases, a certain one anywhere.
        """
        hidden = {index for place in _places(text, self.innocent) for index in place}
        sought = [phrase for phrase in self.phrases if not (text.without_marks and phrase.marked in self.marks_needed)]
        found = [place for place in _places(text, sought) if hidden.isdisjoint(place)]
        found += [place for place in _places(text, self.certain) if place not in found]
        found.sort(key=_ends)
        return tuple(" ".join(text.typed[index] for index in place) for place in found)


def _places(text: Words, phrases: Sequence[Words]) -> list[range]:
    """Where the phrases stand in `text`, sorted; each place once."""
    loose = text.without_marks
    spelling = text.plain if loose else text.marked
    starts: dict[str, list[int]] = {}
    for index, word in enumerate(spelling):
        starts.setdefault(word, []).append(index)
    places = set()
    for phrase in phrases:
        wanted = phrase.plain if loose else phrase.marked
        ends = [(at, at + len(wanted)) for at in starts.get(wanted[0], ())]
        places |= {range(at, end) for at, end in ends if spelling[at:end] == wanted}
    return sorted(places, key=_ends)


def _ends(place: range) -> tuple[int, int]:
    return place.start, place.stop


def _tone_last(word: str) -> str:
    """`word` casefolded with its tone mark moved to the end, so that old and new tone placement compare equal."""
    letters = unicodedata.normalize("NFD", word.casefold())
    tones = "".join(letter for letter in letters if letter in _TONES)
    return "".join(letter for letter in letters if letter not in _TONES) + tones
