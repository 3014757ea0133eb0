"""Tables in plain text."""

from collections.abc import Sequence
from unicodedata import combining

_GAP = "  "


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> str:
    """Align columns; those whose places are in `right` to the right, as figures are."""
    lines = [list(head), *map(list, rows)]
    widths = [max(_width(line[place]) for line in lines) for place in range(len(head))]
    lines.insert(1, ["─" * width for width in widths])
    return "\n".join(_line(cells, widths, right) for cells in lines)


def _line(cells: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> str:
    padded = []
    for place, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        space = " " * (width - _width(cell))
        padded.append(space + cell if place in right else cell + space)
    return _GAP.join(padded).rstrip()


def _width(text: str) -> int:
    return sum(not combining(letter) for letter in text)
