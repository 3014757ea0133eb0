"""Stored ratings as the integrity checks see them, read in pieces."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, select

from offices.worktime import LOCAL
from storage.rating_statements import WITH_ANSWERS
from storage.tables.dossiers import dossier
from storage.tables.people import chat
from storage.tables.ratings import rating
from storage.tables.staff import staff, staff_chat
from surveys.desk import RatingState
from surveys.integrity_facts import Fact
from surveys.periods import Period

_CHUNK = 1000


def stored(connection: Connection) -> frozenset[str]:
    """List which of `surveys.integrity_rules.NEEDS` stand in the tables.

    No device and no helper is kept there, on purpose (docs/integrity.md); the end of a dossier is where a list of
    dossiers was taken over.
    """
    has_ends = connection.scalar(select(dossier.c.code).where(dossier.c.returned_on.is_not(None)).limit(1))
    return frozenset({"dossier_ended"} if has_ends else ())


def rated_units(connection: Connection, period: Period) -> list[str]:
    """List the codes of the units with ratings begun in the period."""
    query = select(rating.c.unit).where(rating.c.day.between(period.start, period.end)).distinct()
    return sorted(connection.scalars(query))


def rating_facts(connection: Connection, period: Period, unit: str | None = None) -> Iterator[Fact]:
    """Give the ratings begun in the period, of one unit or of all, some rows at a time.

    Ratings that are open or were abandoned are among them, for their answers count; they have no end. `staff_unit` is
    that of the official who linked the person's chat. A dossier ends with the first minute of the day on which it was
    returned, for the list names no hour.
    """
    officials = _officials(connection)
    query = WITH_ANSWERS.add_columns(dossier.c.returned_on).outerjoin(dossier, dossier.c.code == rating.c.dossier)
    query = query.where(rating.c.day.between(period.start, period.end))
    if unit is not None:
        query = query.where(rating.c.unit == unit)
    rows = connection.execute(query.order_by(rating.c.id).execution_options(yield_per=_CHUNK))
    for _, of_one in groupby(rows, key=lambda row: row.id):
        yield _fact(list(of_one), officials)


def _officials(connection: Connection) -> dict[int, str]:
    """Return the unit of each person in whose chat an official works; of several the one who was entered last."""
    query = (
        select(chat.c.person_id, staff.c.unit)
        .join(staff_chat, staff_chat.c.chat_id == chat.c.id)
        .join(staff, staff.c.id == staff_chat.c.staff_id)
        .order_by(staff.c.id)
    )
    return {row.person_id: row.unit for row in connection.execute(query)}


def _fact(rows: Sequence[Any], officials: dict[int, str]) -> Fact:
    row = rows[0]
    answers = [each for each in rows if each.item is not None]
    return Fact(
        id=row.id,
        unit=row.unit,
        day=row.day,
        started=row.started_at,
        closed=row.closed_at if row.state == RatingState.FINISHED else None,
        verified=row.verified,
        questionnaire=row.questionnaire,
        asked=len(answers),
        scores=tuple(sorted(each.score for each in answers if each.score is not None)),
        comment=_joined(each.text for each in answers),
        person=row.person_id,
        staff_unit=officials.get(row.person_id),
        dossier_ended=datetime.combine(row.returned_on, time(), LOCAL) if row.returned_on else None,
    )


def _joined(texts: Iterable[str | None]) -> str | None:
    return "\n".join(text for text in texts if text) or None
