"""What a change of units touches: counted before it is made, so that whoever enters it sees what it means."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from offices.succession import Change, apply
from offices.units import Directory, Unit
from petitions.lifecycle import OPEN
from storage.tables.petitions import petition
from storage.tables.ratings import rating
from storage.tables.staff import staff


@dataclass(frozen=True)
class Effects:
    """What hangs on the units that end.

    accounts   active accounts of officials there; they follow a single successor, else they have to be moved
    open_cases petitions there that are not closed; they follow the successor, else they go to the coordinator
    ratings    ratings so far, which stay counted under the old name or by the successor (offices.lineage)
    below      units that stand below and get another one above them
    unanswered codes of the fields that no unit answers for afterwards
    """

    accounts: int
    open_cases: int
    ratings: int
    below: Sequence[Unit]
    unanswered: Sequence[str]


def effects(connection: Connection, directory: Directory, change: Change) -> Effects:
    """Count what a change touches. Raises what offices.succession.apply raises."""
    after, ending = apply(directory, change), list(change.ending)
    accounts = select(func.count()).where(staff.c.unit.in_(ending), staff.c.active.is_(True))
    cases = select(func.count()).where(
        petition.c.unit.in_(ending), petition.c.status.in_([status.value for status in OPEN])
    )
    ratings = select(func.count()).where(rating.c.unit.in_(ending))
    return Effects(
        accounts=connection.scalar(accounts) or 0,
        open_cases=connection.scalar(cases) or 0,
        ratings=connection.scalar(ratings) or 0,
        below=[unit for unit in after.on(change.on) if unit.parent in ending],
        unanswered=_unanswered(directory, after, change),
    )


def _unanswered(before: Directory, after: Directory, change: Change) -> list[str]:
    fields = dict.fromkeys(field for code in change.ending for field in before.unit(code).fields)
    return [field for field in fields if not after.for_field(field, change.on)]
