"""Whether dossiers were dealt with in time: the rule, and what of a dossier is counted on which of its days.

A dossier is judged in the period that holds the day it was due on. Its result ready by that day is in time, the day
itself included; later is late, and so is what is still open when the day is over. What is open and not due yet is not
judged. A dossier without such a day can be neither: it is counted apart, by the day it was received.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from offices.dossiers import Dossier


class Mark(StrEnum):
    """What is counted of dossiers: the first four by the day they were due on, each dossier under one of them."""

    EARLY = "early"  # ready before the day it was due on
    ON_DAY = "on_day"  # ready on that day
    LATE = "late"  # ready after it
    OPEN = "open"  # not ready: late once the day is over
    CAUGHT_UP = "caught_up"  # a late one again, by the day on which it was ready
    UNDATED = "undated"  # no day it was due on, by the day it was received


@dataclass(frozen=True, slots=True)
class Promptness:
    """The dossiers due in a period; those not ready while their day is not over are left out.

    overdue   not ready, and the day is over
    undated   beside all these: received in the period without a day they were due on
    """

    early: int = 0
    on_day: int = 0
    late: int = 0
    overdue: int = 0
    undated: int = 0

    @property
    def on_time(self) -> int:
        """Ready by the day they were due on."""
        return self.early + self.on_day

    @property
    def due(self) -> int:
        """All that can be judged."""
        return self.on_time + self.late + self.overdue


@dataclass(frozen=True, slots=True)
class Backlog:
    """Dossiers whose due day was over at the end of a day, and those of them that were not ready then."""

    past_due: int
    waiting: int


def marks(dossier: Dossier) -> Iterator[tuple[Mark, date]]:
    """Give what of a dossier is counted, each with its day."""
    if dossier.due_on is None:
        yield Mark.UNDATED, dossier.received_on
        return
    ready = dossier.returned_on
    if ready is None:
        yield Mark.OPEN, dossier.due_on
    elif ready <= dossier.due_on:
        yield Mark.EARLY if ready < dossier.due_on else Mark.ON_DAY, dossier.due_on
    else:
        yield Mark.LATE, dossier.due_on
        yield Mark.CAUGHT_UP, ready
