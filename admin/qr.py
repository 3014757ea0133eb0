"""QR codes as one path of an SVG drawing, so that they print sharp and need no inline style."""

from dataclasses import dataclass
from functools import lru_cache

import segno


@dataclass(frozen=True)
class Code:
    """A code: the squares as an SVG path, and the number of modules along a side."""

    path: str
    size: int


@lru_cache(maxsize=256)
def code_of(text: str) -> Code:
    """Draw a text; error correction M survives a scratch on a laminated poster."""
    matrix = segno.make(text, error="m", micro=False).matrix
    squares = [f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, module in enumerate(row) if module]
    return Code("".join(squares), len(matrix))
