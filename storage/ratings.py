"""Ratings in SQL: a RatingStore over one connection. The transaction around it commits."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from offices.units import Tier
from storage import dislikes, dossiers
from storage.counting import count
from storage.dislikes import OVERALL
from storage.rating_statements import BY_ID, BY_ROUND, DROP, LOCK, PUT, ROUND_KEY, SET_STATE, START
from storage.tables.ratings import answer, rating, visit_token
from storage.tables.results import results_consent
from surveys.desk import NewRating, Rating, RatingState
from surveys.items import Answers, AnswerValue, Item, ItemKind
from surveys.tallies import Cell, Headline
from surveys.visits import Service, Visit

_COLUMNS = {
    ItemKind.SCALE5: "score",
    ItemKind.CHOICE: "choice",
    ItemKind.TEXT: "text",
    ItemKind.NUMBER: "amount",
}


class Ratings:
    """Keeps ratings, their answers and the counts, as `surveys.desk.RatingStore` asks."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def start(self, new: NewRating) -> tuple[Rating, bool]:
        """Add the rating unless its round has one; return the one there is, and whether it is new."""
        row = _row(new)
        added = START.first(self._connection, row)
        if added is not None:
            return _opened(added.id, new), True
        number = BY_ROUND.first(self._connection, {name: row[name] for name in ROUND_KEY}).id
        found = self.by_id(number)
        if found is None:
            raise LookupError(f"rating {number} is gone")
        return found, False

    def by_id(self, rating_id: int) -> Rating | None:
        """Return a rating, locked for this transaction; None when there is none."""
        if self._connection.dialect.name == "postgresql":
            # A statement of its own: a join that waits for the lock would still see the answers of before.
            self._connection.execute(LOCK, {"number": rating_id})
        return stored_rating(self._connection, rating_id)

    def put_answer(self, rating: Rating, item: Item, value: AnswerValue | None, at: datetime) -> None:
        """Add an answer or replace an earlier one of the same item; None is a skipped item.

        One that a dossier's own code proved also counts for the dossier, when it was low or is low now.
        """
        PUT.run(self._connection, {"rating_id": rating.id, "item": item.code, "answered_at": at, **_value(item, value)})
        visit = rating.visit
        if visit.dossier is not None and visit.verified and item.code == OVERALL and item.kind is ItemKind.SCALE5:
            by = dislikes.is_low(value) - dislikes.is_low(rating.answers.get(OVERALL))
            if by:
                dossiers.opinion_changed(self._connection, visit.dossier, by)

    def drop_answers(self, rating_id: int, items: Collection[str]) -> None:
        """Take answers back."""
        code = dislikes.dossier_of(self._connection, rating_id) if OVERALL in items else None
        self._connection.execute(DROP, {"number": rating_id, "items": sorted(items)})
        if code is not None:
            dossiers.opinion_changed(self._connection, code, -1)

    def set_state(self, rating_id: int, state: RatingState, at: datetime) -> None:
        """Close a rating, or open it again."""
        closed_at = None if state is RatingState.OPEN else at
        SET_STATE.run(self._connection, {"number": rating_id, "new_state": state.value, "at": closed_at})

    def count(self, rating: Rating, changes: Mapping[Cell, int], made: Headline) -> None:
        """Add the changes to the counts of the rating's scope, in every grain; `made` is theirs to the headline."""
        count(self._connection, rating, changes, made)


def _row(new: NewRating) -> dict[str, Any]:
    visit = new.visit
    return {
        "person_id": new.person_id,
        "unit": visit.unit,
        "field": visit.field,
        "service": visit.service.value,
        "procedure": visit.procedure,
        "dossier": visit.dossier,
        "verified": visit.verified,
        "assisted": visit.assisted,
        "questionnaire": new.questionnaire,
        "version": new.version,
        "subject": new.subject,
        "round": new.round,
        "day": new.day,
        "channel": new.channel,
        "state": RatingState.OPEN.value,
        "started_at": new.started_at,
        "closed_at": None,
        "level": visit.level,
    }


def _opened(number: int, new: NewRating) -> Rating:
    return Rating(number, new.visit, new.questionnaire, new.version, new.day, new.channel, RatingState.OPEN, {})


def _value(item: Item, value: AnswerValue | None) -> dict[str, AnswerValue | None]:
    return dict.fromkeys(_COLUMNS.values()) | {_COLUMNS[item.kind]: value}


def stored_rating(connection: Connection, rating_id: int) -> Rating | None:
    """Return a rating for reading only; None when there is none."""
    rows = BY_ID.all(connection, {"number": rating_id})
    return rating_from(rows[0], answers_from(rows)) if rows else None


def rating_from(row: Any, answers: Answers) -> Rating:
    """Make the value of a row that holds the columns of `rating`."""
    visit = Visit(
        row.unit, row.field, Service(row.service), row.dossier, row.verified, row.assisted, row.procedure,
        Tier(row.level) if row.level else None,
    )  # fmt: skip
    state = RatingState(row.state)
    return Rating(row.id, visit, row.questionnaire, row.version, row.day, row.channel, state, answers)


def answers_from(rows: Iterable[Any]) -> dict[str, AnswerValue | None]:
    """Collect the answers of one rating from rows of `answer`; a row without an item holds none."""
    return {
        row.item: next((value for value in (row.score, row.choice, row.text, row.amount) if value is not None), None)
        for row in rows
        if row.item is not None
    }


def erase_person(connection: Connection, person_id: int) -> None:
    """Part a person from the ratings: no link, no free text. Scores stay, as nobody's, so figures stay true."""
    connection.execute(delete(results_consent).where(results_consent.c.person_id == person_id))
    own = select(rating.c.id).where(rating.c.person_id == person_id)
    connection.execute(update(answer).where(answer.c.rating_id.in_(own)).values(text=None))
    connection.execute(update(rating).where(rating.c.person_id == person_id).values(person_id=None))
    connection.execute(update(visit_token).where(visit_token.c.used_by == person_id).values(used_by=None))
