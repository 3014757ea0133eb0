"""What one rating adds to the counts, and the scores that are read from such counts.

A cell is (item, value): a score "1".."5", the code of a choice, or an amount. Cells whose item begins with "@" count
people instead of answers: FACTOR + code and INDEX count those who answered at least one item of the factor
or of the whole index, CHANNEL counts those behind the headline by the channel they answered in, RATING counts ratings
by their state. So every figure is a sum over ratings, and counts can be kept up to date by adding the difference
that one answer makes.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from surveys.items import BEST_SCORE, Answers, ItemKind
from surveys.questionnaires import Questionnaire
from surveys.scoring import SATISFIED, TOP_TWO, Score, Tally, index_mean_of_factors, index_pooled, item_score

Cell = tuple[str, str]

INDEX: Cell = ("@index", "")
FACTOR = "@factor:"
CHANNEL = "@channel"
RATING = "@rating"


def cells(questionnaire: Questionnaire, answers: Answers, channel: str) -> Counter[Cell]:
    """Count one rating's answers, given in `channel`; skipped ones and texts count nowhere."""
    counted: Counter[Cell] = Counter()
    factors: set[str] = set()
    for item in questionnaire.items:
        value = answers.get(item.code)
        if value is None or item.kind is ItemKind.TEXT:
            continue
        counted[item.code, str(value)] += 1
        if item.factor is not None:
            factors.add(item.factor)
    counted.update({(FACTOR + factor, ""): 1 for factor in factors})
    counted.update({INDEX: 1} if factors else {})
    if any(answers.get(code) is not None for code in questionnaire.headline):
        counted[CHANNEL, channel] += 1
    return counted


def difference(before: Mapping[Cell, int], after: Mapping[Cell, int]) -> dict[Cell, int]:
    """Return what has to be added to the counts when a rating changes; no zeros."""
    changed = {cell: after.get(cell, 0) - before.get(cell, 0) for cell in {*before, *after}}
    return {cell: change for cell, change in sorted(changed.items()) if change}


def scores_alike(one: Questionnaire, other: Questionnaire) -> bool:
    """Say whether two versions make their index of the same items in the same factors."""
    return one is other or {item.code: item.factor for item in one.scored} == {
        item.code: item.factor for item in other.scored
    }


def in_terms_of(asked: Questionnaire, counted: Mapping[Cell, int]) -> dict[Cell, int]:
    """Bring the counts of a version that scores otherwise into the terms of the one whose figures they enter.

    Who answered only what that one does not score is behind none of its figures. How many of the rest there were is
    not kept, so those count who answered the item that most answered: there were at least so many.
    """
    answered = Counter[str]()
    for (item, _), number in counted.items():
        answered[item] += number
    people = {INDEX: max((answered[item.code] for item in asked.scored), default=0)}
    for factor in asked.factors:
        people[FACTOR + factor, ""] = max(answered[item.code] for item in asked.scored if item.factor == factor)
    kept = {cell: number for cell, number in counted.items() if cell != INDEX and not cell[0].startswith(FACTOR)}
    return kept | people


@dataclass(frozen=True)
class Headline:
    """What the one figure of a questionnaire is made of, small enough to be kept beside the cells.

    respondents   people who answered at least one of its items
    answers       their valid answers; satisfied: those of them that are 4 or 5
    """

    respondents: int = 0
    answers: int = 0
    satisfied: int = 0

    def __add__(self, other: "Headline") -> "Headline":
        return Headline(
            self.respondents + other.respondents, self.answers + other.answers, self.satisfied + other.satisfied
        )

    def score(self, questionnaire: Questionnaire, population: int | None = None) -> Score:
        """Score it: by the pooled formula where it is an index, else as one item."""
        tally = Tally((self.answers - self.satisfied, 0, 0, 0, self.satisfied))
        if questionnaire.scored:
            return index_pooled([tally], self.respondents, population)
        return index_pooled([tally], self.respondents, population, formula_id=TOP_TWO)


def headline(questionnaire: Questionnaire, counted: Mapping[Cell, int]) -> Headline:
    """Add up the cells of the headline; of a difference of cells, the difference it makes."""
    items, answers, satisfied = questionnaire.headline, 0, 0
    for (item, value), number in counted.items():
        if item in items:
            answers += number
            satisfied += number if int(value) in SATISFIED else 0
    respondents = counted.get(INDEX, 0) if questionnaire.scored else answers
    return Headline(respondents, answers, satisfied)


@dataclass(frozen=True)
class Counts:
    """The summed cells of some scope, and every score of the questionnaire they belong to."""

    questionnaire: Questionnaire
    cells: Mapping[Cell, int]

    def __add__(self, other: "Counts") -> "Counts":
        """Take two scopes together that have no rating in common."""
        if other.questionnaire.code != self.questionnaire.code:
            raise ValueError(f"counts of {self.questionnaire.code} and {other.questionnaire.code}")
        return Counts(self.questionnaire, Counter(self.cells) + Counter(other.cells))

    def tally(self, item: str) -> Tally:
        """Return how often each score was given to a scale item."""
        one, two, three, four, five = (self.cells.get((item, str(score)), 0) for score in range(1, BEST_SCORE + 1))
        return Tally((one, two, three, four, five))

    def choices(self, item: str) -> dict[str, int]:
        """Return how often each choice of an item was taken, in the order of the questionnaire."""
        return {each.code: self.cells.get((item, each.code), 0) for each in self.questionnaire.item(item).choices}

    def amounts(self, item: str) -> dict[int, int]:
        """Return how often each amount was given to a number item; only those that were."""
        return {int(value): count for (code, value), count in sorted(self.cells.items()) if code == item and count}

    def score(self, item: str) -> Score:
        """Score one scale item."""
        return item_score(self.tally(item))

    def factor(self, code: str) -> Score:
        """Score one factor: its items pooled."""
        items = [item.code for item in self.questionnaire.scored if item.factor == code]
        return index_pooled(map(self.tally, items), self.cells.get((FACTOR + code, ""), 0))

    def factors(self) -> dict[str, Score]:
        """Score every factor, in the order of the questionnaire."""
        return {code: self.factor(code) for code in self.questionnaire.factors}

    def pooled(self) -> Score:
        """Score the whole index by the pooled formula."""
        return index_pooled((self.tally(item.code) for item in self.questionnaire.scored), self.cells.get(INDEX, 0))

    def mean_of_factors(self) -> Score:
        """Score the whole index by the mean of its factors."""
        return index_mean_of_factors(self.factors(), self.cells.get(INDEX, 0))

    def headline(self) -> Headline:
        """Add up the questionnaire's one figure."""
        return headline(self.questionnaire, self.cells)

    def channels(self) -> dict[str, int]:
        """Return the respondents of the headline by channel; only channels that were used."""
        return {value: count for (item, value), count in sorted(self.cells.items()) if item == CHANNEL and count}

    def ratings(self) -> dict[str, int]:
        """Return the number of ratings by state: open, finished, abandoned."""
        return {value: count for (item, value), count in sorted(self.cells.items()) if item == RATING}
