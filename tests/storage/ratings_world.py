"""Builders for tests with ratings: persons, a clock, whole ratings with defaults, a next version of what is asked."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import Connection, insert

from offices.staff import Role
from offices.worktime import LOCAL
from storage import questionnaire_drafts, questionnaires
from storage.ratings import Ratings
from storage.tables.people import person
from surveys.desk import RatingDesk
from surveys.items import AnswerValue
from surveys.visits import Service, Visit
from tests.storage.officials import add_official

VISIT = Visit("VP", "land", Service.TTHC)
NOON = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)


def noon(day: date) -> datetime:
    """Return noon in Vietnam on a day."""
    return datetime.combine(day, time(12), LOCAL)


@dataclass
class Clock:
    """A clock that is set by hand."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


def desk_at(connection: Connection, now: datetime = NOON) -> RatingDesk:
    return RatingDesk(Ratings(connection), Clock(now), questionnaires.known(connection))


def add_person(connection: Connection) -> int:
    number: int = connection.execute(insert(person).values(created_at=NOON).returning(person.c.id)).scalar_one()
    return number


def rate(
    connection: Connection,
    *,
    visit: Visit = VISIT,
    questionnaire: str = "quick",
    answers: dict[str, AnswerValue | None] | None = None,
    at: datetime = NOON,
    who: int | None = None,
) -> int:
    """Add a rating with these answers, by a new person unless one is named; it stays open."""
    desk = desk_at(connection, at)
    rating = desk.begin(who or add_person(connection), visit, questionnaire, "terminal")
    for item, value in ({"overall": 5} if answers is None else answers).items():
        desk.answer(rating, item, value)
    return rating


def publish_next_quick(connection: Connection, first_day: date, now: datetime) -> None:
    """Publish the next version of quick, as the one before but for its title."""
    quick = questionnaires.load(connection, "quick")
    official = add_official(connection, "phieuhoi", Role.ADMIN).id
    number = questionnaire_drafts.begin(connection, "quick", quick, official, now)
    text = questionnaire_drafts.by_id(connection, number).text.replace(quick.title.vi, "Đánh giá nhanh, bản mẫu")
    questionnaire_drafts.change(connection, number, text, 1, official, now)
    questionnaire_drafts.publish(connection, number, 2, first_day, official, now)
