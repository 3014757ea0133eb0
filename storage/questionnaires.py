"""The questionnaires of an authority: the packaged ones, and those in its database, whose texts never change."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import Connection, bindparam, select

from offices.errors import DataError
from storage.prepared import Prepared
from storage.tables.audit import audit
from storage.tables.questionnaires import questionnaire_version, questionnaire_withdrawal
from surveys.publishing import digest
from surveys.questionnaires import Questionnaire, load_text
from surveys.registry import Key, Questionnaires, altered, packaged

PUBLISH, SUBJECT = "questionnaire.publish", "questionnaire:"
"""What the audit trail calls a publication, and how its subject begins; its details hold version and sha256."""

_ROWS = select(questionnaire_version).order_by(questionnaire_version.c.code, questionnaire_version.c.version)
_ONE = Prepared(
    select(questionnaire_version.c.text, questionnaire_version.c.sha256).where(
        questionnaire_version.c.code == bindparam("code"), questionnaire_version.c.version == bindparam("version")
    )
)


@dataclass(frozen=True)
class Published:
    """One published version of the authority's own, as it is stored; `published_by` is an account's number."""

    code: str
    version: int
    text: str
    sha256: str
    valid_from: date
    published_by: int
    published_at: datetime


def published(connection: Connection) -> Sequence[Published]:
    """Return the authority's own versions as they are stored, by code and version."""
    return [Published(**row) for row in connection.execute(_ROWS).mappings()]


def known(connection: Connection) -> Questionnaires:
    """Return every version there is; one whose text is not the published one any more is told as altered."""
    own: dict[Key, Questionnaire] = {}
    lost: set[Key] = set()
    for row in published(connection):
        found = _read(row.code, row.version, row.text, row.sha256)
        if found is None:
            lost.add((row.code, row.version))
        else:
            own[row.code, row.version] = found
    return Questionnaires(packaged().shipped, own, frozenset(lost), withdrawn(connection))


def withdrawn(connection: Connection) -> dict[Key, date]:
    """Return the versions that were taken back, with the first day on which they are asked no more."""
    c = questionnaire_withdrawal.c
    return {
        (row.code, row.version): row.first_day for row in connection.execute(select(c.code, c.version, c.first_day))
    }


def load(connection: Connection, code: str, version: int | None = None) -> Questionnaire:
    """Return a version, the newest unless one is named; for who has no registry at hand.

    Raises DataError when there is none, and for one that was altered.
    """
    if version is None:
        return known(connection).load(code)
    row = _ONE.first(connection, {"code": code, "version": version})
    if row is None:
        return packaged().load(code, version)
    found = _read(code, version, row.text, row.sha256)
    if found is None:
        raise altered(code, version)
    return found


def faults(connection: Connection) -> list[Key]:
    """List the versions that are not as the audit trail says they were published: altered, put in, or removed."""
    query = select(audit.c.subject, audit.c.details).where(audit.c.action == PUBLISH)
    recorded: dict[Key, str] = {}
    for row in connection.execute(query):
        details = json.loads(row.details)
        recorded[row.subject.removeprefix(SUBJECT), details["version"]] = details["sha256"]
    stored = {(row.code, row.version): row.sha256 for row in published(connection)}
    told = {key for key in stored.keys() | recorded.keys() if stored.get(key) != recorded.get(key)}
    return sorted(told | known(connection).altered)


@lru_cache(256)
def _read(code: str, version: int, text: str, sha256: str) -> Questionnaire | None:
    """Read a stored version; None unless it is the one that was published. The same text gives the same object."""
    try:
        found = load_text(text, f"{code} {version}")
    except DataError:
        return None
    return found if (found.code, found.version, digest(found)) == (code, version, sha256) else None
