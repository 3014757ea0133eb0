"""Dossiers in SQL: taken over from lists, found by their code, and counted by stratum."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, func, select

from offices.dossiers import Dossier, DossierState, StratumKey
from offices.units import Tier
from storage import dislikes, dossier_tallies
from storage.dossier_tallies import Sums
from storage.tables.dossiers import dossier
from storage.upsert import insert_for
from surveys.periods import Period

CHUNK = 500
"""Dossiers looked up and written at once; SQLite takes some thousand parameters in one statement."""
MOST_DAYS = 50_000
"""For so many days of units and fields changes are gathered before they are written: some dozen megabytes."""

_FACTS = (
    "code", "procedure", "unit", "field", "level", "received_on", "due_on", "returned_on", "state", "withdrawn_on",
)  # fmt: skip
_COLUMNS = tuple(dossier.c[name] for name in _FACTS)


@dataclass(frozen=True)
class Changes:
    """What taking over a list did: how many dossiers were new, were corrected, or stood there just so."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(self.added + other.added, self.changed + other.changed, self.unchanged + other.unchanged)


def upsert(connection: Connection, dossiers: Iterable[Dossier], now: datetime, gathered: Sums | None = None) -> Changes:
    """Take over dossiers and count them, of one code the last; those that stand there just so are left alone.

    gathered  what the counts change by is added here, for the caller to write before the transaction ends: many calls
              then change each row once; None: it is written at once
    """
    dossier_tallies.alone(connection)
    listed, changes, sums = iter(dossiers), Changes(), Sums() if gathered is None else gathered
    while chunk := list(islice(listed, CHUNK)):
        changes += _upsert_some(connection, chunk, now, sums)
        if len(sums) > MOST_DAYS:
            sums.write(connection)
    if gathered is None:
        sums.write(connection)
    return changes


def compared(listed: Collection[Dossier], stored: Mapping[str, Dossier]) -> Changes:
    """Say what `upsert` would do with dossiers, each code once, where these are stored under their codes."""
    known = [each for each in listed if each.code in stored]
    unchanged = sum(stored[each.code] == each for each in known)
    return Changes(len(listed) - len(known), len(known) - unchanged, unchanged)


def of_codes(connection: Connection, codes: Sequence[str]) -> dict[str, Dossier]:
    """Return the dossiers of some codes, at most some thousand, by their code."""
    return {row.code: _dossier(row) for row in connection.execute(select(*_COLUMNS).where(dossier.c.code.in_(codes)))}


def of_code(connection: Connection, code: str) -> Dossier | None:
    """Return the dossier of a code (`offices.dossiers.read_code`); None when no list held it."""
    return of_codes(connection, [code]).get(code)


def finished(connection: Connection, since: date, until: date) -> Iterator[Dossier]:
    """Give the dossiers returned from one day to another, both included, some rows at a time."""
    query = select(*_COLUMNS).where(dossier.c.returned_on.between(since, until))
    for row in connection.execute(query.execution_options(yield_per=CHUNK)):
        yield _dossier(row)


def finished_by_stratum(
    connection: Connection, period: Period, units: Collection[str] | None = None, fields: Collection[str] = ()
) -> dict[StratumKey, int]:
    """Count the dossiers returned in a period by unit, field and level: the population of `surveys.strata.Stratum`.

    units   codes; None for all, an empty collection for none
    fields  codes; none for all of them

    Units are those of the time of the dossier. A stratum without dossiers is not there.
    """
    key = (dossier.c.unit, dossier.c.field, dossier.c.level)
    query = select(*key, func.count()).where(dossier.c.returned_on.between(period.start, period.end)).group_by(*key)
    if units is not None:
        query = query.where(dossier.c.unit.in_(units))
    if fields:
        query = query.where(dossier.c.field.in_(fields))
    rows = connection.execute(query.order_by(*key))
    return {StratumKey(unit, field, Tier(level)): number for unit, field, level, number in rows}


def opinion_changed(connection: Connection, code: str, by: int) -> None:
    """Count a dossier of which there is a low rating more (`by` 1) or less (-1); one on no list counts nowhere."""
    dossier_tallies.beside(connection)
    row = connection.execute(select(*_COLUMNS).where(dossier.c.code == code).with_for_update()).first()
    if row is None:
        return
    now = dislikes.number(connection, code)
    if (now > 0) != (now - by > 0):
        sums = Sums()
        sums.turn(_dossier(row), is_disliked=now > 0)
        sums.write(connection)


def _upsert_some(connection: Connection, chunk: Sequence[Dossier], now: datetime, sums: Sums) -> Changes:
    newest = {each.code: each for each in chunk}
    stored = of_codes(connection, list(newest))
    changes = compared(newest.values(), stored)
    differing = [each for each in newest.values() if stored.get(each.code) != each]
    disliked = dislikes.among(connection, [each.code for each in differing])
    for each in differing:
        sums.replace(stored.get(each.code), each, is_disliked=each.code in disliked)
    rows = [_row(each, now) for each in differing]
    if rows:
        new = insert_for(connection, dossier)
        replaced = {name: new.excluded[name] for name in (*_FACTS[1:], "changed_at")}
        connection.execute(new.on_conflict_do_update(index_elements=["code"], set_=replaced), rows)
    return changes


def _dossier(row: Any) -> Dossier:
    code, procedure, unit, field, level, received_on, due_on, returned_on, state, withdrawn_on = row
    ends = (returned_on, DossierState(state) if state else None, withdrawn_on)
    return Dossier(code, procedure, unit, field, Tier(level), received_on, due_on, *ends)


def _row(each: Dossier, now: datetime) -> dict[str, Any]:
    told = {"level": each.level.value, "state": each.state.value if each.state else None, "changed_at": now}
    return {name: getattr(each, name) for name in _FACTS} | told
