"""The frozen figures of a period as canonical JSON: the same figures give the same bytes, and so the same SHA-256.

Keys are sorted, nothing stands between the parts, letters are as they are, in UTF-8. There is no float in it: figures
are fractions written "a/b" (or "a"), in the unit of the metric; None where there is no figure. They are exact but for
the estimate from the list of dossiers, which is told in hundredths of a percent, its interval rounded outwards.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from math import ceil, floor
from typing import Any

from storage.list_report import ListRow
from storage.plan_report import TargetRow
from surveys.periods import Report
from surveys.plan import Plan
from surveys.strata import Stratum
from surveys.visits import Access

FORMAT = "closed-period/1"
OF_LIST = "list_"
"""Begins the names of what is told of the estimate from the list of dossiers; periods closed early tell none of it."""
STRATA = f"{OF_LIST}strata"
_STEPS = 100
"""Parts of a percent that an estimate is told in: of the exact one many small strata's answers could be computed."""
_ROUNDED: Mapping[str, Callable[[Fraction], int]] = {
    f"{OF_LIST}value": round,
    f"{OF_LIST}low": floor,
    f"{OF_LIST}high": ceil,
}
UNDATED = "undated"
"""Told of dossiers due in the period: how many were received in it without a day they were due on."""
WITHDRAWN = "withdrawn"
"""Told of dossiers due in the period: how many of those due in it were taken back before they were late."""
COMPLETE_TO = "complete_to"
"""Told of dossiers where a list was taken over: the day to which it was complete (YYYY-MM-DD), none later counts."""


def canonical(document: Mapping[str, Any]) -> str:
    """Write a document as its bytes are hashed, stored and exported."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(written: str) -> str:
    """Compute the SHA-256 of a written document, in hex."""
    return hashlib.sha256(written.encode()).hexdigest()


def head(plan: Plan, report: Report, closed_at: datetime, as_of: str) -> dict[str, Any]:
    """Tell which figures of which plan and window are frozen, and when; dates and moments in ISO 8601."""
    return {
        "format": FORMAT,
        "plan": plan.code,
        "title": plan.title,
        "period": report.id,
        "year": report.year,
        "label": {"vi": report.period.label.vi, "en": report.period.label.en},
        "from": report.period.start.isoformat(),
        "to": report.period.end.isoformat(),
        "due": report.due.isoformat() if report.due else None,
        "section": report.source.section,
        "as_of": as_of,
        "closed_at": moment(closed_at),
    }


def moment(at: datetime) -> str:
    """Write a moment: "2026-11-21T07:15:00Z"; what a database keeps less exactly than others is left out."""
    return at.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def frozen(row: TargetRow) -> dict[str, Any]:
    """Tell a target as the plan sets it, and everything that is known of its figure."""
    target, measured, judgement = row.target, row.measured, row.judgement
    found = measured.measurement
    return {
        "id": target.id,
        "section": target.section,
        "quote": target.quote,
        "metric": target.metric.code,
        "unit": str(target.metric.unit),
        "applies_to": target.applies_to.code if target.applies_to else None,
        "baseline_year": target.baseline_year,
        "fields": list(target.fields),
        "operator": str(target.operator),
        "target": _exact(target.value),
        "stretch_target": _exact(target.stretch_value),
        "commitment": str(target.commitment),
        "requires_publication": target.requires_publication,
        "n": found.n,
        **{f"n_{access}": measured.apart.get(access, 0) for access in Access},
        "answers": found.answers,
        "population": found.population,
        "value": _exact(found.value),
        "low": _exact(found.low),
        "high": _exact(found.high),
        "formula_id": found.formula_id,
        "interval_id": found.interval_id,
        "questionnaire": measured.questionnaire,
        "versions": list(measured.versions),
        "verdict": str(judgement.verdict),
        "reason": judgement.reason,
        "is_stretch_reached": judgement.is_stretch_reached,
        **({} if measured.undated is None else {UNDATED: measured.undated}),
        **({} if measured.withdrawn is None else {WITHDRAWN: measured.withdrawn}),
        **({} if measured.complete_to is None else {COMPLETE_TO: measured.complete_to.isoformat()}),
    }


def estimated(row: ListRow) -> dict[str, Any]:
    """Tell the estimate from the list of dossiers of the same target; every name begins with `list_`.

    A stratum is "unit/field/level: respondents of dossiers". How many of them were satisfied is not told of any: what
    is left out of one follows from the total and the others, and two revisions would tell one person's answer. For
    the same reason value and interval are rounded; the verdict is that of the exact ones.
    """
    found, estimate, judgement = row.measurement, row.found.estimate, row.judgement
    told = {
        "n": found.n,
        "population": found.population,
        "value": _exact(found.value),
        "low": _exact(found.low),
        "high": _exact(found.high),
        "effective_n": _exact(estimate.effective_n),
        "formula_id": found.formula_id,
        "interval_id": found.interval_id,
        "joined": len(estimate.joined),
        "excluded": sorted({stratum.unit for stratum in estimate.excluded}),
        "verdict": str(judgement.verdict),
        "reason": judgement.reason,
        "strata": [_stratum(each) for each in row.found.strata],
    }
    return {(listed := f"{OF_LIST}{name}"): _rounded(listed, value) for name, value in told.items()}


def _stratum(each: Stratum) -> str:
    return f"{each.unit}/{each.field}/{each.level}: {each.n} of {each.population}"


def _rounded(name: str, value: Any) -> Any:
    """Round what is told of an estimate and is rounded; once rounded it stays."""
    if value is None or name not in _ROUNDED:
        return value
    return str(Fraction(_ROUNDED[name](Fraction(value) * _STEPS), _STEPS))


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


def changes(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """List what differs between two lists of frozen targets: target, what, from, to.

    A target that only one of them has differs in everything it says; None stands for what is not there. What the
    earlier did not tell of any target yet is no change of figures. Strata are not compared: what they make is. An
    estimate that was closed when it was told exactly is compared, and repeated, as it is rounded now.
    """
    earlier, later = (
        {each["id"]: {name: _rounded(name, value) for name, value in each.items()} for each in targets}
        for targets in (before, after)
    )
    found: list[dict[str, Any]] = []
    for name in dict.fromkeys([*earlier, *later]):
        old, new = earlier.get(name, {}), later.get(name, {})
        found += [
            {"target": name, "what": what, "from": old.get(what), "to": new.get(what)}
            for what in sorted({*old, *new} - {STRATA})
            if old.get(what) != new.get(what) and not (old and what not in old)
        ]
    return found
