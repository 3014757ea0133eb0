"""Rows as text, for files that are written row by row: what many rows share is made into text once."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from admin.reports.sheets import Block, Cell

Text = Callable[[tuple[Cell, ...]], str]

_GATHERED = 2_000
"""Rows that go to a file at once."""
_KEPT = 1_024
"""Different ends of rows whose text is kept: most answers are one of a few."""


def lines(blocks: Iterable[Block], text: Text, *, begin: str, between: str, end: str) -> Iterator[tuple[int, str]]:
    """Give the rows as text, some thousand at once, each time with how many they are.

    text     makes text of neighbouring cells
    between  stands between such texts in one row; `begin` and `end` around the row
    """
    kept = lru_cache(_KEPT)(text)
    gathered: list[str] = []
    for block in blocks:
        start = begin + (text(block.shared) + (between if any(block.rests) else "") if block.shared else "")
        gathered += [f"{start}{kept(rest) if rest else ''}{end}" for rest in block.rests]
        if len(gathered) >= _GATHERED:
            yield len(gathered), "".join(gathered)
            gathered = []
    yield len(gathered), "".join(gathered)
