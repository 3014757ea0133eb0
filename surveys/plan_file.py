"""Reading a plan file; each mistake is a DataError with file, place and the way out."""

from collections.abc import Iterable

from surveys.datafile import Table
from surveys.metrics import Metric, Series, load_metrics
from surveys.periods import read_reporting_period
from surveys.plan import ALL_FIELDS, Commitment, Duty, Operator, Plan, RelatedTarget, SurveyRule, Target

_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_OPERATORS = [each.value for each in Operator]
_FREQUENCIES = ("monthly", "continuous", "rounds")


def read_plan(table: Table) -> Plan:
    """Read a whole plan; identifiers are unique within it."""
    plan = Plan(
        code=table.text("code"),
        year=table.whole("year", _FIRST_YEAR, _LAST_YEAR),
        title=table.text("title"),
        issuing_unit=table.text("issuing_unit"),
        parent=_optional(table, "parent"),
        province=table.text("province"),
        tier=table.one_of("tier", ["province", "district", "commune"]),
        targets=tuple(_read_target(each) for each in table.tables("targets")),
        related=tuple(_read_related(each) for each in table.tables("related", required=False)),
        duties=tuple(_read_duty(each) for each in table.tables("duties", required=False)),
        survey_rules=tuple(_read_survey_rule(each) for each in table.tables("survey_rules", required=False)),
        reporting_periods=tuple(
            read_reporting_period(each) for each in table.tables("reporting_periods", required=False)
        ),
    )
    table.done()
    _refuse_doubles(table, [target.id for target in plan.targets])
    return plan


def _refuse_doubles(table: Table, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for each in ids:
        if each in seen:
            raise table.error("targets", f"{each} stands twice: give each target an id of its own")
        seen.add(each)


def _read_target(table: Table) -> Target:
    metric = _read_metric(table, "metric")
    is_change = metric.series is Series.DIFFERENCE
    target = Target(
        id=table.text("id"),
        section=table.text("section"),
        metric=metric,
        applies_to=_read_metric(table, "applies_to") if is_change else None,
        fields=_read_fields(table),
        joint=table.flag("joint"),
        scope_note=_optional(table, "scope_note"),
        operator=Operator(table.one_of("operator", _OPERATORS)),
        value=table.exact("value"),
        stretch_value=table.exact("stretch_value") if table.has("stretch_value") else None,
        baseline_year=table.whole("baseline_year", _FIRST_YEAR, _LAST_YEAR) if is_change else None,
        requires_publication=table.flag("requires_publication"),
        commitment=Commitment(table.one_of("commitment", [each.value for each in Commitment])),
        measured_by=_optional(table, "measured_by"),
        quote=table.text("quote"),
    )
    table.done()
    return target


def _read_metric(table: Table, key: str) -> Metric:
    metrics = load_metrics()
    return metrics[table.one_of(key, list(metrics))]


def _read_fields(table: Table) -> tuple[str, ...]:
    fields = table.texts("fields")
    if not fields or (ALL_FIELDS in fields and len(fields) > 1):
        raise table.error("fields", f'write ["{ALL_FIELDS}"] or the codes of the fields')
    return () if fields == (ALL_FIELDS,) else fields


def _read_related(table: Table) -> RelatedTarget:
    related = RelatedTarget(
        id=table.text("id"),
        section=table.text("section"),
        subject=table.text("subject"),
        operator=Operator(table.one_of("operator", _OPERATORS)),
        value=table.exact("value"),
        unit=table.one_of("unit", ["percent", "rank"]),
        quote=table.text("quote"),
    )
    table.done()
    return related


def _read_duty(table: Table) -> Duty:
    duty = Duty(
        id=table.text("id"),
        section=table.text("section"),
        subject=table.text("subject"),
        scope_note=_optional(table, "scope_note"),
        quote=table.text("quote"),
    )
    table.done()
    return duty


def _read_survey_rule(table: Table) -> SurveyRule:
    frequency = table.one_of("frequency", _FREQUENCIES)
    rule = SurveyRule(
        id=table.text("id"),
        by=table.text("by"),
        together_with=_optional(table, "with"),
        report_to=_optional(table, "report_to"),
        frequency=frequency,
        before=table.dates("before") if frequency == "rounds" else (),
        fields=_read_fields(table),
        scope_note=_optional(table, "scope_note"),
        quote=table.text("quote"),
    )
    table.done()
    return rule


def _optional(table: Table, key: str) -> str | None:
    return table.text(key) if table.has(key) else None
