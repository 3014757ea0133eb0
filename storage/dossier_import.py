"""Taking over a list of dossiers: all of it or nothing, with an entry in the audit trail when anything changed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection

from offices.dossiers import Dossier
from storage import audit, contacts, dossiers
from storage.dossier_tallies import Sums
from storage.dossiers import CHUNK, Changes

Tell = Callable[[int], None]
"""Hears how many dossiers have been looked at."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A dossier, and the digest its applicant is recognised by: `contacts.NO_PHONE` for none, None to leave it be."""

    dossier: Dossier
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a list comes from, for the audit trail: the SHA-256 of its file, in hex, and who takes it over."""

    sha256: str
    actor: str


@dataclass(frozen=True)
class Outcome:
    """What a list did, or would do; `contacts` counts dossiers by whose number something changed."""

    dossiers: Changes = field(default_factory=Changes)
    contacts: int = 0

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(self.dossiers + other.dossiers, self.contacts + other.contacts)

    @property
    def is_nothing(self) -> bool:
        """Say whether everything stood there just so."""
        return not (self.dossiers.added or self.dossiers.changed or self.contacts)


def take_over(connection: Connection, entries: Iterable[Entry], source: Source, now: datetime, tell: Tell) -> Outcome:
    """Take over a list, each code once, in this transaction."""
    outcome, looked, sums = Outcome(), 0, Sums()
    for chunk in _chunks(entries):
        changes = dossiers.upsert(connection, [each.dossier for each in chunk], now, sums)
        outcome += Outcome(changes, contacts.keep(connection, _digests(chunk)))
        tell(looked := looked + len(chunk))
    sums.write(connection)
    if not outcome.is_nothing:
        made = outcome.dossiers
        details = {
            "sha256": source.sha256, "added": made.added, "changed": made.changed, "contacts": outcome.contacts
        }  # fmt: skip
        audit.record(
            connection, at=now, actor=source.actor, action="dossiers.import", subject="dossiers", details=details
        )
    return outcome


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


def _chunks(entries: Iterable[Entry]) -> Iterator[Sequence[Entry]]:
    listed = iter(entries)
    while chunk := list(islice(listed, CHUNK)):
        yield chunk


def _digests(chunk: Sequence[Entry]) -> dict[str, str]:
    return {each.dossier.code: each.contact for each in chunk if each.contact is not None}
