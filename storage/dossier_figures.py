"""Figures of dossiers read from their counts: in time or not, and the backlog. Costs do not grow with the dossiers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from offices.datafiles import Label
from offices.dossiers import FIRST_DAY
from offices.promptness import Backlog, Finished, Mark, Promptness
from storage.stretches import stretches
from storage.tables.dossiers import dossier_tally
from surveys.periods import Period


@dataclass(frozen=True)
class Dossiers:
    """Which dossiers are counted; units are those of the time of a dossier.

    units    codes; None = all, an empty collection = none
    fields   codes; none = all of them
    """

    units: Collection[str] | None = None
    fields: Collection[str] = ()


def promptness(connection: Connection, of: Dossiers, period: Period, today: date) -> Promptness:
    """Count the dossiers due in a period as they are known on `today`, the local day; see offices.promptness."""
    counted, last = (*_BY_DUE_DAY, Mark.WITHDRAWN), min(period.end, today - _DAY)
    early, on_day, late, overdue, withdrawn = _sums(connection, of, period.start, last, counted)
    (undated,) = _sums(connection, of, period.start, period.end, (Mark.UNDATED,))
    return Promptness(early, on_day, late, overdue, undated, withdrawn)


def backlog(connection: Connection, of: Dossiers, period: Period, today: date) -> Backlog:
    """Count the dossiers due by the end of a period, and those of them left over then, or on `today` while it runs."""
    early, on_day, late, still = _sums(connection, of, FIRST_DAY, min(period.end, today - _DAY), _BY_DUE_DAY)
    ended = sum(_sums(connection, of, FIRST_DAY, min(period.end, today), (Mark.CAUGHT_UP, Mark.GIVEN_UP)))
    return Backlog(early + on_day + late + still, late + still - ended)


def finished(connection: Connection, of: Dossiers, period: Period) -> Finished:
    """Count the dossiers whose result was ready in a period, and the faulty ones of them."""
    counted = (Mark.READY, Mark.CAUGHT_UP, Mark.DISLIKED)
    ready, late, disliked = _sums(connection, of, period.start, period.end, counted)
    return Finished(ready, late + disliked)


def _sums(connection: Connection, of: Dossiers, start: date, end: date, counted: Sequence[Mark]) -> list[int]:
    """Add up what is counted of the days from `start` to `end`; of none of them when it ends before it starts."""
    tally, sums = dossier_tally.c, [0] * len(counted)
    if end < start:
        return sums
    query = select(*(func.coalesce(func.sum(tally[mark.value]), 0) for mark in counted))
    if of.fields:
        query = query.where(tally.field.in_(of.fields))
    if of.units is not None:
        query = query.where(tally.unit.in_(sorted(of.units)))
    for stretch in stretches(Period(start, end, _UNNAMED), by_field=bool(of.fields)):
        limits = [tally.grain == stretch.grain.value, tally.since.in_(stretch.since)]
        if not stretch.grain.is_by_field:
            limits.append(tally.field == "")  # so that the key is known as far as the unit
        row = connection.execute(query.where(*limits)).one()
        sums = [so_far + int(more) for so_far, more in zip(sums, row, strict=True)]
    return sums


_BY_DUE_DAY = (Mark.EARLY, Mark.ON_DAY, Mark.LATE, Mark.OPEN)
_DAY, _UNNAMED = timedelta(days=1), Label("", "")
