"""Closing a period and revising it: measured at one snapshot, then frozen and put on record in one transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection

from offices.errors import DomainError
from offices.words import clean
from offices.worktime import LOCAL
from storage import audit
from storage.closed_periods import records
from storage.closed_periods.document import canonical, changes, digest, estimated, frozen, head, moment
from storage.closed_periods.records import CLOSE, REVISE, ClosedPeriod
from storage.list_report import estimates
from storage.plan_report import Measuring, PetitionTimeliness, plan_report
from storage.results.planning import plan_returning
from storage.tables.periods import closed_period
from storage.upsert import insert_for
from surveys.periods import Report
from surveys.plan import Plan

Targets = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Closing:
    """Who closes which period of a plan.

    now     aware; petitions are late or not at this moment
    actor   `staff:<id>` or `system`, as in the audit trail
    reason  why closed figures are corrected; empty for the first closing
    via     `page`, where the actor was signed in, or `command`, where whoever runs this machine named the actor
    """

    plan: Plan
    report: Report
    now: datetime
    actor: str
    reason: str = ""
    via: str = "page"


def measured(connection: Connection, closing: Closing, timeliness: PetitionTimeliness) -> Targets:
    """Measure every target of the plan for the window, the whole authority, and estimate it from the list of dossiers.

    To be run in one reading transaction, so that all figures are of one moment.
    Raises DomainError `period_not_over` on the last day of the window and before.
    """
    window = closing.report.period
    if closing.now.astimezone(LOCAL).date() <= window.end:
        raise DomainError("period_not_over", period=closing.report.id, year=str(closing.report.year), end=window.end)
    measuring = Measuring(window, closing.now, timeliness)
    rows = plan_report(connection, closing.plan.code, measuring)
    last = records.latest(connection, closing.plan.code, closing.report.id, closing.report.year)
    listed = estimates(connection, rows, measuring, answered_before(closing, last))
    by_list = {row.row.target.id: estimated(row) for row in listed}
    return [{**frozen(row), **by_list.get(row.target.id, {})} for row in rows]


def answered_before(closing: Closing, last: ClosedPeriod | None) -> datetime:
    """Tell which answers the estimates hold: those before the day, in Vietnam, on which the period is first closed.

    People go on answering for weeks about dossiers of the window. Without a bound the figures would move between
    looking and closing, and each later answer would ask for a revision; a revision keeps the bound of the `last` one.
    """
    return last.answered_before if last else datetime.combine(closing.now.astimezone(LOCAL).date(), time(), LOCAL)


def freeze(connection: Connection, closing: Closing, targets: Targets) -> ClosedPeriod:
    """Keep the figures for good, or those of a closed period as its next revision; on record in the same transaction.

    Raises DomainError: `period_closed` when it is closed and no reason is given, `period_not_closed` when there is
    nothing to correct, `period_unchanged` when the figures are as they were, `period_altered` when stored bytes are
    not those that were closed.
    """
    report, reason = closing.report, clean(closing.reason)
    facts = {"period": report.id, "year": str(report.year)}
    last = records.latest(connection, closing.plan.code, report.id, report.year)
    if last is None and reason:
        raise DomainError("period_not_closed", **facts)
    if last is not None and not reason:
        raise DomainError("period_closed", **facts, closed_at=last.closed_at)
    made = _next(closing, targets, last, reason)
    adding = insert_for(connection, closed_period).values(asdict(made)).on_conflict_do_nothing()
    added = connection.scalar(adding.returning(closed_period.c.revision))
    if added is None:  # another closed it between our look and our step
        raise DomainError("period_closed", **facts, closed_at=closing.now)
    audit.record(
        connection, at=closing.now, actor=closing.actor, action=REVISE if last else CLOSE, subject=made.subject,
        details={"revision": made.revision, "sha256": made.sha256, "via": closing.via},
    )  # fmt: skip
    if last is None:
        plan_returning(connection, made, closing.now)
    return made


def _next(closing: Closing, targets: Targets, last: ClosedPeriod | None, reason: str) -> ClosedPeriod:
    report = closing.report
    revision, changed = 0, list[dict[str, Any]]()
    if last is not None:
        facts = {"period": report.id, "year": str(report.year)}
        if not last.is_whole:
            raise DomainError("period_altered", **facts, revision=last.revision)
        revision, changed = last.revision + 1, changes(json.loads(last.document)["targets"], targets)
        if not changed:
            raise DomainError("period_unchanged", **facts)
    as_of = closing.now.astimezone(LOCAL).date().isoformat()
    written = canonical(
        {
            **head(closing.plan, report, closing.now, as_of),
            "answered_before": moment(answered_before(closing, last)),
            "closed_by": closing.actor,
            "revision": revision,
            "reason": reason or None,
            "changes": changed,
            "targets": list(targets),
        }
    )
    return ClosedPeriod(
        closing.plan.code, report.id, report.year, revision, written, digest(written), closing.actor, closing.now
    )
