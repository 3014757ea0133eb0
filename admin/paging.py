"""Long tables, a page at a time."""

from dataclasses import dataclass
from math import ceil

from admin.forms import read_number


@dataclass(frozen=True)
class Paging:
    """Which page of how many, of how many rows in all."""

    number: int
    pages: int
    rows: int


def paging_of(typed: str, rows: int, most: int) -> Paging:
    """Read which page is asked for, `most` rows each; what is none of them is the nearest there is."""
    pages = max(1, ceil(rows / most))
    return Paging(max(1, min(read_number(typed) or 1, pages)), pages, rows)
