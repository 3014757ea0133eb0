"""Visit tokens in SQL: issued once, redeemed by one person. Only digests are kept."""

import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from offices.units import Tier
from offices.worktime import LOCAL
from storage.prepared import Prepared
from storage.tables.invitations import invitation
from storage.tables.ratings import visit_token
from surveys.periods import Period
from surveys.tokens import TokenError, TokenKey
from surveys.visits import Service, Visit

# Two codes of one number happen once in thousands of years of a district, and soon where a country shares a database.
ISSUE = Prepared.upsert(visit_token, lambda new: new.on_conflict_do_nothing().returning(visit_token.c.id))
BY_DIGEST = Prepared(select(visit_token).where(visit_token.c.digest == bindparam("token")))
OF_DOSSIER = (
    select(visit_token.c.id, visit_token.c.used_at, visit_token.c.used_by)
    .where(visit_token.c.dossier == bindparam("dossier"))
    .order_by(visit_token.c.id)
)
USE = Prepared(update(visit_token).where(visit_token.c.digest == bindparam("token"), visit_token.c.used_at.is_(None)))


@dataclass(frozen=True)
class Invited:
    """How many tokens were given out in a period, and how many of these were used."""

    issued: int
    used: int


def issue(
    connection: Connection,
    visit: Visit,
    key: TokenKey,
    now: datetime,
    expires_at: datetime,
    random_bits: Callable[[int], int] = secrets.randbits,
) -> str:
    """Draw a token for one visit and return it; from here on only who was given it knows it.

    A dossier may have several (a slip, an invitation, a slip printed anew): one of them can be used.
    """
    values = {
        "unit": visit.unit, "field": visit.field, "service": visit.service.value, "procedure": visit.procedure,
        "dossier": visit.dossier, "assisted": visit.assisted, "issued_at": now,
        "issued_on": now.astimezone(LOCAL).date(), "expires_at": expires_at, "level": visit.level,
    }  # fmt: skip
    while True:
        token = key.draw(random_bits)
        if ISSUE.first(connection, {"digest": key.digest(token), **values}):
            return token


def look(connection: Connection, key: TokenKey, typed: str, person_id: int | None, now: datetime) -> Visit:
    """Return the visit that a token would prove now, without using the token up.

    person_id  who has it; None for somebody of whom we know nothing

    Raises TokenError: token_mistyped, token_foreign (neither needs the database), token_unknown, token_expired,
    token_used (by somebody else), token_dossier_used (another token of the same dossier was used by somebody else).
    """
    row = _found(connection, key, typed, now)
    if person_id is not None:
        _check_invited(connection, row, person_id)
    _check_others(row, person_id, _of_dossier(connection, row.dossier))
    return _visit(row)


def redeem(connection: Connection, key: TokenKey, typed: str, person_id: int, now: datetime) -> Visit:
    """Use a token up and return its visit; the person who used it may come back with it.

    Raises TokenError as `look` does.
    """
    row = _found(connection, key, typed, now)
    _check_invited(connection, row, person_id)
    _check_others(row, person_id, _of_dossier(connection, row.dossier, lock=True))
    # One statement decides: of two people who scan the same slip at once, one gets it.
    USE.run(connection, {"token": row.digest, "used_by": person_id, "used_at": now})
    if BY_DIGEST.first(connection, {"token": row.digest}).used_by != person_id:
        raise TokenError("token_used")
    return _visit(row)


def _found(connection: Connection, key: TokenKey, typed: str, now: datetime) -> Any:
    row = BY_DIGEST.first(connection, {"token": key.digest(key.read(typed))})
    if row is None:
        raise TokenError("token_unknown")
    if row.used_at is None and row.expires_at <= now:
        raise TokenError("token_expired", expired_at=row.expires_at)
    return row


def _check_invited(connection: Connection, row: Any, person_id: int) -> None:
    """Refuse a code that was sent to somebody else in an invitation: who reads a letter can rate nothing by it."""
    query = select(invitation.c.person_id).where(invitation.c.token_digest == row.digest)
    invited_one = connection.execute(query).first()
    if invited_one is not None and invited_one.person_id != person_id:
        raise TokenError("token_used")


def _of_dossier(connection: Connection, dossier: str | None, *, lock: bool = False) -> Sequence[Any]:
    """Return the tokens of a dossier; locked, nobody else uses one of them before we have ended."""
    if dossier is None:
        return ()
    query = OF_DOSSIER.with_for_update() if lock else OF_DOSSIER
    return connection.execute(query, {"dossier": dossier}).all()


def _check_others(row: Any, person_id: int | None, siblings: Sequence[Any]) -> None:
    """Refuse a token that somebody else has used, and one of a dossier that somebody else has rated by another."""
    if _is_of_another(row, person_id):
        raise TokenError("token_used")
    if any(_is_of_another(each, person_id) for each in siblings):
        raise TokenError("token_dossier_used", dossier=row.dossier)


def _is_of_another(row: Any, person_id: int | None) -> bool:
    """Say whether somebody else has used a token; who was erased since is somebody else to everybody."""
    return row.used_at is not None and (row.used_by is None or row.used_by != person_id)


def _visit(row: Any) -> Visit:
    return Visit(
        row.unit,
        row.field,
        Service(row.service),
        dossier=row.dossier,
        verified=not row.assisted,
        assisted=row.assisted,
        procedure=row.procedure,
        level=Tier(row.level) if row.level else None,
    )


def invited(connection: Connection, period: Period, units: Collection[str] | None = None) -> Invited:
    """Count the tokens given out in a period, for these units or for all."""
    query = select(func.count(), func.count(visit_token.c.used_at)).where(
        visit_token.c.issued_on.between(period.start, period.end)
    )
    if units is not None:
        query = query.where(visit_token.c.unit.in_(units))
    issued, used = connection.execute(query).one()
    return Invited(issued, used)
