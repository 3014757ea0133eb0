"""Through whom a drawn dossier can be asked about: persons recognised by their number or by an earlier code."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, exists, or_, select

from storage.tables.broadcasts import broadcast_refusal
from storage.tables.dossiers import dossier_contact
from storage.tables.invitations import invitation, person_contact
from storage.tables.people import chat
from storage.tables.ratings import visit_token
from storage.tables.staff import staff_chat
from storage.upsert import insert_for
from storage.web_messages import DIRECT_CHANNELS


def recognise(connection: Connection, person_id: int, phone_digest: str, now: datetime) -> None:
    """Recognise a person by the number that he shared himself (`storage.contacts.phone_digest`)."""
    _note(connection, person_id, phone_digest, now)


def forget(connection: Connection, person_id: int, now: datetime) -> None:
    """Recognise a person by nothing any more, not even by codes he used."""
    _note(connection, person_id, None, now)


def is_recognised(connection: Connection, person_id: int) -> bool:
    """Say whether a person is recognised by a number."""
    known = (person_contact.c.person_id == person_id, person_contact.c.phone_digest.is_not(None))
    return connection.scalar(select(person_contact.c.person_id).where(*known)) is not None


def persons_of(connection: Connection, codes: Sequence[str]) -> dict[str, int]:
    """Return whom each of some dossiers is known to belong to; dossiers of nobody we know are not there.

    First by the number they share, then by a code of the dossier itself that they used, last by a code of another
    dossier with the same number. Of several persons the one recognised last.
    """
    own = dossier_contact.alias("own")
    other = dossier_contact.alias("other")
    by_number = (
        select(own.c.dossier, person_contact.c.person_id)
        .join(person_contact, person_contact.c.phone_digest == own.c.phone_digest)
        .where(own.c.dossier.in_(codes))
        .order_by(person_contact.c.at, person_contact.c.person_id)
    )
    by_own_code = (
        select(visit_token.c.dossier, visit_token.c.used_by)
        .where(visit_token.c.dossier.in_(codes), visit_token.c.used_by.is_not(None))
        .order_by(visit_token.c.used_at, visit_token.c.id)
    )
    by_other_code = (
        select(own.c.dossier, visit_token.c.used_by)
        .join(other, other.c.phone_digest == own.c.phone_digest)
        .join(visit_token, visit_token.c.dossier == other.c.dossier)
        .where(own.c.dossier.in_(codes), visit_token.c.used_by.is_not(None))
        .order_by(visit_token.c.used_at, visit_token.c.id)
    )
    found: dict[str, int] = {}
    for query in (by_other_code, by_own_code, by_number):  # the surest last: it takes the place of the others
        found.update((code, number) for code, number in connection.execute(query))
    return found


def chat_of(connection: Connection, person_id: int) -> int | None:
    """Return the private chat in which a person is written to unasked, the one used last; None where there is none."""
    query = (
        select(chat.c.id)
        .where(
            chat.c.person_id == person_id,
            chat.c.state == "active",
            chat.c.channel.not_in(sorted(DIRECT_CHANNELS)),
            chat.c.external_chat == chat.c.external_person,
        )
        .order_by(chat.c.last_seen_at.desc(), chat.c.id.desc())
        .limit(1)
    )
    return connection.scalar(query)


def barred(connection: Connection, person_id: int) -> str | None:
    """Say why a person is not written to unasked: `staff`, `erased`, `refused`; None when nothing speaks against it."""
    chats = chat.c.person_id == person_id
    erased = (person_contact.c.person_id == person_id, person_contact.c.phone_digest.is_(None))
    reasons = {
        "staff": exists().where(chats, staff_chat.c.chat_id == chat.c.id),
        "erased": exists().where(*erased),
        "refused": exists().where(chats, broadcast_refusal.c.chat_id == chat.c.id),
    }
    row = connection.execute(select(*(each.label(name) for name, each in reasons.items()))).one()
    return next((name for name, holds in zip(reasons, row, strict=True) if holds), None)


def invited_lately(connection: Connection, person_id: int, since: datetime, number: int) -> str | None:
    """Return `recent` when a person has another invitation than this one, sent from `since` on or waiting before it."""
    earlier = and_(invitation.c.state == "waiting", invitation.c.id < number)
    others = (invitation.c.person_id == person_id, invitation.c.id != number)
    found = exists().where(*others, or_(earlier, invitation.c.sent_at >= since))
    return "recent" if connection.scalar(select(found)) else None


def _note(connection: Connection, person_id: int, phone_digest: str | None, now: datetime) -> None:
    values: Mapping[str, object] = {"phone_digest": phone_digest, "at": now}
    new = insert_for(connection, person_contact).values(person_id=person_id, **values)
    connection.execute(new.on_conflict_do_update(index_elements=["person_id"], set_=dict(values)))
