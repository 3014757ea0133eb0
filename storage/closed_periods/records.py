"""Closed periods as they are stored, and the proof that nobody altered them."""

import json
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from offices.datafiles import Label
from storage.closed_periods.document import digest, moment
from storage.tables.audit import audit
from storage.tables.periods import closed_period
from surveys.periods import Period

CLOSE, REVISE = "period.close", "period.revise"


@dataclass(frozen=True)
class ClosedPeriod:
    """One closing or revision as it is stored.

    revision  0 as it was closed, then 1, 2 …
    document  canonical JSON (storage.closed_periods.document)
    sha256    of the document, as it was computed when it was closed
    """

    plan: str
    report: str
    year: int
    revision: int
    document: str
    sha256: str
    closed_by: str
    closed_at: datetime

    @property
    def is_whole(self) -> bool:
        """Whether the stored bytes are those that were hashed, and are about this period, closing and person."""
        if digest(self.document) != self.sha256:
            return False
        try:
            told = json.loads(self.document)
            said = [told[name] for name in ("plan", "period", "year", "revision", "closed_by", "closed_at")]
        except (ValueError, TypeError, KeyError):
            return False  # somebody else's bytes under somebody else's hash
        return said == [self.plan, self.report, self.year, self.revision, self.closed_by, moment(self.closed_at)]

    @property
    def answered_before(self) -> datetime:
        """Tell until when answers are in its estimates: what it says itself, else the moment of closing."""
        told = json.loads(self.document).get("answered_before") if self.is_whole else None
        return datetime.fromisoformat(told) if told else self.closed_at

    @property
    def window(self) -> Period:
        """The days that it is about."""
        told = json.loads(self.document)
        label = Label(told["label"]["vi"], told["label"]["en"])
        return Period(date.fromisoformat(told["from"]), date.fromisoformat(told["to"]), label)

    @property
    def subject(self) -> str:
        """What the audit trail calls the period."""
        return f"period:{self.report}/{self.year}"


@dataclass(frozen=True)
class Fault:
    """A closing that is not as it was: `altered` bytes, `removed`, or `not_on_record` in the audit trail."""

    subject: str
    revision: int
    what: str


def every(connection: Connection, plan: str | None = None) -> list[ClosedPeriod]:
    """Return all closings and revisions, of one plan or of all, by period and revision."""
    c = closed_period.c
    query = select(closed_period).order_by(c.plan, c.year, c.report, c.revision)
    if plan is not None:
        query = query.where(c.plan == plan)
    return [ClosedPeriod(**row) for row in connection.execute(query).mappings()]


def latest(
    connection: Connection, plan: str, report: str, year: int, revision: int | None = None
) -> ClosedPeriod | None:
    """Return the last revision of a period, or the one that is named; None where there is none."""
    c = closed_period.c
    query = select(closed_period).where(c.plan == plan, c.report == report, c.year == year)
    if revision is not None:
        query = query.where(c.revision == revision)
    row = connection.execute(query.order_by(c.revision.desc()).limit(1)).mappings().first()
    return ClosedPeriod(**row) if row else None


def faults(connection: Connection) -> list[Fault]:
    """Compare every stored closing with its own hash and with the one in the audit trail (see storage.audit.verify)."""
    stored = {(each.subject, each.revision): each for each in every(connection)}
    query = select(audit.c.subject, audit.c.details).where(audit.c.action.in_((CLOSE, REVISE)))
    entries = [(row.subject, json.loads(row.details)) for row in connection.execute(query)]
    recorded = {(subject, details["revision"]): details["sha256"] for subject, details in entries}
    found = [Fault(*key, "removed") for key in recorded.keys() - stored.keys()]
    for key, each in stored.items():
        if key not in recorded:
            found.append(Fault(*key, "not_on_record"))
        elif not each.is_whole or each.sha256 != recorded[key]:
            found.append(Fault(*key, "altered"))
    return sorted(found, key=lambda fault: (fault.subject, fault.revision))
