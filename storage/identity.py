"""Who a person is: one way in, and each look leaves a trace."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from storage import audit
from storage.tables.people import identity
from storage.upsert import insert_for


@dataclass(frozen=True, slots=True)
class Identity:
    """What a person told or the channel told about them; each part may be missing."""

    name: str | None
    username: str | None
    phone: str | None


def reveal(connection: Connection, person_id: int, *, actor: str, reason: str, now: datetime) -> Identity:
    """Return who a person is, and write down who looked and why.

    Whether `actor` may look is decided before (offices.staff); a reason is always needed (ValueError).
    """
    if not reason.strip():
        raise ValueError("a look at an identity needs a reason")
    subject = f"person:{person_id}"
    audit.record(connection, at=now, actor=actor, action="identity.reveal", subject=subject, details={"reason": reason})
    columns = (identity.c.name, identity.c.username, identity.c.phone)
    row = connection.execute(select(*columns).where(identity.c.person_id == person_id)).first()
    return Identity(*row) if row else Identity(None, None, None)


def keep(connection: Connection, person_id: int, told: Identity, now: datetime) -> None:
    """Keep what a person told of themselves; a part not told this time stays as it was."""
    values = {"name": told.name, "username": told.username, "phone": told.phone}
    known = {part: value for part, value in values.items() if value} | {"updated_at": now}
    statement = insert_for(connection, identity).values(person_id=person_id, **known)
    connection.execute(statement.on_conflict_do_update(index_elements=["person_id"], set_=known))
