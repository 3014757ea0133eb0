"""A plan's targets held against the list of finished dossiers, beside the figures from the ratings alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from storage import questionnaires
from storage.list_figures import Asked, ListFigures, list_figures
from storage.plan_report import Measuring, TargetRow, plan_report
from surveys.measurement import Measurement, measured_list
from surveys.metrics import Series, with_parts
from surveys.plan import Target
from surveys.targets import Judgement, compare
from surveys.visits import Service


@dataclass(frozen=True)
class ListRow:
    """One target: the row from the ratings, the estimate for the list, and what the target makes of the estimate."""

    row: TargetRow
    found: ListFigures
    measurement: Measurement
    judgement: Judgement


def list_report(connection: Connection, plan_code: str, measuring: Measuring) -> list[ListRow]:
    """Estimate every target of a plan that is about ratings of procedures; DataError for an unknown plan."""
    return estimates(connection, plan_report(connection, plan_code, measuring), measuring)


def estimates(
    connection: Connection, rows: Iterable[TargetRow], measuring: Measuring, answered_before: datetime | None = None
) -> list[ListRow]:
    """Estimate those of the rows that are about ratings of procedures, from the answers before a moment or from all."""
    return [_row(connection, row, measuring, answered_before) for row in rows if _is_about_dossiers(row.target)]


def _is_about_dossiers(target: Target) -> bool:
    return target.metric.series is Series.RATINGS and Service.TTHC in target.metric.services


def _row(connection: Connection, row: TargetRow, measuring: Measuring, answered_before: datetime | None) -> ListRow:
    items, fields = _items(connection, row), with_parts(row.target.fields)
    questionnaire = str(row.target.metric.questionnaire)
    asked = Asked(questionnaire, items, measuring.period, measuring.units, fields, answered_before)
    found = list_figures(connection, asked)
    measurement = measured_list(found.estimate)
    return ListRow(row, found, measurement, compare(row.target, measurement))


def _items(connection: Connection, row: TargetRow) -> list[str]:
    """Give what is scored: of an index the items of the newest version that was answered, as in the other figure."""
    metric = row.target.metric
    if metric.item:
        return [metric.item]
    newest = max(row.measured.versions, default=None)
    return [item.code for item in questionnaires.load(connection, str(metric.questionnaire), newest).scored]
