"""Revealing who sent a petition: two officials together, a reason, a trace, a word to the sender who allowed it."""

from datetime import datetime

from sqlalchemy import Connection, select

from offices.errors import DomainError
from offices.staff import Right, Staff, rights
from petitions.model import IdentityChoice, Petition
from storage import identity, outbox
from storage.database import Database
from storage.identity import Identity
from storage.sign_in import sign_in
from storage.tables.petitions import petition_reporter


def choice_of(connection: Connection, petition: Petition) -> IdentityChoice:
    """Return what the sender allows."""
    query = select(petition_reporter.c.identity_choice).where(petition_reporter.c.petition_id == petition.id)
    return IdentityChoice(connection.execute(query).scalar_one())


async def witness(database: Database, login: str, password: str, asking: Staff, now: datetime) -> Staff | DomainError:
    """Return the second official who confirms with login and password, or why nobody did.

    The attempt counts like any other sign-in, so that it cannot be used to guess passwords. Refusals:
    `sign_in_refused`, `witness_is_same`, `witness_may_not`.
    """
    try:
        second = await sign_in(database, login, password, now)
    except DomainError as error:
        return error
    if second.id == asking.id:
        return DomainError("witness_is_same")
    return second if Right.REVEAL_IDENTITY in rights(second) else DomainError("witness_may_not")


def reveal(
    connection: Connection, petition: Petition, *, by: Staff, witness: Staff, reason: str, now: datetime
) -> Identity:
    """Return who sent the petition; the audit trail keeps who looked, who confirmed, why, and for which petition.

    The sender is told that it happened and why. The caller has checked that `by` may see the petition. Raises
    DomainError `identity_hidden` when the sender does not allow it, `witness_is_same` when one stands for two.
    """
    if by.id == witness.id:
        raise DomainError("witness_is_same")
    if choice_of(connection, petition) is not IdentityChoice.SHOWN_TO_COORDINATOR:
        raise DomainError("identity_hidden")
    columns = (petition_reporter.c.person_id, petition_reporter.c.chat_id)
    reporter = connection.execute(select(*columns).where(petition_reporter.c.petition_id == petition.id)).one()
    outbox.put(
        connection,
        chat_id=reporter.chat_id,
        key="petition_identity_shown",
        params={"code": petition.code, "text": reason},
        unique_key=f"{petition.code}:identity:{by.id}:{now.isoformat()}",
        urgency=outbox.Urgency.NOTICE,
        now=now,
    )
    written = f"{petition.code}, staff:{witness.id}: {reason}"
    return identity.reveal(connection, reporter.person_id, actor=f"staff:{by.id}", reason=written, now=now)
