"""Drafts of questionnaires: begun from a version, changed by who read the last change, published or discarded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from offices.errors import DomainError
from offices.worktime import LOCAL
from storage import audit, questionnaires, units
from storage.tables.questionnaires import questionnaire_draft, questionnaire_version
from surveys import drafting
from surveys.publishing import digest
from surveys.questionnaires import Questionnaire


@dataclass(frozen=True)
class Draft:
    """One draft as it is stored.

    code        of the questionnaire it will be a version of
    begun_from  the version it was copied from, such as "sipas 1"; empty for none
    text        TOML, with its faults
    revision    1, 2 …: raised by each change
    written_by  number of the account that changed it last; None for the command line
    """

    id: int
    code: str
    begun_from: str
    text: str
    revision: int
    written_by: int | None
    written_at: datetime


def every(connection: Connection) -> Sequence[Draft]:
    """Return the drafts, by code, the oldest first."""
    query = select(questionnaire_draft).order_by(questionnaire_draft.c.code, questionnaire_draft.c.id)
    return [Draft(**row) for row in connection.execute(query).mappings()]


def by_id(connection: Connection, number: int) -> Draft:
    """Return a draft. Raises DomainError `questionnaire_draft_missing` (number)."""
    query = select(questionnaire_draft).where(questionnaire_draft.c.id == number)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise DomainError("questionnaire_draft_missing", number=number)
    return Draft(**row)


def begin(connection: Connection, code: str, base: Questionnaire | None, official: int, now: datetime) -> int:
    """Begin a draft of the next version of `code` as a copy of `base`; return its number.

    Raises DomainError `questionnaire_code_unfit` (code).
    """
    known = questionnaires.known(connection)
    day = drafting.earliest(code, known, now.astimezone(LOCAL).date())
    text = drafting.first_text(base, code, known.next_version(code), day)
    return keep(connection, code, text, official, now, begun_from=f"{base.code} {base.version}" if base else "")


def keep(
    connection: Connection, code: str, text: str, official: int | None, now: datetime, *, begun_from: str = ""
) -> int:
    """Keep a text as a new draft; return its number. `official` None is the command line."""
    values = {
        "code": code, "begun_from": begun_from, "text": text, "revision": 1, "written_by": official, "written_at": now,
    }  # fmt: skip
    adding = insert(questionnaire_draft).values(**values).returning(questionnaire_draft.c.id)
    number: int = connection.execute(adding).scalar_one()
    _record(connection, "begin", official, now, code, {"draft": number, "begun_from": begun_from})
    return number


def change(connection: Connection, number: int, text: str, revision: int, official: int, now: datetime) -> None:
    """Put another text into a draft; a text that is the same changes nothing.

    revision  the one that was read: what somebody else, or the same person in another window, wrote is not lost

    Raises DomainError `questionnaire_draft_missing`, `questionnaire_draft_changed` (number).
    """
    before = by_id(connection, number)
    if before.revision == revision and before.text == text:
        return
    values = {"text": text, "revision": revision + 1, "written_by": official, "written_at": now}
    _take(connection, number, revision, update(questionnaire_draft).values(**values))
    _record(connection, "change", official, now, before.code, {"draft": number, "revision": revision + 1})


def discard(connection: Connection, number: int, revision: int, official: int, now: datetime) -> None:
    """Throw a draft away. Raises DomainError as `change` does."""
    before = by_id(connection, number)
    _take(connection, number, revision, delete(questionnaire_draft))
    _record(connection, "discard", official, now, before.code, {"draft": number, "revision": revision})


def publish(
    connection: Connection, number: int, revision: int, first_day: date, official: int, now: datetime
) -> Questionnaire:
    """Make a draft the next version of its questionnaire, asked from a local day on; every worker learns of it.

    Raises DataError with all faults of the text; DomainError: as `change` and surveys.drafting.refuse_unfit do.
    """
    units.bump_reference_version(connection)  # also makes two who publish wait for each other
    draft = by_id(connection, number)
    known = questionnaires.known(connection)
    read = drafting.read_draft(draft.text, draft.code, known)
    drafting.refuse_unfit(read, first_day, known, now.astimezone(LOCAL).date())
    text, made = drafting.completed(draft.text, read, known.next_version(draft.code), first_day)
    _take(connection, number, revision, delete(questionnaire_draft))
    sha256 = digest(made)
    connection.execute(
        insert(questionnaire_version).values(
            code=made.code, version=made.version, text=text, sha256=sha256, valid_from=first_day,
            published_by=official, published_at=now,
        )
    )  # fmt: skip
    details = {"version": made.version, "valid_from": first_day.isoformat(), "sha256": sha256, "draft": number}
    _record(connection, "publish", official, now, made.code, details)
    return made


def _take(connection: Connection, number: int, revision: int, step: Any) -> None:
    """Change or remove a draft if it is still as it was read."""
    same = (questionnaire_draft.c.id == number, questionnaire_draft.c.revision == revision)
    if connection.execute(step.where(*same)).rowcount != 1:
        raise DomainError("questionnaire_draft_changed", number=number)


def _record(
    connection: Connection, what: str, official: int | None, now: datetime, code: str, details: dict[str, Any]
) -> None:
    actor = "system" if official is None else f"staff:{official}"
    audit.record(
        connection,
        at=now,
        actor=actor,
        action=f"questionnaire.{what}",
        subject=f"{questionnaires.SUBJECT}{code}",
        details=details,
    )
