"""The satisfaction rates of Decision 766/QĐ-TTg for a period: a series of its own, never one with citizens' ratings."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, func, or_, select

from storage.petition_figures import DISLIKED, handled
from storage.tables.dossiers import dossier
from storage.tables.ratings import answer, rating
from surveys.periods import Period
from surveys.service_index import ServiceRate, dossiers_satisfied, pakn_satisfied, pakn_timely

OVERALL = "overall"


@dataclass(frozen=True)
class ServiceRates:
    """The three rates, in the decision's order.

    finished, faulty  dossiers of the period, and those of them that were late or disliked

    The third rate has no figure: the decision also takes off the dossiers that a petition is about, and petitions do
    not hold the code of a dossier. Without these it would look better than it is.
    """

    rates: tuple[ServiceRate, ServiceRate, ServiceRate]
    finished: int
    faulty: int


def service_rates(
    connection: Connection, period: Period, now: datetime, units: Collection[str] | None = None
) -> ServiceRates:
    """Count the rates of these units (None = all) as known at `now`; petitions are those due in the period."""
    of = None if units is None else sorted(units)
    went = handled(connection, period.start, period.end, now, units=of)
    finished, faulty = _dossiers(connection, period, of)
    return ServiceRates(
        (pakn_timely(went.due, went.on_time), pakn_satisfied(went.every, went.faulty), dossiers_satisfied(0, 0)),
        finished,
        faulty,
    )


def _dossiers(connection: Connection, period: Period, units: list[str] | None) -> tuple[int, int]:
    disliked = exists().where(
        rating.c.dossier == dossier.c.code,
        rating.c.verified,
        answer.c.rating_id == rating.c.id,
        answer.c.item == OVERALL,
        answer.c.score <= DISLIKED,
    )
    faulty = or_(dossier.c.returned_on > dossier.c.due_on, disliked)
    query = select(func.count(), func.count().filter(faulty)).where(
        dossier.c.returned_on.between(period.start, period.end)
    )
    if units is not None:
        query = query.where(dossier.c.unit.in_(units))
    finished, wrong = connection.execute(query).one()
    return finished, wrong
