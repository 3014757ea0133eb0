"""One target of a plan with its measurement and verdict: as lines to read, and as JSON."""

from collections.abc import Sequence
from fractions import Fraction

from langnghe.tables import table
from langnghe.words import Words
from offices.datafiles import Label
from offices.fields import Fields
from storage.plan_report import TargetRow
from surveys.metrics import Unit
from surveys.plan import Commitment
from surveys.targets import reason_label, verdict_label
from surveys.visits import Access
from wording import formats
from wording.figures import figure, short

_RIGHT = frozenset({2, 3, 4, 5})


def in_words(words: Words, rows: Sequence[TargetRow], fields: Fields) -> str:
    """Give the table of all targets, then what stands behind each: its words in the plan, method, reason.

    fields   of the authority, to name them; a plan may be about others, which keep their codes
    """
    head = [words(f"targets.{name}") for name in ("id", "section", "n", "value", "interval", "target", "verdict")]
    notes = "\n\n".join(_note(words, row, fields) for row in rows)
    return f"{table(head, [_cells(words, row) for row in rows], _RIGHT)}\n\n{notes}"


def _cells(words: Words, row: TargetRow) -> list[str]:
    measured, target = row.measured.measurement, row.target
    verdict = row.judgement.verdict
    interval = "–"
    if measured.is_full_count:
        interval = words("targets.full_count")
    elif measured.low is not None and measured.high is not None:
        interval = f"{_figure(words, row, measured.low)}–{_figure(words, row, measured.high)}"
    return [
        target.id,
        target.section,
        formats.count(measured.n, words.language),
        "–" if measured.value is None else _figure(words, row, measured.value),
        interval,
        f"{target.operator} {short(target.value, words.language)}{_sign(words, row)}",
        f"{verdict_label(verdict)[words.language]} ({verdict})",
    ]


def _note(words: Words, row: TargetRow, fields: Fields) -> str:
    target, measured = row.target, row.measured
    lines = [f"{target.id} – {target.metric.label[words.language]}{_of(words, row, fields)}"]
    lines.append(words("targets.quote", section=target.section, quote=target.quote))
    if target.commitment is Commitment.STRIVE:
        lines.append(words("targets.strive"))
    lines.append(words("targets.reason", reason=reason_label(row.judgement.reason)[words.language]))
    lines.append(words("targets.source", source=row.source[words.language]))
    lines.append(words("targets.method", method=row.method[words.language]))
    if measured.by_successor:
        lines.append(words("targets.by_successor"))
    if measured.undated:
        lines.append(words("targets.undated", number=formats.count(measured.undated, words.language)))
    if measured.withdrawn:
        lines.append(words("targets.withdrawn", number=formats.count(measured.withdrawn, words.language)))
    if measured.complete_to:
        lines.append(words("targets.complete_to", day=formats.date_text(measured.complete_to, words.language)))
    if measured.questionnaire:
        versions = ", ".join(map(str, measured.versions)) or "–"
        lines.append(
            words(
                "targets.questionnaire", code=measured.questionnaire, versions=versions, n=measured.measurement.n,
                **{access: measured.apart[access] for access in Access},
            )
        )  # fmt: skip
    return "\n  ".join(lines)


def _of(words: Words, row: TargetRow, fields: Fields) -> str:
    """Say what the target is limited to."""
    target = row.target
    names = [fields.field(code).name[words.language] if code in fields else code for code in target.fields]
    limits = [
        *([target.applies_to.label[words.language]] if target.applies_to else []),
        *([", ".join(names)] if names else []),
        *([target.scope_note] if target.scope_note else []),
    ]
    return f" ({'; '.join(limits)})" if limits else ""


def _figure(words: Words, row: TargetRow, value: Fraction) -> str:
    return f"{figure(value, words.language, row.target.value)}{_sign(words, row)}"


def _sign(words: Words, row: TargetRow) -> str:
    unit = row.target.metric.unit
    return "%" if unit is Unit.PERCENT else f" {words(f'targets.unit.{unit}')}"


def as_json(row: TargetRow) -> dict[str, object]:
    """Give everything about the target; figures in the unit of the metric, None where there is none."""
    target, measured, judgement = row.target, row.measured, row.judgement
    found = measured.measurement
    return {
        "id": target.id,
        "section": target.section,
        "quote": target.quote,
        "metric": target.metric.code,
        "metric_label": _both(target.metric.label),
        "applies_to": target.applies_to.code if target.applies_to else None,
        "fields": list(target.fields),
        "scope_note": target.scope_note,
        "operator": str(target.operator),
        "target": float(target.value),
        "stretch_target": _number(target.stretch_value),
        "unit": str(target.metric.unit),
        "commitment": str(target.commitment),
        "n": found.n,
        **{f"n_{access}": measured.apart.get(access, 0) for access in Access},
        "by_successor": measured.by_successor,
        "answers": found.answers,
        "value": _number(found.value),
        "low": _number(found.low),
        "high": _number(found.high),
        "is_full_count": found.is_full_count,
        "questionnaire": measured.questionnaire,
        "versions": list(measured.versions),
        "population": found.population,
        "undated": measured.undated,
        "withdrawn": measured.withdrawn,
        "complete_to": measured.complete_to.isoformat() if measured.complete_to else None,
        "formula_id": found.formula_id,
        "interval_id": found.interval_id,
        "baseline_year": target.baseline_year,
        "verdict": str(judgement.verdict),
        "verdict_label": _both(verdict_label(judgement.verdict)),
        "reason": judgement.reason,
        "reason_label": _both(reason_label(judgement.reason)),
        "is_stretch_reached": judgement.is_stretch_reached,
        "is_breach": judgement.is_breach,
        "source": _both(row.source),
        "method": _both(row.method),
    }


def _both(label: Label) -> dict[str, str]:
    return {"vi": label.vi, "en": label.en}


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
