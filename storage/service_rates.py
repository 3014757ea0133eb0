"""The satisfaction rates of Decision 766/QĐ-TTg for a period: a series of its own, never one with citizens' ratings."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from storage.dossier_figures import Dossiers, finished
from storage.petition_figures import handled
from surveys.periods import Period
from surveys.service_index import ServiceRate, dossiers_satisfied, dossiers_without_fault, pakn_satisfied, pakn_timely


@dataclass(frozen=True)
class ServiceRates:
    """The three rates, in the decision's order.

    without_fault   of the dossiers with a result, those neither late nor rated low here: not the third rate

    The third rate itself has no figure: the decision also takes off the dossiers that a petition is about, and
    petitions do not hold the code of a dossier.
    """

    rates: tuple[ServiceRate, ServiceRate, ServiceRate]
    without_fault: ServiceRate


def service_rates(
    connection: Connection, period: Period, now: datetime, units: Collection[str] | None = None
) -> ServiceRates:
    """Count the rates of these units (None = all) as known at `now`.

    Petitions are those due in the period, dossiers those whose result was ready in it, as the lists tell them.
    """
    of = None if units is None else sorted(units)
    went = handled(connection, period.start, period.end, now, units=of)
    known = finished(connection, Dossiers(of), period)
    return ServiceRates(
        (pakn_timely(went.due, went.on_time), pakn_satisfied(went.every, went.faulty), dossiers_satisfied(0, 0)),
        dossiers_without_fault(known.ready, known.faulty),
    )
