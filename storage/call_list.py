"""News of petitions that reached nobody: what officials tell by telephone or letter instead, and what of it was told.

On the list stand notices that wait until their person writes, those that found him gone (he blocked the bot), and those
that lapsed on their way, as in an outage of a month. Who
may see a petition sees its line; the number that somebody left for this, the coordinator alone, and each look is on
record. What was told is taken back, so that it does not come a second time.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)

from offices.errors import DomainError
from offices.staff import Right, Staff, may
from offices.units import Directory
from offices.worktime import LOCAL
from petitions.model import IdentityChoice
from storage import audit, phone_consent
from storage.outcomes import NEVER
from storage.petition_lists import visible
from storage.tables.consents import phone_consent as consent
from storage.tables.delivery import is_in, outbox
from storage.tables.petitions import petition, petition_reporter
from storage.vault import Vault


@dataclass(frozen=True, slots=True)
class Untold:
    """A petition whose sender does not know what happened.

    letter      number of the newest letter that reached nobody, files included; what came later is not meant by it
    news        what is to be told, a key under `notices`: that of the newest notice which is no file
    count       how many notices these are, files left out
    since       when the first of them was written
    has_number  the sender left a number, and hides from nobody who may see it
    """

    letter: int
    code: str
    unit: str
    news: str
    count: int
    since: datetime
    has_number: bool


@dataclass(frozen=True, slots=True)
class LeftNumber:
    """The telephone number, as E.164 writes it, of who waits for news of the petition of this code."""

    code: str
    number: str


def _untold() -> Select[Any]:
    """Select the numbers of the notices that reached nobody, each kind by the index that holds just these."""
    held = (
        outbox.c.state == literal_column("'held'"), outbox.c.broadcast_id.is_(None), outbox.c.not_before >= NEVER
    )  # fmt: skip
    lost = (
        is_in("unreachable", "expired"), outbox.c.urgency <= literal_column("1"), outbox.c.settled_at.is_(None),
    )  # fmt: skip
    both = union_all(select(outbox.c.id).where(*held), select(outbox.c.id).where(*lost)).subquery()
    return select(both.c.id)


_TO_ITS_SENDER = and_(petition_reporter.c.petition_id == petition.c.id, petition_reporter.c.chat_id == outbox.c.chat_id)
_code = outbox.c.body["params"]["code"].as_string()
_news = outbox.c.body["notice"].as_string()
_WORDS = case((outbox.c.body["file"]["ref"].as_string().is_(None), outbox.c.id))
"""The number of a notice that says something. A file alone is none: whoever was told of the answer can ask for it."""
_HAS_NUMBER = and_(
    consent.c.state == "given", petition_reporter.c.identity_choice == IdentityChoice.SHOWN_TO_COORDINATOR.value
)


def _lines(seen: ColumnElement[bool]) -> Select[Any]:
    return (
        select(petition.c.code, petition.c.unit, func.max(outbox.c.id).label("letter"),
               func.max(_WORDS).label("newest"), func.count(_WORDS).label("number"),
               func.min(outbox.c.created_at).label("since"),
               func.max(case((_HAS_NUMBER, 1), else_=0)).label("has_number"))
        .select_from(outbox)
        .join(petition, petition.c.code == _code)
        .join(petition_reporter, _TO_ITS_SENDER)
        .join(consent, consent.c.person_id == petition_reporter.c.person_id, isouter=True)
        .where(outbox.c.id.in_(_untold()), _news.is_not(None), seen)
        .group_by(petition.c.id, petition.c.code, petition.c.unit)
        .having(func.count(_WORDS) > 0)
    )  # fmt: skip


def count(connection: Connection, directory: Directory, official: Staff, now: datetime) -> int:
    """Return how many petitions of the list an official sees."""
    lines = _lines(visible(official, directory, now)).subquery()
    return connection.execute(select(func.count()).select_from(lines)).scalar_one()


def some(
    connection: Connection, directory: Directory, official: Staff, now: datetime, *, skip: int = 0, limit: int = 50
) -> list[Untold]:
    """Return the petitions of the list that an official sees, the one that has waited longest first."""
    lines = _lines(visible(official, directory, now))
    rows = connection.execute(lines.order_by("since", "letter").offset(skip).limit(limit)).all()
    query = select(outbox.c.id, _news.label("news")).where(outbox.c.id.in_([row.newest for row in rows]))
    news = {row.id: row.news for row in connection.execute(query)}
    return [
        Untold(row.letter, row.code, row.unit, news[row.newest], row.number, row.since, bool(row.has_number))
        for row in rows
    ]


def tell(connection: Connection, directory: Directory, official: Staff, letter: int, now: datetime) -> str:
    """Take the news of a petition up to this letter as told; return its code.

    Raises DomainError `call_over` for one that is not on the official's list (any more).
    """
    found = _one(connection, directory, official, letter, now)
    same = (outbox.c.chat_id == found.chat_id, _code == found.code, outbox.c.id <= letter, outbox.c.id.in_(_untold()))
    numbers = list(connection.scalars(select(outbox.c.id).where(*same).order_by(outbox.c.id)))
    still = or_(
        outbox.c.state == "held", and_(outbox.c.state.in_(("unreachable", "expired")), outbox.c.settled_at.is_(None))
    )
    taken_back = update(outbox).where(outbox.c.id.in_(numbers), still).values(state="cancelled", settled_at=now)
    if connection.execute(taken_back).rowcount != len(numbers):
        raise DomainError("call_over")
    _record(connection, official, "petition.told", found.code, {"letters": numbers}, now)
    return str(found.code)


def number_of(
    connection: Connection, directory: Directory, vault: Vault, official: Staff, letter: int, now: datetime
) -> LeftNumber:
    """Return the telephone number of who waits for this news; the look is an entry of the audit trail.

    Raises DomainError `call_over`; `call_no_number` where none was left, or not for this official's eyes.
    """
    found = _one(connection, directory, official, letter, now)
    is_shown = found.identity_choice == IdentityChoice.SHOWN_TO_COORDINATOR.value
    sees = may(official, Right.REVEAL_IDENTITY, found.unit, directory, now.astimezone(LOCAL).date())
    number = phone_consent.number_of(connection, vault, found.person_id, now) if is_shown and sees else None
    if number is None:
        raise DomainError("call_no_number")
    _record(connection, official, "phone_consent.look", found.code, {"letter": letter}, now)
    return LeftNumber(str(found.code), number)


def _one(connection: Connection, directory: Directory, official: Staff, letter: int, now: datetime) -> Any:
    columns = (
        petition.c.code, petition.c.unit, outbox.c.chat_id, petition_reporter.c.person_id,
        petition_reporter.c.identity_choice,
    )  # fmt: skip
    query = select(*columns).select_from(outbox).join(petition, petition.c.code == _code)
    query = query.join(petition_reporter, _TO_ITS_SENDER).where(outbox.c.id == letter, outbox.c.id.in_(_untold()))
    found = connection.execute(query.where(visible(official, directory, now))).first()
    if found is None:
        raise DomainError("call_over")
    return found


def _record(
    connection: Connection, official: Staff, action: str, code: str, details: dict[str, Any], now: datetime
) -> None:
    actor = f"staff:{official.id}"
    audit.record(connection, at=now, actor=actor, action=action, subject=f"petition:{code}", details=details)
