"""Signing in with login and password: slow work outside the transaction, one answer for every refusal."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from offices.errors import DomainError
from offices.staff import Staff
from storage import audit
from storage.database import Database
from storage.passwords import is_password
from storage.staff import by_id, normal_login, password_hash_of
from storage.tables.staff import staff

FAILURES_TO_A_LOCK = 5
LOCK = timedelta(minutes=15)
DELAYS = {3: timedelta(seconds=5), 4: timedelta(seconds=30)}
"""After this many failures in a row the next attempt has to wait so long; every fifth failure locks."""

# Argon2 takes 64 MiB a piece: a flood of attempts waits for these two threads instead of filling the memory.
_HASHING = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")


async def sign_in(database: Database, login: str, password: str, now: datetime) -> Staff:
    """Return the official whose login and password these are.

    Raises DomainError `sign_in_refused`, in the same words and after the same work, for a wrong password, an
    unknown login, a stopped account and one that is locked after failures. Every attempt is in the audit trail.
    """
    stored = await database.read(lambda connection: password_hash_of(connection, login))
    right = await asyncio.get_running_loop().run_in_executor(_HASHING, is_password, password, stored)
    proven = stored if right else None
    signed_in = await database.write(lambda connection: settle(connection, login, proven, now))
    if signed_in is None:
        raise DomainError("sign_in_refused", minutes=int(LOCK.total_seconds() // 60))
    return signed_in


def settle(connection: Connection, login: str, proven_hash: str | None, now: datetime) -> Staff | None:
    """Count an attempt and decide on it; None is a refusal.

    proven_hash  the stored hash that the password was right for, None when it was wrong; a password changed in
                 between counts as wrong
    """
    query = select(staff).where(staff.c.login == normal_login(login))
    if connection.dialect.name == "postgresql":
        query = query.with_for_update()  # attempts at the same moment are counted one after the other
    row = connection.execute(query).first()
    if row is None:
        # The login as typed is not written down: people type passwords into the wrong box.
        _record(connection, "staff:unknown", "sign_in.failed", now)
        return None
    if row.locked_until is not None and now < row.locked_until:
        _record(connection, f"staff:{row.id}", "sign_in.while_locked", now)
        return None
    if proven_hash is None or proven_hash != row.password_hash or not row.active:
        _count_failure(connection, row.id, row.failed_count + 1, now)
        return None
    cleared = {"failed_count": 0, "locked_until": None, "last_login_at": now}
    connection.execute(update(staff).where(staff.c.id == row.id).values(cleared))
    _record(connection, f"staff:{row.id}", "sign_in.done", now)
    return by_id(connection, row.id)


def _count_failure(connection: Connection, staff_id: int, failures: int, now: datetime) -> None:
    locked = failures % FAILURES_TO_A_LOCK == 0
    wait = LOCK if locked else DELAYS.get(failures % FAILURES_TO_A_LOCK)
    values = {"failed_count": failures, "locked_until": now + wait if wait else None}
    connection.execute(update(staff).where(staff.c.id == staff_id).values(values))
    _record(connection, f"staff:{staff_id}", "sign_in.failed", now)
    if locked:
        _record(connection, f"staff:{staff_id}", "sign_in.locked", now)


def _record(connection: Connection, subject: str, action: str, now: datetime) -> None:
    audit.record(connection, at=now, actor=subject, action=action, subject=subject, details={})
