"""The steps of a rating: rounds, changes, closing."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from surveys.desk import (
    AlreadyRatedError,
    NotAskedError,
    RatingClosedError,
    RatingDesk,
    RatingIncompleteError,
    RatingState,
    UnknownRatingError,
    next_round,
)
from surveys.items import InvalidAnswerError
from surveys.questionnaires import Round
from surveys.registry import packaged
from surveys.visits import Service, Visit
from tests.surveys.memory_store import MemoryStore

VISIT = Visit("VP", "land", Service.TTHC)


@dataclass
class Clock:
    """A clock that is set by hand; the first moment is noon in Vietnam."""

    now: datetime = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(store: MemoryStore, clock: Clock) -> RatingDesk:
    return RatingDesk(store, clock, packaged())


def finished(desk: RatingDesk, visit: Visit = VISIT, person: int = 1, questionnaire: str = "quick") -> int:
    rating = desk.begin(person, visit, questionnaire, "terminal")
    if questionnaire == "quick":
        desk.answer(rating, "overall", 5)
    else:
        desk.answer(rating, "made_pakn", "no")
        for item in ("a1", "a2", "a3", "a4", "b1", "b2", "b3", "b4", "c1", "c2", "c3", "c4", "c5", "d1", "d2", "d3"):
            desk.answer(rating, item, None)
    desk.answer(rating, "comment", None)
    desk.finish(rating)
    return rating


def test_a_rating_is_answered_finished_and_counted(desk: RatingDesk, store: MemoryStore) -> None:
    finished(desk)
    assert +store.counts == Counter({("overall", "5"): 1, ("@rating", "finished"): 1, ("@channel", "terminal"): 1})


def test_a_unit_is_rated_once_a_vietnamese_day(desk: RatingDesk, clock: Clock) -> None:
    finished(desk)
    with pytest.raises(AlreadyRatedError) as caught:
        desk.begin(1, VISIT, "quick", "telegram")
    assert caught.value.params == {"unit": "VP", "again_on": date(2026, 11, 22)}
    clock.now = datetime(2026, 11, 21, 16, 59, tzinfo=UTC)
    with pytest.raises(AlreadyRatedError):
        desk.begin(1, VISIT, "quick", "telegram")
    clock.now = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
    assert desk.begin(1, VISIT, "quick", "telegram") == 2


def test_a_visit_is_rated_only_by_what_is_asked_of_visits_on_that_day(desk: RatingDesk) -> None:
    for questionnaire in ("petition-answer", "absent"):
        with pytest.raises(NotAskedError):
            desk.begin(1, VISIT, questionnaire, "terminal")


def test_other_people_units_questionnaires_and_dossiers_have_rounds_of_their_own(desk: RatingDesk) -> None:
    numbers = [
        finished(desk),
        finished(desk, person=2),
        finished(desk, replace(VISIT, unit="CA")),
        finished(desk, questionnaire="sipas"),
        finished(desk, replace(VISIT, dossier="H15-261008-0975")),
        finished(desk, replace(VISIT, dossier="H15-261008-0976")),
    ]
    assert len(set(numbers)) == 6


def test_a_dossier_is_rated_once_for_good(desk: RatingDesk, clock: Clock) -> None:
    visit = replace(VISIT, dossier="H15-261008-0975", verified=True)
    finished(desk, visit)
    clock.now += timedelta(days=500)
    with pytest.raises(AlreadyRatedError, match="dossier_already_rated"):
        desk.begin(1, visit, "quick", "telegram")


def test_sipas_is_asked_once_a_year(desk: RatingDesk, clock: Clock) -> None:
    finished(desk, questionnaire="sipas")
    with pytest.raises(AlreadyRatedError) as caught:
        desk.begin(1, VISIT, "sipas", "terminal")
    assert caught.value.params["again_on"] == date(2027, 1, 1)
    clock.now = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
    assert desk.begin(1, VISIT, "sipas", "terminal") == 2


def test_an_unfinished_rating_of_the_round_goes_on_with_its_answers(desk: RatingDesk, store: MemoryStore) -> None:
    rating = desk.begin(1, VISIT, "quick", "telegram")
    desk.answer(rating, "overall", 2)
    assert desk.begin(1, VISIT, "quick", "zalo") == rating
    desk.abandon(rating)
    assert store.counts["@rating", "abandoned"] == 1
    assert store.counts["overall", "2"] == 1
    assert desk.begin(1, VISIT, "quick", "zalo") == rating
    assert desk.rating(rating).state is RatingState.OPEN
    assert desk.rating(rating).answers == {"overall": 2}
    assert +store.counts == Counter({("overall", "2"): 1, ("@rating", "open"): 1, ("@channel", "telegram"): 1})


def test_a_changed_answer_moves_the_count_and_takes_back_what_depended_on_it(
    desk: RatingDesk, store: MemoryStore
) -> None:
    rating = desk.begin(1, VISIT, "quick", "telegram")
    desk.answer(rating, "overall", 2)
    desk.answer(rating, "reason", "cost")
    desk.answer(rating, "overall", 5)
    assert desk.rating(rating).answers == {"overall": 5}
    assert +store.counts == Counter({("overall", "5"): 1, ("@rating", "open"): 1, ("@channel", "telegram"): 1})


def test_what_does_not_fit_is_refused_and_changes_nothing(desk: RatingDesk, store: MemoryStore) -> None:
    rating = desk.begin(1, VISIT, "quick", "telegram")
    before = dict(store.counts)
    with pytest.raises(InvalidAnswerError):
        desk.answer(rating, "overall", 6)
    with pytest.raises(UnknownRatingError, match="item_not_asked"):
        desk.answer(rating, "reason", "cost")
    with pytest.raises(RatingIncompleteError) as caught:
        desk.finish(rating)
    assert caught.value.params["item"] == "overall"
    with pytest.raises(UnknownRatingError, match="rating_unknown"):
        desk.finish(99)
    assert (desk.rating(rating).answers, dict(store.counts)) == ({}, before)


def test_a_closed_rating_takes_nothing_more(desk: RatingDesk) -> None:
    rating = finished(desk)
    with pytest.raises(RatingClosedError):
        desk.answer(rating, "overall", 1)
    with pytest.raises(RatingClosedError):
        desk.finish(rating)
    with pytest.raises(RatingClosedError):
        desk.abandon(rating)


def test_a_form_that_asks_less_finishes_a_rating_with_what_it_asks(desk: RatingDesk) -> None:
    number = desk.begin(1, VISIT, "quick", "zalo")
    with pytest.raises(RatingIncompleteError):
        desk.finish(number, asked=("overall", "comment"))
    desk.answer(number, "overall", 2)
    desk.finish(number, asked=("overall", "comment"))
    assert desk.rating(number).state is RatingState.FINISHED
    assert desk.rating(number).answers == {"overall": 2}


def test_an_optional_comment_may_stay_open_when_a_rating_is_finished(desk: RatingDesk) -> None:
    rating = desk.begin(1, VISIT, "quick", "telegram")
    desk.answer(rating, "overall", 4)
    desk.finish(rating)
    assert desk.rating(rating).state is RatingState.FINISHED


@pytest.mark.parametrize(
    ("every", "day", "expected"),
    [
        (Round.DAY, date(2024, 2, 29), date(2024, 3, 1)),
        (Round.MONTH, date(2024, 1, 31), date(2024, 2, 1)),
        (Round.MONTH, date(2024, 12, 5), date(2025, 1, 1)),
        (Round.YEAR, date(2024, 2, 29), date(2025, 1, 1)),
    ],
)
def test_the_next_round_begins_with_the_next_day_month_or_year(every: Round, day: date, expected: date) -> None:
    assert next_round(every, day) == expected
