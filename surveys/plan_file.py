"""Reading a plan file; each mistake is a DataError with file, place and the way out."""

from datetime import date

from offices.datafiles import Table
from surveys.metrics import Metric, Series, load_metrics
from surveys.periods import read_reporting_period
from surveys.plan import ALL_FIELDS, Commitment, Duty, Operator, Plan, RelatedTarget, SurveyRule, Target

_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_FREQUENCIES = ("monthly", "continuous", "rounds")


def read_plan(table: Table) -> Plan:
    """Read a whole plan; identifiers are unique within it."""
    return Plan(
        code=table.text("code"),
        year=table.whole("year", _FIRST_YEAR, _LAST_YEAR),
        title=table.text("title"),
        issuing_unit=table.text("issuing_unit"),
        parent=table.optional("parent", table.text),
        province=table.text("province"),
        tier=table.one_of("tier", ["province", "district", "commune"]),
        targets=table.tables("targets", _read_target, required=True, unique="id"),
        related=table.tables("related", _read_related, unique="id"),
        duties=table.tables("duties", _read_duty, unique="id"),
        survey_rules=table.tables("survey_rules", _read_survey_rule, unique="id"),
        reporting_periods=table.tables("reporting_periods", read_reporting_period, unique="id"),
    )


def _read_target(table: Table) -> Target:
    metric = _read_metric(table, "metric")
    is_change = metric.series is Series.DIFFERENCE
    return Target(
        id=table.text("id"),
        section=table.text("section"),
        metric=metric,
        applies_to=_read_metric(table, "applies_to") if is_change else None,
        fields=_read_fields(table),
        joint=table.flag("joint"),
        scope_note=table.optional("scope_note", table.text),
        operator=table.choice("operator", Operator),
        value=table.exact("value"),
        stretch_value=table.optional("stretch_value", table.exact),
        baseline_year=table.whole("baseline_year", _FIRST_YEAR, _LAST_YEAR) if is_change else None,
        requires_publication=table.flag("requires_publication"),
        commitment=table.choice("commitment", Commitment),
        measured_by=table.optional("measured_by", table.text),
        quote=table.text("quote"),
    )


def _read_metric(table: Table, key: str) -> Metric:
    metrics = load_metrics()
    return metrics[table.one_of(key, list(metrics))]


def _read_fields(table: Table) -> tuple[str, ...]:
    fields = table.texts("fields")
    if not fields or (ALL_FIELDS in fields and len(fields) > 1):
        raise table.refusal("fields", f'write ["{ALL_FIELDS}"] or the codes of the fields')
    return () if fields == (ALL_FIELDS,) else fields


def _read_related(table: Table) -> RelatedTarget:
    return RelatedTarget(
        id=table.text("id"),
        section=table.text("section"),
        subject=table.text("subject"),
        operator=table.choice("operator", Operator),
        value=table.exact("value"),
        unit=table.one_of("unit", ["percent", "rank"]),
        quote=table.text("quote"),
    )


def _read_duty(table: Table) -> Duty:
    return Duty(
        id=table.text("id"),
        section=table.text("section"),
        subject=table.text("subject"),
        scope_note=table.optional("scope_note", table.text),
        quote=table.text("quote"),
    )


def _read_survey_rule(table: Table) -> SurveyRule:
    frequency = table.one_of("frequency", _FREQUENCIES)
    return SurveyRule(
        id=table.text("id"),
        by=table.text("by"),
        together_with=table.optional("with", table.text),
        report_to=table.optional("report_to", table.text),
        frequency=frequency,
        before=_read_rounds(table) if frequency == "rounds" else (),
        fields=_read_fields(table),
        section=table.text("section"),
        scope_note=table.optional("scope_note", table.text),
        quote=table.text("quote"),
    )


def _read_rounds(table: Table) -> tuple[date, ...]:
    days = table.days("before")
    new_year, leap_day = (1, 1), (2, 29)
    if len({day.year for day in days}) > 1 or {(day.month, day.day) for day in days} & {new_year, leap_day}:
        raise table.refusal("before", "write days of one year that every year has, after 1 January")
    return days
