"""Figures about petitions: on time by due-date cohort.

The cohort of a period are the petitions whose answer was due in it, whatever has become of them: one that is open and
late counts as late, a refusal stays in the denominator. While a period runs the cohort are those whose time is over by
now, answered or not: with what is answered ahead and without what is still open, any office would look good. Each
counts once in a period, by its first handling; second looks show in the ratings of answers, not here (QĐ 766/QĐ-TTg
counts a PAKN once in a period).

A transfer gives the next unit its full time ("15 days from the last transfer") but does not wash off lateness: who
passes a petition on after his own time had ended was late with it. For that unit the petition was due and late; for the
authority as a whole it is late in the period, even when the next unit was quick. Passed on in time, it counts with the
last unit alone. The figures of units may thus add up to more than the authority's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, Subquery, and_, case, exists, func, not_, or_, select

from petitions.lifecycle import Status
from petitions.model import Outcome
from storage.tables.petitions import petition, petition_leg, petition_pause, petition_rating


@dataclass(frozen=True, slots=True)
class Timeliness:
    """A cohort: due == on_time + late; open_late of the late ones have no answer yet."""

    due: int
    on_time: int
    late: int
    open_late: int


def timeliness(
    connection: Connection,
    start: date,
    end: date,
    now: datetime,
    *,
    published_required: bool = False,
    units: Sequence[str] | None = None,
) -> Timeliness:
    """Count the petitions whose first answer was due from `start` to `end`, both inclusive.

    now                 aware; what happens after it is not known yet: an answer counts if it was given by then, and
                        what is open is late from the same moment on as `Petition.is_late` says
    published_required  an answer is on time only if it was published in time, too; a refusal has nothing to publish
    units               codes of the units whose handling is judged; None: all

    Left out is what is within its time, answered or not, what nobody can judge yet (to be published and within the time
    for it; waiting for its sender) and what the sender withdrew in time, for nobody owes an answer then. Withdrawn when
    it was late, it stays late.
    """
    petitions = _marked(start, end, now, published_required=published_required, units=units)
    query = select(petitions.c.mark, func.count().label("number")).group_by(petitions.c.mark)
    found = {row.mark: row.number for row in connection.execute(query)}
    on_time, late, open_late = (found.get(mark, 0) for mark in (_ON_TIME, _LATE, _OPEN_LATE))
    return Timeliness(on_time + late + open_late, on_time, late + open_late, open_late)


@dataclass(frozen=True, slots=True)
class Handled:
    """How the petitions of a cohort went, as Decision 766/QĐ-TTg counts them.

    due, on_time      petitions within the authority's competence, and those of them handled in time
    every, faulty     all petitions, and those that were late, disliked or raised again, each once
    """

    due: int
    on_time: int
    every: int
    faulty: int


def handled(
    connection: Connection, start: date, end: date, now: datetime, *, units: Sequence[str] | None = None
) -> Handled:
    """Count the cohort of `timeliness` with what its senders made of the answers.

    Disliked is an answer that its sender rated 1 or 2; raised again is one that he asked to have looked at anew. Not
    within competence is what was refused for that reason or led to another authority.
    """
    marked = _marked(start, end, now, published_required=False, units=units)
    disliked = exists().where(
        petition_rating.c.petition_id == petition.c.id, petition_rating.c.score <= DISLIKED, petition_rating.c.at <= now
    )
    elsewhere = or_(petition.c.reason.in_(NOT_OURS), petition.c.status == Status.REDIRECTED)
    within = not_(_known(elsewhere))
    good = marked.c.mark == _ON_TIME
    query = (
        select(
            func.count().filter(within),
            func.count().filter(within, good),
            func.count(),
            func.count().filter(or_(not_(good), disliked, petition.c.looks > 0)),
        )
        .select_from(marked)
        .join(petition, petition.c.id == marked.c.petition_id)
        .where(marked.c.mark.is_not(None))
    )
    return Handled(*connection.execute(query).one())


DISLIKED = 2
"""The highest score of an answer that is disliked."""
NOT_OURS = ("not_competent", "not_pakn")
"""Reasons of refusal (petitions/reasons.toml) that say that it was not for this authority to handle."""


def _marked(
    start: date, end: date, now: datetime, *, published_required: bool, units: Sequence[str] | None
) -> Subquery:
    """Give each petition of a cohort with its mark; of several legs the highest counts."""
    leg = petition_leg.c
    passed_on = and_(leg.outcome == Outcome.TRANSFERRED, leg.ended_at <= now, leg.ended_at < leg.late_from)
    cohort = [leg.look == 0, leg.due_on.between(start, end), leg.started_at <= now, not_(_known(passed_on))]
    if units is not None:
        cohort.append(leg.unit.in_(units))
    worst = func.max(_mark(now, published_required=published_required)).label("mark")
    return select(leg.petition_id, worst).where(*cohort).group_by(leg.petition_id).subquery()


_ON_TIME, _LATE, _OPEN_LATE = 1, 2, 3
"""Marks of a leg; of several legs of one petition the highest counts."""


def _mark(now: datetime, *, published_required: bool) -> ColumnElement[int | None]:
    """Judge a leg by what was known, with one of the marks; NULL when it does not count."""
    leg = petition_leg.c
    open_then = or_(leg.ended_at.is_(None), leg.ended_at > now)
    in_time = leg.ended_at < leg.late_from
    marks: list[tuple[ColumnElement[bool], int | None]] = [
        (leg.late_from > now, None),
        (and_(open_then, _waited_for_sender(now)), None),
        (open_then, _OPEN_LATE),
        (leg.ended_at >= leg.late_from, _LATE),
        (and_(in_time, leg.outcome == Outcome.WITHDRAWN), None),
    ]
    if published_required:
        published = and_(leg.published_at.is_not(None), leg.published_at <= now)
        marks += [
            (leg.outcome != Outcome.ANSWERED, _ON_TIME),
            (and_(published, leg.published_at < leg.publish_late_from), _ON_TIME),
            (and_(not_(_known(published)), leg.publish_late_from > now), None),
            (in_time, _LATE),
        ]
    return case(*marks, else_=_ON_TIME)


def _waited_for_sender(now: datetime) -> ColumnElement[bool]:
    """Say whether the clock stood still then; a question asked when it was late already changes nothing."""
    pause, leg = petition_pause.c, petition_leg.c
    return exists().where(
        pause.petition_id == leg.petition_id,
        pause.leg == leg.number,
        pause.opened_at <= now,
        or_(pause.closed_at.is_(None), pause.closed_at > now),
        pause.opened_at < leg.late_from,
    )


def _known(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Read an unknown (NULL) as false: `NOT NULL` would drop the row."""
    return func.coalesce(condition, False)
