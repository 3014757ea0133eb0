"""The ways out that data files tell, in the reader's language: the core says them in English, as its files are."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from offices.datafiles import Label, Table, read_file

WITHIN = "way_out"
"""The blank that holds another way out."""
_BLANK = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class WayOut:
    """One way out: how the core says it, as a pattern with a group for each blank, and how people read it."""

    pattern: re.Pattern[str]
    words: Label


def in_words(way_out: str, language: str) -> str:
    """Say a way out in a language; one that nobody has put into words yet stays as it is.

    >>> in_words("write a whole number from 1 to 9", "vi")
    'Ghi một số nguyên từ 1 đến 9.'
    """
    for each in known():
        found = each.pattern.fullmatch(way_out)
        if found:
            facts = found.groupdict()
            if WITHIN in facts:
                facts[WITHIN] = in_words(facts[WITHIN], language)
            return _filled(each.words[language], facts)
    return way_out


@cache
def known() -> tuple[WayOut, ...]:
    """Read the ways out that have words; DataError when the file cannot be used."""
    return read_file(files("wording") / "ways_out.toml", lambda table: table.tables("ways_out", _read, required=True))


def _read(table: Table) -> WayOut:
    said = _BLANK.split(table.text("said"))
    texts, blanks = said[::2], [*said[1::2], ""]
    pattern = "".join(
        re.escape(text) + (f"(?P<{blank}>.+?)" if blank else "") for text, blank in zip(texts, blanks, strict=True)
    )
    return WayOut(re.compile(pattern, re.DOTALL), Label(table.text("vi"), table.text("en")))


def _filled(words: str, facts: Mapping[str, str]) -> str:
    return _BLANK.sub(lambda blank: facts[blank[1]], words)
