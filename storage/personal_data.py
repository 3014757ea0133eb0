"""What is kept about one person, and forgetting who they are; for the person's own request."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, delete, func, select

from storage import audit, phone_consent, reach, results_consent, windows
from storage.tables.people import identity
from storage.tables.petitions import petition_reporter
from storage.tables.ratings import rating


@dataclass(frozen=True, slots=True)
class KeptData:
    """How much is kept about a person: numbers only; `identity_parts` counts name, user name, contact and number.

    wants_results  consents to be told what the units reached that he rated
    has_phone      consents to news at the telephone number that is kept for this
    """

    ratings: int
    petitions: int
    identity_parts: int
    wants_results: bool
    has_phone: bool


def kept_about(connection: Connection, person_id: int) -> KeptData:
    """Count what is kept about a person."""
    parts = connection.execute(
        select(identity.c.name, identity.c.username, identity.c.phone).where(identity.c.person_id == person_id)
    ).first()
    has_phone = phone_consent.is_given(connection, person_id)
    return KeptData(
        ratings=_count(connection, rating.c.person_id, person_id),
        petitions=_count(connection, petition_reporter.c.person_id, person_id),
        identity_parts=(sum(part is not None for part in parts) if parts else 0)
        + reach.is_recognised(connection, person_id)
        + has_phone,
        wants_results=results_consent.is_given(connection, person_id),
        has_phone=has_phone,
    )


def forget_identity(connection: Connection, person_id: int, now: datetime) -> None:
    """Erase who a person is, and what he consented to; ratings and petitions stay under their number."""
    results_consent.refuse(connection, person_id, now)
    phone_consent.refuse(connection, person_id, now)
    connection.execute(delete(identity).where(identity.c.person_id == person_id))
    reach.forget(connection, person_id, now)
    windows.forget_words(connection, person_id)
    person = f"person:{person_id}"
    audit.record(connection, at=now, actor=person, action="identity.erase", subject=person, details={})


def _count(connection: Connection, column: Column[Any], person_id: int) -> int:
    return connection.scalar(select(func.count()).where(column == person_id)) or 0
