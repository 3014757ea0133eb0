"""The trace of consents: who gave or withdrew which, in which words, when (security.md P5)."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from storage import audit

ASKED_AGAIN_AFTER = timedelta(days=365)
"""Nobody is asked for the same consent more often than once in so long, whatever he answers or does not."""


def record(
    connection: Connection, person_id: int, act: str, *, purpose: str, version: int, now: datetime, actor: str = ""
) -> None:
    """Write down what became of a consent.

    act      `give`, `withdraw`, `lapse`
    version  of the words in which it was asked
    actor    the person himself where nobody is named
    """
    person = f"person:{person_id}"
    details = {"purpose": purpose, "version": version}
    audit.record(connection, at=now, actor=actor or person, action=f"consent.{act}", subject=person, details=details)
