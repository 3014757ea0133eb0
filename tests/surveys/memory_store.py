"""A RatingStore in memory: stands where the database stands."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from surveys.desk import NewRating, Rating, RatingState
from surveys.items import AnswerValue, Item
from surveys.tallies import Cell, Headline


class MemoryStore:
    """Keeps ratings in dictionaries and counts in one Counter."""

    def __init__(self) -> None:
        self.ratings: dict[int, Rating] = {}
        self.rounds: dict[tuple[int, str, str, str], int] = {}
        self.counts: Counter[Cell] = Counter()
        self.headline = Headline()

    def start(self, new: NewRating) -> tuple[Rating, bool]:
        key = (new.person_id, new.subject, new.questionnaire, new.round)
        if key in self.rounds:
            return self.ratings[self.rounds[key]], False
        number = self.rounds[key] = len(self.ratings) + 1
        self.ratings[number] = Rating(
            number, new.visit, new.questionnaire, new.version, new.day, new.channel, RatingState.OPEN, {}
        )
        return self.ratings[number], True

    def by_id(self, rating_id: int) -> Rating | None:
        return self.ratings.get(rating_id)

    def put_answer(self, rating: Rating, item: Item, value: AnswerValue | None, at: datetime) -> None:
        assert at.tzinfo is not None
        stored = self.ratings[rating.id]
        self.ratings[rating.id] = replace(stored, answers={**stored.answers, item.code: value})

    def drop_answers(self, rating_id: int, items: Collection[str]) -> None:
        rating = self.ratings[rating_id]
        kept = {item: value for item, value in rating.answers.items() if item not in items}
        self.ratings[rating_id] = replace(rating, answers=kept)

    def set_state(self, rating_id: int, state: RatingState, at: datetime) -> None:
        assert at.tzinfo is not None
        self.ratings[rating_id] = replace(self.ratings[rating_id], state=state)

    def count(self, rating: Rating, changes: Mapping[Cell, int], made: Headline) -> None:
        assert rating.id in self.ratings
        self.headline += made
        assert 0 <= self.headline.satisfied <= self.headline.answers
        for cell, change in changes.items():
            self.counts[cell] += change
            assert self.counts[cell] >= 0
