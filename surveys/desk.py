"""Rating: the use cases bot and admin share. The store keeps, the clock is handed in, the rules stand here."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from offices.errors import DomainError
from offices.worktime import LOCAL
from surveys.items import Answers, AnswerValue, Item
from surveys.questionnaires import About, Questionnaire, Round
from surveys.registry import Questionnaires
from surveys.tallies import RATING, Cell, Headline, cells, difference, headline
from surveys.visits import Visit


class RatingState(StrEnum):
    """An abandoned rating keeps its answers: who gave the first one and left has been heard."""

    OPEN = "open"
    FINISHED = "finished"
    ABANDONED = "abandoned"


class AlreadyRatedError(DomainError):
    """The person has finished a rating of the unit or dossier in this round; facts: unit, again_on if any."""


class NotAskedError(DomainError):
    """The questionnaire is not asked of visits on this day; facts: questionnaire, day."""


class RatingClosedError(DomainError):
    """The rating is finished or abandoned and takes no answers; facts: rating."""


class RatingIncompleteError(DomainError):
    """An item that may not be skipped is still open; facts: rating, item."""


class UnknownRatingError(DomainError):
    """There is no such rating, or its questionnaire has no such item now; facts: rating, item."""


@dataclass(frozen=True)
class NewRating:
    """A rating about to be opened.

    subject   what is rated: "dossier:<code>" or "unit:<code>"
    round     "once" for a dossier, else the day, month or year as 2026-11-21, 2026-11, 2026

    A person has one rating per (subject, questionnaire, round); the store enforces it.
    day       local day it was begun: the day its answers count for, also when they change later
    """

    person_id: int
    visit: Visit
    questionnaire: str
    version: int
    subject: str
    round: str
    day: date
    channel: str
    started_at: datetime


@dataclass(frozen=True)
class Rating:
    """A stored rating with its answers."""

    id: int
    visit: Visit
    questionnaire: str
    version: int
    day: date
    channel: str
    state: RatingState
    answers: Answers


class RatingStore(Protocol):
    """What the desk needs kept, all in one transaction."""

    def start(self, new: NewRating) -> tuple[Rating, bool]:
        """Add the rating unless its round has one; return the one there is, and whether it is new."""

    def by_id(self, rating_id: int) -> Rating | None:
        """Return a rating, locked for this transaction; None when there is none."""

    def put_answer(self, rating: Rating, item: Item, value: AnswerValue | None, at: datetime) -> None:
        """Add an answer or replace an earlier one of the same item; None is a skipped item."""

    def drop_answers(self, rating_id: int, items: Collection[str]) -> None:
        """Take answers back."""

    def set_state(self, rating_id: int, state: RatingState, at: datetime) -> None:
        """Close a rating, or open it again."""

    def count(self, rating: Rating, changes: Mapping[Cell, int], made: Headline) -> None:
        """Add the changes to the counts of the rating's unit, field, level, access, day and version.

        made   what the changes make of the headline
        """


class RatingDesk:
    """Every step of a rating. One method, one transaction of the caller."""

    def __init__(self, store: RatingStore, now: Callable[[], datetime], questionnaires: Questionnaires) -> None:
        """Keep the store and the questionnaires there are; `now` gives aware datetimes."""
        self._store = store
        self._now = now
        self._questionnaires = questionnaires

    def begin(self, person_id: int, visit: Visit, questionnaire: str, channel: str) -> int:
        """Open a rating and return its id; an unfinished one of the same round goes on with its answers.

        Raises AlreadyRatedError when the round's rating is finished, NotAskedError when visits are not rated by this
        questionnaire on that day.
        """
        now = self._now()
        day = now.astimezone(LOCAL).date()
        asked = self._questionnaires.in_force(questionnaire, day)
        if asked is None or asked.about is not About.VISIT:
            raise NotAskedError("questionnaire_not_asked", questionnaire=questionnaire, day=day)
        subject, round_ = _subject(visit), _round(visit, asked.round, day)
        rating, is_new = self._store.start(
            NewRating(person_id, visit, asked.code, asked.version, subject, round_, day, channel, now)
        )
        if is_new:
            self._store.count(rating, {(RATING, RatingState.OPEN): 1}, Headline())
        elif rating.state is RatingState.FINISHED:
            raise _already_rated(visit, asked.round, day)
        elif rating.state is RatingState.ABANDONED:
            self._move(rating, RatingState.OPEN)
        return rating.id

    def rating(self, rating_id: int) -> Rating:
        """Return a rating with its answers; UnknownRatingError when there is none."""
        rating = self._store.by_id(rating_id)
        if rating is None:
            raise UnknownRatingError("rating_unknown", rating=rating_id)
        return rating

    def answer(self, rating_id: int, item: str, value: AnswerValue | None) -> None:
        """Keep an answer (None = skipped) or change it; answers that depended on the old one are taken back.

        Raises InvalidAnswerError, RatingClosedError, UnknownRatingError, and NotAskedError when the questionnaire was
        withdrawn meanwhile; nothing is changed then.
        """
        rating = self._open_rating(rating_id)
        questionnaire = self._questionnaires.load(rating.questionnaire, rating.version)
        day = self._now().astimezone(LOCAL).date()
        if self._questionnaires.is_withdrawn(questionnaire, day):
            raise NotAskedError("questionnaire_withdrawn", questionnaire=questionnaire.code, day=day)
        asked = _asked(questionnaire, rating, item)
        after = questionnaire.kept({**rating.answers, item: asked.accept(value)})
        self._store.put_answer(rating, asked, after[item], self._now())
        dropped = sorted(rating.answers.keys() - after.keys())
        if dropped:
            self._store.drop_answers(rating.id, dropped)
        channel = rating.channel
        changes = difference(cells(questionnaire, rating.answers, channel), cells(questionnaire, after, channel))
        if changes:
            self._store.count(rating, changes, headline(questionnaire, changes))

    def finish(self, rating_id: int, asked: Collection[str] | None = None) -> None:
        """Close a rating whose every obligatory item is answered.

        asked  codes of the items that were asked where the rating was given, as by a form with fewer of them: the
               others are missing in it for good; None: all that the answers lead to

        Raises RatingIncompleteError, RatingClosedError, UnknownRatingError.
        """
        rating = self._open_rating(rating_id)
        questionnaire = self._questionnaires.load(rating.questionnaire, rating.version)
        for item in questionnaire.path(rating.answers):
            if not item.optional and (asked is None or item.code in asked):
                raise RatingIncompleteError("rating_incomplete", rating=rating_id, item=item.code)
        self._move(rating, RatingState.FINISHED)

    def abandon(self, rating_id: int) -> None:
        """Close a rating that was left in the middle; its answers stay and count.

        Raises RatingClosedError, UnknownRatingError.
        """
        self._move(self._open_rating(rating_id), RatingState.ABANDONED)

    def _open_rating(self, rating_id: int) -> Rating:
        rating = self.rating(rating_id)
        if rating.state is not RatingState.OPEN:
            raise RatingClosedError("rating_closed", rating=rating_id)
        return rating

    def _move(self, rating: Rating, state: RatingState) -> None:
        self._store.set_state(rating.id, state, self._now())
        self._store.count(rating, {(RATING, rating.state): -1, (RATING, state): 1}, Headline())


def _asked(questionnaire: Questionnaire, rating: Rating, code: str) -> Item:
    """Find an item among those that this rating's answers lead to."""
    for item in questionnaire.reached(rating.answers):
        if item.code == code:
            return item
    raise UnknownRatingError("item_not_asked", rating=rating.id, item=code)


def _subject(visit: Visit) -> str:
    return f"dossier:{visit.dossier}" if visit.dossier else f"unit:{visit.unit}"


def _round(visit: Visit, every: Round, day: date) -> str:
    if visit.dossier:
        return "once"
    return day.strftime({Round.DAY: "%Y-%m-%d", Round.MONTH: "%Y-%m", Round.YEAR: "%Y"}[every])


def _already_rated(visit: Visit, every: Round, day: date) -> AlreadyRatedError:
    if visit.dossier:
        return AlreadyRatedError("dossier_already_rated", unit=visit.unit, dossier=visit.dossier)
    return AlreadyRatedError("already_rated", unit=visit.unit, again_on=next_round(every, day))


def next_round(every: Round, day: date) -> date:
    """Return the first day on which the same person may rate the same unit again."""
    match every:
        case Round.DAY:
            return day + timedelta(days=1)
        case Round.MONTH:
            return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        case Round.YEAR:
            return date(day.year + 1, 1, 1)
