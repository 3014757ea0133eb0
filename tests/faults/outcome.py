"""What a fault did: how often it was tried, what was lost, what happened twice; one table at the end of a run."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.walks.checking import rows_of
from benchmarks.walks.walk import rows_after
from tests.faults.senders import Senders

PROPERTY = "fault"
FIGURES = "figures"
"""A line that a test wants to be shown under the table."""
Record = Callable[[str, object], None]
"""pytest's `record_property`: what is recorded reaches the process that prints the summary."""


@dataclass(frozen=True)
class Outcome:
    """One fault.

    tried     how often it was done
    events    different updates that were acknowledged; `posts` counts all of their deliveries
    lost      acknowledged updates that are not stored, and rows that are missing
    doubled   rows that are there once too often
    unknown   messages of which nobody knows whether they arrived; they are shown and never sent again
    """

    fault: str
    tried: int
    events: int
    posts: int
    lost: int
    doubled: int
    unknown: int = 0


def outcome(fault: str, tried: int, database: Path, senders: Senders) -> Outcome:
    """Compare every table of a SQLite file with what whole walks leave behind, and what is stored with the promises."""
    return compared(fault, tried, rows_of(database), _stored(database), senders)


def compared(fault: str, tried: int, found: Mapping[str, int], stored: set[int], senders: Senders) -> Outcome:
    """Compare the number of rows, see `walk.rows_after`, and the updates that are stored with what was acknowledged."""
    expected = rows_after(senders.walks)
    missing = sum(max(0, expected[name] - found[name]) for name in expected)
    surplus = sum(max(0, found[name] - expected[name]) for name in expected)
    unknown = len(senders.acked - stored)
    return Outcome(fault, tried, len(senders.acked), senders.posts, missing + unknown, surplus)


def keep(record: Record, found: Outcome) -> None:
    """Put an outcome into the table, and fail unless it is clean."""
    record(PROPERTY, asdict(found))
    assert (found.lost, found.doubled) == (0, 0), found


def _stored(database: Path) -> set[int]:
    with closing(sqlite3.connect(database)) as connection:
        return {int(key) for (key,) in connection.execute("SELECT event_key FROM event")}


def table(found: Iterable[dict[str, Any]]) -> list[str]:
    """Write the outcomes as lines of a table, with their sum; nothing when there are none."""
    rows = [Outcome(**each) for each in found]
    if not rows:
        return []
    sums = [sum(column) for column in zip(*(_numbers(row) for row in rows), strict=True)]
    head = f"{'fault':44} {'tried':>7} {'events':>8} {'posts':>8} {'lost':>6} {'doubled':>8} {'unknown':>8}"
    lines = [_line(row.fault, _numbers(row)) for row in sorted(rows, key=lambda row: row.fault)]
    return [head, *lines, _line("all", sums)]


def _numbers(row: Outcome) -> list[int]:
    return [row.tried, row.events, row.posts, row.lost, row.doubled, row.unknown]


def _line(name: str, numbers: Iterable[int]) -> str:
    tried, events, posts, lost, doubled, unknown = numbers
    return f"{name:44} {tried:7,} {events:8,} {posts:8,} {lost:6,} {doubled:8,} {unknown:8,}"
