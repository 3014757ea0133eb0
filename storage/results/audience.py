"""Who is told: people who rated in the period, want to be told, and can be reached in a private chat."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, func, select

from storage.closed_periods.records import ClosedPeriod
from storage.results_consent import LETTERS
from storage.tables.delivery import outbox
from storage.tables.people import chat
from storage.tables.ratings import rating
from storage.tables.results import results_consent
from surveys.periods import Period

MOST_UNITS = 3
"""Units in one message: who rated more is told of those that he rated last."""


@dataclass(frozen=True)
class Recipient:
    """One person with the chat in which he is told, and the units that he rated, latest first."""

    person: int
    chat: int
    language: str
    units: tuple[str, ...]


@dataclass(frozen=True)
class Size:
    """How many want to be told of a period, how many of them have been written to; the units that they rated."""

    consenting: int
    written: int
    units: tuple[str, ...]


def letter_key(closed: ClosedPeriod, person: int | str) -> str:
    """Name the one letter that a person gets of a closed period."""
    return f"{LETTERS}{closed.plan}:{closed.report}:{closed.year}:{person}"


def page(connection: Connection, period: Period, after: int, most: int) -> tuple[list[Recipient], int | None]:
    """Return the next people by their number, and the last number looked at; None when nobody is left."""
    next_ones = _consenting(period).where(results_consent.c.person_id > after).limit(most)
    people: list[int] = list(connection.scalars(next_ones).all())
    found = (_recipient(connection, period, person) for person in people)
    return [each for each in found if each is not None], people[-1] if people else None


def size(connection: Connection, closed: ClosedPeriod) -> Size:
    """Count who is told of a period, for the command's dry run."""
    people = _consenting(closed.window).order_by(None).subquery()
    begins = outbox.c.unique_key.startswith(letter_key(closed, ""), autoescape=True)
    units = select(rating.c.unit).distinct().where(rating.c.person_id.in_(select(people)), _in(closed.window))
    return Size(
        connection.scalar(select(func.count()).select_from(people)) or 0,
        connection.scalar(select(func.count()).select_from(outbox).where(begins)) or 0,
        tuple(connection.scalars(units.order_by(rating.c.unit))),
    )


def _consenting(period: Period) -> Select[Any]:
    rated = exists().where(rating.c.person_id == results_consent.c.person_id, _in(period))
    wanted = select(results_consent.c.person_id).where(results_consent.c.state == "given", rated)
    return wanted.order_by(results_consent.c.person_id)


def _in(period: Period) -> ColumnElement[bool]:
    return rating.c.day.between(period.start, period.end)


def _recipient(connection: Connection, period: Period, person: int) -> Recipient | None:
    private = chat.c.external_chat == chat.c.external_person
    reached = select(chat.c.id, chat.c.language).where(chat.c.person_id == person, chat.c.state == "active", private)
    found = connection.execute(reached.order_by(chat.c.last_seen_at.desc(), chat.c.id.desc()).limit(1)).first()
    rated = select(rating.c.unit).where(rating.c.person_id == person, _in(period)).group_by(rating.c.unit)
    units = connection.scalars(rated.order_by(func.max(rating.c.id).desc()).limit(MOST_UNITS))
    return Recipient(person, found.id, found.language, tuple(units)) if found else None
