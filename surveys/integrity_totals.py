"""Every figure with and without the suspect ratings: nothing is dropped silently, nothing is kept silently."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from surveys.integrity_facts import Fact
from surveys.scoring import Score, Tally, index_pooled

Group = tuple[str, str]
"""Unit ("" = all units together) and questionnaire."""

ALL_UNITS = ""
_SCORES = range(1, 6)


@dataclass(frozen=True)
class Both:
    """One figure twice. Both are shares of satisfied answers over all scale items, pooled.

    suspect   ratings with scores that the second figure leaves out
    """

    every: Score
    without: Score
    suspect: int


class Totals:
    """Sums by unit and questionnaire, kept while ratings pass by."""

    def __init__(self) -> None:
        self._counts: dict[tuple[Group, bool], Counter[int]] = defaultdict(Counter)
        self._people: Counter[tuple[Group, bool]] = Counter()

    def add(self, fact: Fact, *, suspect: bool) -> None:
        """Count one rating for its unit and for all units; one without scores counts nowhere."""
        if not fact.scores:
            return
        for unit in (fact.unit, ALL_UNITS):
            key = ((unit, fact.questionnaire), suspect)
            self._counts[key].update(fact.scores)
            self._people[key] += 1

    def figures(self) -> Iterator[tuple[Group, Both]]:
        """Give every figure, by unit and questionnaire; all units together come first."""
        for group in sorted({group for group, _ in self._people}):
            clean, suspect = self._tally(group, suspect=False), self._tally(group, suspect=True)
            kept, left_out = self._people[group, False], self._people[group, True]
            every = index_pooled([clean, suspect], kept + left_out)
            yield group, Both(every, index_pooled([clean], kept), left_out)

    def _tally(self, group: Group, *, suspect: bool) -> Tally:
        counts = self._counts[group, suspect]
        one, two, three, four, five = (counts[score] for score in _SCORES)
        return Tally((one, two, three, four, five))
