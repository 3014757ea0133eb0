"""Signed-in browsers: a random token in the cookie, its hash here, ended by time, by hand or with the rights."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from offices.errors import DomainError
from offices.staff import Role, Staff
from offices.words import clean
from storage import audit
from storage.staff import by_id
from storage.tables.staff import LONGEST_DEVICE, staff, web_session

TOKEN_BYTES = 16  # 128 bits, security A7


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lasts.

    idle      without a request
    stricter  idle time of those who hold a role that can do more harm; the shortest counts
    absolute  from signing in, however busy
    """

    idle: timedelta = timedelta(minutes=15)
    stricter: Mapping[Role, timedelta] = field(default_factory=lambda: {Role.ADMIN: timedelta(minutes=5)})
    absolute: timedelta = timedelta(hours=8)

    def idle_of(self, official: Staff) -> timedelta:
        """Return the idle time of an official."""
        return min([self.idle, *(self.stricter[role] for role in official.roles if role in self.stricter)])


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it is now; `staff` carries the rights of this moment, not those of signing in."""

    id: int
    staff: Staff
    device: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


def begin(
    connection: Connection,
    official: Staff,
    *,
    now: datetime,
    device: str = "",
    previous: str | None = None,
    limits: Limits = LIMITS,
) -> str:
    """Open a session for an official who has signed in; return the token for the cookie.

    device    what the browser says it is, for the list of own sessions
    previous  token that the browser sent with the login: its session ends, so that no planted token lives on
    """
    if previous:
        connection.execute(delete(web_session).where(web_session.c.token_hash == _hash(previous)))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    connection.execute(
        insert(web_session).values(
            token_hash=_hash(token), staff_id=official.id, device=clean(device)[:LONGEST_DEVICE], created_at=now,
            last_seen_at=now, expires_at=now + limits.absolute,
        )
    )  # fmt: skip
    return token


def find(connection: Connection, token: str, now: datetime, limits: Limits = LIMITS) -> Session | None:
    """Return the session of a token, None when there is none, it is over, or the account is stopped. Reads only."""
    query = select(web_session).join(staff, staff.c.id == web_session.c.staff_id)
    row = connection.execute(
        query.where(web_session.c.token_hash == _hash(token), web_session.c.expires_at > now, staff.c.active.is_(True))
    ).first()
    if row is None:
        return None
    session = _session(connection, row)
    return session if now < session.last_seen_at + limits.idle_of(session.staff) else None


def touch(connection: Connection, session: Session, now: datetime) -> None:
    """Note that a session is in use; a minute's precision is enough, see `is_stale`."""
    connection.execute(update(web_session).where(web_session.c.id == session.id).values(last_seen_at=now))


def is_stale(session: Session, now: datetime) -> bool:
    """Say whether a session should be touched: not on every request, for each touch is a write."""
    return now - session.last_seen_at >= timedelta(minutes=1)


def rotate(connection: Connection, session: Session, now: datetime) -> str:
    """Give a session a new token, as after a change of password; the old one no longer works.

    Raises DomainError `session_over` when it has ended meanwhile.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    values = {"token_hash": _hash(token), "last_seen_at": now}
    if connection.execute(update(web_session).where(web_session.c.id == session.id).values(values)).rowcount != 1:
        raise DomainError("session_over")
    return token


def own(connection: Connection, staff_id: int, now: datetime, limits: Limits = LIMITS) -> list[Session]:
    """Return an official's living sessions, the last used first."""
    query = select(web_session).where(web_session.c.staff_id == staff_id, web_session.c.expires_at > now)
    rows = connection.execute(query.order_by(web_session.c.last_seen_at.desc(), web_session.c.id.desc()))
    sessions = [_session(connection, row) for row in rows.all()]
    return [session for session in sessions if now < session.last_seen_at + limits.idle_of(session.staff)]


def end(connection: Connection, staff_id: int, session_id: int, now: datetime) -> None:
    """End one of an official's own sessions: signing out, or from the list.

    Raises DomainError `session_over` for a session that is not there or not the official's own.
    """
    mine = delete(web_session).where(web_session.c.id == session_id, web_session.c.staff_id == staff_id)
    if connection.execute(mine).rowcount != 1:
        raise DomainError("session_over")
    actor = f"staff:{staff_id}"
    audit.record(connection, at=now, actor=actor, action="session.end", subject=actor, details={"session": session_id})


def prune(connection: Connection, now: datetime, limits: Limits = LIMITS) -> int:
    """Delete sessions that are over; return how many."""
    over = or_(web_session.c.expires_at <= now, web_session.c.last_seen_at <= now - limits.idle)
    return connection.execute(delete(web_session).where(over)).rowcount


def form_token(token: str) -> str:
    """Return the token that every form of a session carries (CSRF); it cannot be had without the cookie's."""
    return hashlib.sha256(b"form\0" + token.encode("utf-8", "replace")).hexdigest()


def is_form_token(token: str, sent: str) -> bool:
    """Say whether a form was sent from this session's own pages; takes the same time for every wrong one."""
    return secrets.compare_digest(form_token(token).encode(), sent.encode("utf-8", "replace"))


def _session(connection: Connection, row: Row[Any]) -> Session:
    official = by_id(connection, row.staff_id)
    return Session(row.id, official, row.device, row.created_at, row.last_seen_at, row.expires_at)


def _hash(token: str) -> str:
    # 128 random bits cannot be guessed from their hash, and it is looked up on every request: SHA-256 is right.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
