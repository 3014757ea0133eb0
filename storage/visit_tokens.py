"""Visit tokens in SQL: issued once, redeemed by one person. Only digests are kept."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, bindparam, func, insert, select, update

from offices.worktime import LOCAL
from storage.prepared import Prepared
from storage.tables.ratings import visit_token
from surveys.periods import Period
from surveys.visits import Service, TokenError, Visit, read_token

ISSUE = Prepared(insert(visit_token))
BY_DIGEST = Prepared(select(visit_token).where(visit_token.c.digest == bindparam("token")))
USE = Prepared(update(visit_token).where(visit_token.c.digest == bindparam("token"), visit_token.c.used_at.is_(None)))


@dataclass(frozen=True)
class Invited:
    """How many tokens were given out in a period, and how many of these were used."""

    issued: int
    used: int


def issue(connection: Connection, visit: Visit, token: str, now: datetime, expires_at: datetime) -> None:
    """Keep a fresh token (`surveys.visits.write_token` over 80 random bits) for one visit."""
    ISSUE.run(
        connection,
        {
            "digest": _digest(token), "unit": visit.unit, "field": visit.field, "service": visit.service.value,
            "procedure": visit.procedure, "dossier": visit.dossier, "assisted": visit.assisted, "issued_at": now,
            "issued_on": now.astimezone(LOCAL).date(), "expires_at": expires_at,
        },
    )  # fmt: skip


def look(connection: Connection, typed: str, now: datetime) -> Visit:
    """Return the visit a token proves, without using the token up.

    Raises TokenError: token_unknown, token_expired.
    """
    row = BY_DIGEST.first(connection, {"token": _digest(read_token(typed))})
    if row is None:
        raise TokenError("token_unknown")
    if row.used_at is None and row.expires_at <= now:
        raise TokenError("token_expired", expired_at=row.expires_at)
    return Visit(
        row.unit,
        row.field,
        Service(row.service),
        dossier=row.dossier,
        verified=True,
        assisted=row.assisted,
        procedure=row.procedure,
    )


def redeem(connection: Connection, typed: str, person_id: int, now: datetime) -> Visit:
    """Use a token up and return its visit; the person who used it may come back with it.

    Raises TokenError: token_unknown, token_expired, token_used (by somebody else).
    """
    visit, digest = look(connection, typed, now), _digest(read_token(typed))
    # One statement decides: of two people who scan the same slip at once, one gets it.
    USE.run(connection, {"token": digest, "used_by": person_id, "used_at": now})
    if BY_DIGEST.first(connection, {"token": digest}).used_by != person_id:
        raise TokenError("token_used")
    return visit


def invited(connection: Connection, period: Period, units: Collection[str] | None = None) -> Invited:
    """Count the tokens given out in a period, for these units or for all."""
    query = select(func.count(), func.count(visit_token.c.used_at)).where(
        visit_token.c.issued_on.between(period.start, period.end)
    )
    if units is not None:
        query = query.where(visit_token.c.unit.in_(units))
    issued, used = connection.execute(query).one()
    return Invited(issued, used)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
