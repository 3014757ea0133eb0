"""What goes wrong on purpose: faults that wait for their call."""

from collections import defaultdict, deque
from typing import Generic, TypeVar

F = TypeVar("F")


class Planned(Generic[F]):
    """Faults waiting for their call, per name of what is called, first in first out; `usual` is none at all."""

    def __init__(self, usual: F) -> None:
        self._usual = usual
        self._waiting: defaultdict[str, deque[F]] = defaultdict(deque)

    def plan(self, name: str, fault: F, times: int = 1) -> None:
        """Let the next `times` calls of `name` end like this."""
        self._waiting[name.lower()].extend([fault] * times)

    def next(self, name: str) -> F:
        """Return the fault for this call; the usual when none is planned."""
        waiting = self._waiting[name.lower()]
        return waiting.popleft() if waiting else self._usual

    def clear(self) -> None:
        """Let every call be answered as usual from now on."""
        self._waiting.clear()
