"""The audit trail: written with what it tells about, in one transaction, and checkable afterwards."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, literal_column, select, text

from storage.prepared import Prepared
from storage.tables.audit import audit

FIRST = "0" * 64
"""Stands where the first entry names the hash of the one before it."""
_LOCK = 4_711_001
"""PostgreSQL advisory lock: two transactions must not both follow the same last entry."""

LAST = Prepared(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(literal_column("1")))
ADD = Prepared(insert(audit))


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the chain breaks: the entry's number and what is wrong with it."""

    seq: int
    what: str


def record(
    connection: Connection, *, at: datetime, actor: str, action: str, subject: str, details: Mapping[str, Any]
) -> None:
    """Append one entry, chained to the last.

    actor    `staff:<id>`, `person:<id>` or `system`
    action   what was done, such as `petition.accept` or `sign_in.failed`
    subject  what it was done to, such as `petition:PA-…`
    details  JSON; no personal data
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    last, previous = head(connection)
    seq = last + 1
    written = json.dumps(dict(details), ensure_ascii=False, sort_keys=True, default=str)
    ADD.run(
        connection,
        {
            "seq": seq, "at": at, "actor": actor, "action": action, "subject": subject, "details": written,
            "previous_hash": previous, "hash": _hash(seq, at, actor, action, subject, written, previous),
        },
    )  # fmt: skip


def head(connection: Connection) -> tuple[int, str]:
    """Return number and hash of the last entry; 0 and FIRST where there is none."""
    last = LAST.first(connection, {})
    return (last.seq, last.hash) if last else (0, FIRST)


def verify(connection: Connection) -> tuple[int, Fault | None]:
    """Recompute the chain; return the number of entries and the first fault, None when it is whole."""
    expected, previous = 1, FIRST
    for row in connection.execute(select(audit).order_by(audit.c.seq)):
        fault = _fault(row, expected, previous)
        if fault:
            return expected - 1, fault
        expected, previous = expected + 1, row.hash
    return expected - 1, None


def _fault(row: Row[Any], expected: int, previous: str) -> Fault | None:
    if row.seq != expected:
        return Fault(expected, "missing")
    if row.previous_hash != previous:
        return Fault(row.seq, "does not follow the entry before it")
    if row.hash != _hash(row.seq, row.at, row.actor, row.action, row.subject, row.details, row.previous_hash):
        return Fault(row.seq, "changed after it was written")
    return None


def _hash(seq: int, at: datetime, *parts: str) -> str:
    # JSON keeps the parts apart: "ab","c" and "a","bc" must not give one hash.
    message = json.dumps([seq, at.timestamp(), *parts], ensure_ascii=False)
    return hashlib.sha256(message.encode()).hexdigest()
