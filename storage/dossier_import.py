"""Taking over a list of dossiers: all of it or nothing, with an entry in the audit trail that tells its reach."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from sqlalchemy import Connection, select

from offices.dossiers import Dossier
from offices.worktime import LOCAL
from storage import audit, contacts, dossiers
from storage.dossier_tallies import Sums
from storage.dossiers import CHUNK, Changes
from storage.tables.audit import audit as trail

Tell = Callable[[int], None]
"""Hears how many dossiers have been looked at."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A dossier, and the digest its applicant is recognised by: `contacts.NO_PHONE` for none, None to leave it be."""

    dossier: Dossier
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a list comes from, for the audit trail.

    sha256       of its file, in hex
    actor        who takes it over
    complete_to  the last day of which it holds every dossier received and every result
    """

    sha256: str
    actor: str
    complete_to: date


@dataclass(frozen=True)
class Outcome:
    """What a list did, or would do; `contacts` counts dossiers by whose number something changed."""

    dossiers: Changes = field(default_factory=Changes)
    contacts: int = 0

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(self.dossiers + other.dossiers, self.contacts + other.contacts)


def take_over(connection: Connection, entries: Iterable[Entry], source: Source, now: datetime, tell: Tell) -> Outcome:
    """Take over a list, each code once, in this transaction."""
    outcome, looked, sums = Outcome(), 0, Sums()
    for chunk in _chunks(entries):
        changes = dossiers.upsert(connection, [each.dossier for each in chunk], now, sums)
        outcome += Outcome(changes, contacts.keep(connection, _digests(chunk)))
        tell(looked := looked + len(chunk))
    sums.write(connection)
    made = outcome.dossiers
    details = {
        "sha256": source.sha256, "added": made.added, "changed": made.changed, "contacts": outcome.contacts,
        "complete_to": source.complete_to.isoformat(),
    }  # fmt: skip
    audit.record(connection, at=now, actor=source.actor, action=_ACTION, subject=_SUBJECT, details=details)
    return outcome


def complete_to(connection: Connection) -> date | None:
    """Return the day to which the newest list was complete; None before the first.

    A list that was taken over before they said so is complete to the day before that: its own day was not over.
    """
    query = select(trail.c.at, trail.c.details).where(trail.c.subject == _SUBJECT, trail.c.action == _ACTION)
    newest = connection.execute(query.order_by(trail.c.seq.desc()).limit(1)).first()
    if newest is None:
        return None
    told = json.loads(newest.details).get("complete_to")
    return date.fromisoformat(told) if told else newest.at.astimezone(LOCAL).date() - timedelta(days=1)


def try_out(
    connection: Connection, entries: Iterable[Entry], tell: Tell, same: Callable[[Sequence[str]], None]
) -> Outcome:
    """Say what `take_over` would do, by reading alone; `same` hears the codes of dossiers that stand there just so."""
    outcome, looked = Outcome(), 0
    for chunk in _chunks(entries):
        stored = dossiers.of_codes(connection, [each.dossier.code for each in chunk])
        moved = contacts.changed(connection, _digests(chunk))
        outcome += Outcome(dossiers.compared([each.dossier for each in chunk], stored), len(moved))
        codes = (each.dossier.code for each in chunk if stored.get(each.dossier.code) == each.dossier)
        same([code for code in codes if code not in moved])
        tell(looked := looked + len(chunk))
    return outcome


_ACTION, _SUBJECT = "dossiers.import", "dossiers"


def _chunks(entries: Iterable[Entry]) -> Iterator[Sequence[Entry]]:
    listed = iter(entries)
    while chunk := list(islice(listed, CHUNK)):
        yield chunk


def _digests(chunk: Sequence[Entry]) -> dict[str, str]:
    return {each.dossier.code: each.contact for each in chunk if each.contact is not None}
