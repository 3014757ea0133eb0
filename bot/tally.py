"""What a process counts of its intake and of what it sends: plain numbers in memory, so that counting costs nothing.

Each process counts for itself from its start; `/metrics` tells the numbers of the process that is asked.
"""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 1.5, 2.5, 5.0, 10.0)
"""Upper bounds of the classes of seconds; 0.3 and 1.5 are the promises (99 % and 99.9 %)."""


@dataclass(slots=True)
class Times:
    """A histogram of seconds: how many fell into each class of BOUNDS, the last one is open."""

    classes: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.classes[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds


@dataclass(frozen=True, slots=True)
class Tally:
    """The numbers of one process since its start.

    taken    (channel, kind) -> events that are durable
    failed   channel -> events that became dead letters, as the channel's reading found them or as they were handled
    refused  channel -> events that could not be stored, so that their channel keeps them (503)
    times    seconds from an event to its commit
    tried    (class of a message, outcome) -> attempts to send one; our own page takes each at the first
    """

    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    times: Times = field(default_factory=Times)
    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
