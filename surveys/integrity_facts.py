"""What the integrity checks look at: plain facts of one rating, and the flags that they put on it.

A flag is a reason to look, never a verdict, and it takes nothing away: who reads a figure gets it with and without
the flagged answers (`surveys.integrity_totals`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

BEST, WORST = 5, 1


@dataclass(frozen=True, slots=True)
class Fact:
    """One rating as the checks see it; nothing in it says who the person is.

    id, day        number of the rating, and the local day for which it counts
    started        when the first question was shown; closed: when the last one was done, None while it is open
    asked          items answered or skipped
    scores         scores 1..5 of its scale items, without skipped ones
    person         pseudonymous number of the chat's person; None once erased
    device         mark of the device, where one is known; at_counter: it is a tablet that everybody uses
    helper         who filled it in for the citizen, where that is known
    staff_unit     unit of the official whose own chat this is; None for citizens
    dossier_ended  when the rated dossier ended, where that is known
    """

    id: int
    unit: str
    day: date
    started: datetime
    closed: datetime | None
    verified: bool
    questionnaire: str
    asked: int
    scores: tuple[int, ...]
    comment: str | None = None
    person: int | None = None
    device: str | None = None
    at_counter: bool = False
    helper: str | None = None
    staff_unit: str | None = None
    dossier_ended: datetime | None = None

    @property
    def extreme(self) -> int | None:
        """The best or the worst score when every answer is that; None for all between, and for no answer."""
        for score in (BEST, WORST):
            if self.scores and self.scores.count(score) == len(self.scores):
                return score
        return None


@dataclass(frozen=True, slots=True)
class Flag:
    """One reason to look at one rating: the detector's measured value beside the threshold that it crossed.

    group   numbers of all ratings that made up the value, in order; just this one for a detector of single ratings
    """

    rating: int
    detector: str
    value: float
    limit: float
    group: tuple[int, ...]


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Sort by the moment of beginning, then by number: so no result depends on the order of reading."""
    return sorted(facts, key=lambda fact: (fact.started, fact.id))


def flags_of_group(detector: str, group: Iterable[Fact], value: float, limit: float) -> list[Flag]:
    """Flag every rating of a group for the same value."""
    numbers = tuple(sorted(fact.id for fact in group))
    return [Flag(number, detector, value, limit, numbers) for number in numbers]
