"""Who was erased after a backup was made: to be erased again when it is restored (security.md P6).

The only record of an erasure is the audit trail of the database that is being replaced, so it is read from there.
"""

from sqlalchemy import Connection, select

from storage.tables.audit import audit

ACTION = "identity.erase"


def since(connection: Connection, head: tuple[int, str]) -> list[int] | None:
    """Return the persons erased after entry `head` (number and hash) of this database's trail.

    None when this trail does not continue from there: then it is of another authority, or of another restore.
    """
    number, digest = head
    if number and connection.scalar(select(audit.c.hash).where(audit.c.seq == number)) != digest:
        return None
    later = select(audit.c.subject).where(audit.c.seq > number, audit.c.action == ACTION)
    return sorted({int(subject.removeprefix("person:")) for subject in connection.scalars(later)})
