"""Visit tokens in SQL: issued once, each good for the rating of one person. Only digests are kept."""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from offices.units import Tier
from offices.worktime import LOCAL
from storage import rated_dossiers
from storage.prepared import Prepared
from storage.tables.invitations import invitation
from storage.tables.ratings import visit_token
from surveys.periods import Period
from surveys.tokens import TokenError, TokenKey
from surveys.visits import Service, Visit

# Two codes of one number happen once in thousands of years of a district, and soon where a country shares a database.
ISSUE = Prepared.upsert(visit_token, lambda new: new.on_conflict_do_nothing().returning(visit_token.c.id))
BY_DIGEST = Prepared(select(visit_token).where(visit_token.c.digest == bindparam("token")))
LOCKED = select(visit_token.c.id).order_by(visit_token.c.id).with_for_update()
USE = Prepared(update(visit_token).where(visit_token.c.digest == bindparam("token")))


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
    token_used (by somebody else), token_dossier_used (somebody else rated the dossier by another of its tokens).
    """
    row = _found(connection, key, typed)
    if person_id is not None:
        _check_invited(connection, row, person_id)
    _check_free(connection, row, person_id, now)
    return _visit(row)


def redeem(connection: Connection, key: TokenKey, typed: str, person_id: int, now: datetime) -> Visit:
    """Use a token up and return its visit; the person who used it may come back with it.

    Who opened a dossier's token and left without one answer has not rated: it opens for the next who has it, be it
    the same citizen in another app. The caller closes what the other one left open (`rated_dossiers.open_of_others`).
    Raises TokenError as `look` does.
    """
    _lock(connection, _found(connection, key, typed))
    row = _found(connection, key, typed)  # read again: who was faster has used it meanwhile
    _check_invited(connection, row, person_id)
    if row.dossier is not None:
        rated_dossiers.open_of_others(connection, row.dossier, person_id)
    _check_free(connection, row, person_id, now)
    if row.used_by != person_id:
        USE.run(connection, {"token": row.digest, "used_by": person_id, "used_at": now})
    return _visit(row)


def _found(connection: Connection, key: TokenKey, typed: str) -> Any:
    row = BY_DIGEST.first(connection, {"token": key.digest(key.read(typed))})
    if row is None:
        raise TokenError("token_unknown")
    return row


def _lock(connection: Connection, row: Any) -> None:
    """Let nobody else use this token or another of its dossier before we have ended: of two people, one waits."""
    same = visit_token.c.id == row.id if row.dossier is None else visit_token.c.dossier == row.dossier
    connection.execute(LOCKED.where(same)).all()


def _check_invited(connection: Connection, row: Any, person_id: int) -> None:
    """Refuse a code that was sent to somebody else in an invitation: who reads a letter can rate nothing by it."""
    query = select(invitation.c.person_id).where(invitation.c.token_digest == row.digest)
    invited_one = connection.execute(query).first()
    if invited_one is not None and invited_one.person_id != person_id:
        raise TokenError("token_used")


def _check_free(connection: Connection, row: Any, person_id: int | None, now: datetime) -> None:
    """Refuse a token whose visit somebody else has rated, and an expired one to who had not opened it in time."""
    is_own = person_id is not None and row.used_by == person_id
    is_of_another = row.used_at is not None and not is_own  # also of one who was erased since
    if not is_own and row.expires_at <= now:
        raise TokenError("token_expired", expired_at=row.expires_at)
    if row.dossier is None:
        if is_of_another:
            raise TokenError("token_used")
    elif rated_dossiers.is_rated_by_another(connection, row.dossier, person_id):
        raise TokenError("token_used") if is_of_another else TokenError("token_dossier_used", dossier=row.dossier)


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
