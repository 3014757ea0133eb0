"""Whether dossiers were dealt with in time and to content: the rule, and what of a dossier counts on which of its days.

A dossier is judged in the period that holds the day it was due on, once that day is over, ready or not: with what is
ready ahead of its day and without what is still open, any office would look good while a period runs. Its result ready
by that day is in time, the day itself included; later is late, and so is what is still open. A dossier without such a
day can be neither: it is counted apart, by the day it was received. A refusal is a result.

A dossier that was withdrawn by who sent it on the day it was due on or before is neither in time nor late, for nobody
owes a result: it is counted apart, by the day it was due on; so is one of which no list told when. Withdrawn later it
stays late, or any late one could be taken out of the figures by a word; it is left over until the day it was withdrawn.

So the last day that is judged, in the rate and in the backlog alike, is the last of the period, and yesterday while the
period runs; never a day beyond that to which the list of dossiers is complete.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from offices.dossiers import Dossier, DossierState


class Mark(StrEnum):
    """What is counted of dossiers: the first five by the day they were due on, each dossier under one of them."""

    EARLY = "early"  # ready before the day it was due on
    ON_DAY = "on_day"  # ready on that day
    LATE = "late"  # ready or withdrawn after it
    OPEN = "open"  # not ready: late once the day is over
    WITHDRAWN = "withdrawn"  # by who sent it, before it was late: not judged
    CAUGHT_UP = "caught_up"  # a late one again, by the day on which it was ready
    GIVEN_UP = "given_up"  # a late one again, by the day on which its sender took it back
    UNDATED = "undated"  # no day it was due on, by the day it was received
    READY = "ready"  # by the day on which it was ready, in time or not
    DISLIKED = "disliked"  # of these the disliked ones that were not late


@dataclass(frozen=True, slots=True)
class Promptness:
    """The dossiers due in a period whose day is over.

    late       ready after that day, or taken back after it by who had sent them
    overdue    not ready, and the day is over
    undated    beside all these: received in the period without a day they were due on
    withdrawn  beside all these: taken back by who had sent them before they were late
    """

    early: int = 0
    on_day: int = 0
    late: int = 0
    overdue: int = 0
    undated: int = 0
    withdrawn: int = 0

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
    """Dossiers due by the last day that is judged, and those of them left over at the end of the period."""

    past_due: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Finished:
    """Dossiers whose result was ready in a period, and those of them that were late or disliked, each once."""

    ready: int
    faulty: int


def marks(dossier: Dossier, *, is_disliked: bool) -> Iterator[tuple[Mark, date]]:
    """Give what of a dossier is counted, each with its day."""
    due, ready = dossier.due_on, dossier.returned_on
    if dossier.state is DossierState.WITHDRAWN:
        if due is not None:
            yield from _of_withdrawn(due, dossier.withdrawn_on)
        return
    is_late = due is not None and ready is not None and ready > due
    if due is None:
        yield Mark.UNDATED, dossier.received_on
    else:
        yield _by_due_day(due, ready), due
    if ready is not None:
        yield Mark.READY, ready
        if is_late:
            yield Mark.CAUGHT_UP, ready
        elif is_disliked:
            yield Mark.DISLIKED, ready


def _of_withdrawn(due: date, taken_back: date | None) -> Iterator[tuple[Mark, date]]:
    if taken_back is not None and taken_back > due:
        yield Mark.LATE, due
        # Not caught up: it is no late result, and is none of those that are ready.
        yield Mark.GIVEN_UP, taken_back
    else:
        yield Mark.WITHDRAWN, due


def _by_due_day(due: date, ready: date | None) -> Mark:
    if ready is None:
        return Mark.OPEN
    if ready > due:
        return Mark.LATE
    return Mark.EARLY if ready < due else Mark.ON_DAY
