"""Stored ratings as the integrity checks see them, read in pieces."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, func, select

from offices.worktime import LOCAL
from storage.chats import TABLET
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

    Counter tablets are marked, and officials who fill in for others in a chat of their own are known; people's own
    devices are not marked, on purpose (docs/integrity.md). The end of a dossier is where a list of dossiers was taken
    over.
    """
    has_ends = connection.scalar(select(dossier.c.code).where(dossier.c.returned_on.is_not(None)).limit(1))
    return frozenset({"tablet", "helper"} | ({"dossier_ended"} if has_ends else set()))


def rated_units(connection: Connection, period: Period) -> list[str]:
    """List the codes of the units with ratings begun in the period."""
    query = select(rating.c.unit).where(rating.c.day.between(period.start, period.end)).distinct()
    return sorted(connection.scalars(query))


def rating_facts(connection: Connection, period: Period, unit: str | None = None) -> Iterator[Fact]:
    """Give the ratings begun in the period, of one unit or of all, some rows at a time.

    Ratings that are open or were abandoned are among them, for their answers count; they have no end. `staff_unit` is
    that of the official who linked the person's chat, unless he filled it in for somebody: then he is the helper. A
    dossier ends with the first minute of the day on which it was returned, for the list names no hour.
    """
    officials = _officials(connection)
    query = WITH_ANSWERS.add_columns(dossier.c.returned_on, _TABLET_CHAT).outerjoin(
        dossier, dossier.c.code == rating.c.dossier
    )
    query = query.where(rating.c.day.between(period.start, period.end))
    if unit is not None:
        query = query.where(rating.c.unit == unit)
    rows = connection.execute(query.order_by(rating.c.id).execution_options(yield_per=_CHUNK))
    for _, of_one in groupby(rows, key=lambda row: row.id):
        yield _fact(list(of_one), officials)


@dataclass(frozen=True, slots=True)
class _Official:
    """An official with a chat of his own: his number and unit."""

    number: int
    unit: str


_TABLET_CHAT = (
    select(func.max(chat.c.external_chat))
    .where(chat.c.person_id == rating.c.person_id, chat.c.external_chat.startswith(TABLET))
    .scalar_subquery()
    .label("tablet_chat")
)
"""A subquery and no join: a person's second chat would double his answers."""


def _officials(connection: Connection) -> dict[int, _Official]:
    """Return each person in whose chat an official works; of several officials the one who was entered last."""
    query = (
        select(chat.c.person_id, staff.c.id, staff.c.unit)
        .join(staff_chat, staff_chat.c.chat_id == chat.c.id)
        .join(staff, staff.c.id == staff_chat.c.staff_id)
        .order_by(staff.c.id)
    )
    return {row.person_id: _Official(row.id, row.unit) for row in connection.execute(query)}


def _fact(rows: Sequence[Any], officials: dict[int, _Official]) -> Fact:
    row = rows[0]
    official = officials.get(row.person_id)
    helper = official if row.assisted else None
    tablet = row.tablet_chat.split(":")[1] if row.tablet_chat else None
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
        device=tablet,
        at_counter=tablet is not None,
        helper=f"staff:{helper.number}" if helper else None,
        staff_unit=official.unit if official and not helper else None,
        dossier_ended=datetime.combine(row.returned_on, time(), LOCAL) if row.returned_on else None,
    )


def _joined(texts: Iterable[str | None]) -> str | None:
    return "\n".join(text for text in texts if text) or None
