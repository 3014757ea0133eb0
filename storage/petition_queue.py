"""The officials' queue: open petitions in the order of their urgency, only those that the reader may act on."""

from datetime import datetime

from sqlalchemy import Connection, select

from offices.staff import Right, Staff, may
from offices.worktime import LOCAL
from petitions.lifecycle import OPEN
from petitions.model import Petition
from petitions.rights import may_see, staff_relations
from storage.petitions import read_petition
from storage.reference import Reference
from storage.tables.petitions import petition

SCANNED = 500
"""Open petitions looked at, oldest deadline first; a list in chat shows ten of them."""


def most_urgent(
    connection: Connection, reference: Reference, reader: Staff, now: datetime, limit: int
) -> list[Petition]:
    """Return the open petitions on which `reader` has a step to take, the nearest deadline first."""
    day = now.astimezone(LOCAL).date()
    seen = [
        unit.code for unit in reference.directory if may(reader, Right.SEE_CASES, unit.code, reference.directory, day)
    ]
    is_open = petition.c.status.in_([status.value for status in OPEN])
    query = select(petition).where(is_open, petition.c.unit.in_(seen))
    found: list[Petition] = []
    for row in connection.execute(query.order_by(petition.c.late_from, petition.c.id).limit(SCANNED)).all():
        case = read_petition(connection, row)
        if may_see(reader, case, reference.directory, day) and staff_relations(
            reader, case, reference.directory, reference.rules.routing, day
        ):
            found.append(case)
        if len(found) == limit:
            break
    return found
