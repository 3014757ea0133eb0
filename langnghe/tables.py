"""Tables in plain text, and figures as they stand in them."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from unicodedata import combining

from wording import formats

_GAP = "  "
_MOST_DECIMALS = 6


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


def figure(value: Fraction, language: str, beside: Fraction | None = None) -> str:
    """Write an exact figure with two decimals, and with more where two would make it look equal to `beside`.

    89.9996 must not stand as "90,00" beside a target of 90 which it misses.
    """
    for decimals in range(2, _MOST_DECIMALS):
        written = formats.number(_decimal(value), language, decimals)
        if beside is None or value == beside or written != formats.number(_decimal(beside), language, decimals):
            return written
    return formats.number(_decimal(value), language, _MOST_DECIMALS)


def short(value: Fraction, language: str) -> str:
    """Write a figure of a plan as the plan does: without decimals that say nothing."""
    decimals = 0
    while (value * 10**decimals).denominator > 1 and decimals < _MOST_DECIMALS:
        decimals += 1
    return formats.number(_decimal(value), language, decimals)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
