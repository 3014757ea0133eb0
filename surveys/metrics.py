"""Which series measures which metric of the plans; each metric says its source and its method."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from offices.datafiles import Label
from surveys.datafile import Table, read_table
from surveys.questionnaires import codes, load
from surveys.visits import Service


class Series(StrEnum):
    """Where a metric's figures come from; see the head of metrics.toml."""

    RATINGS = "ratings"
    PETITIONS = "petitions"
    DIFFERENCE = "difference"
    NONE = "none"


class Unit(StrEnum):
    """What a metric is counted in."""

    PERCENT = "percent"
    PERCENTAGE_POINTS = "percentage_points"
    COUNT = "count"
    MINUTES = "minutes"


@dataclass(frozen=True)
class Metric:
    """One metric.

    questionnaire   code, for a series of ratings
    item            the scale item that is scored; None = the questionnaire's whole index, pooled
    services        ratings of these services only; empty = of any
    """

    code: str
    label: Label
    unit: Unit
    is_better_higher: bool
    series: Series
    questionnaire: str | None
    item: str | None
    services: tuple[Service, ...]
    source: Label
    method: Label


def _read_metric(table: Table) -> Metric:
    series = Series(table.one_of("series", [each.value for each in Series]))
    is_rated = series is Series.RATINGS
    questionnaire = table.one_of("questionnaire", codes()) if is_rated else None
    metric = Metric(
        code=table.text("code"),
        label=table.label("label"),
        unit=Unit(table.one_of("unit", [each.value for each in Unit])),
        is_better_higher=table.one_of("better", ["higher", "lower"]) == "higher",
        series=series,
        questionnaire=questionnaire,
        item=_read_item(table, questionnaire) if questionnaire else None,
        services=_read_services(table) if is_rated else (),
        source=table.label("source"),
        method=table.label("method"),
    )
    table.done()
    return metric


def _read_item(table: Table, questionnaire: str) -> str | None:
    scales = [item.code for item in load(questionnaire).items if str(item.kind) == "scale5"]
    return table.one_of("item", scales) if table.has("item") else None


def _read_services(table: Table) -> tuple[Service, ...]:
    written = table.texts("services")
    known = {each.value for each in Service}
    if not known.issuperset(written):
        raise table.error("services", f"name only: {', '.join(sorted(known))}")
    return tuple(Service(each) for each in written)


@dataclass(frozen=True)
class _Definitions:
    metrics: Mapping[str, Metric]
    field_parts: Mapping[str, tuple[str, ...]]


@cache
def _definitions() -> _Definitions:
    table = read_table(files("surveys") / "metrics.toml")
    metrics: dict[str, Metric] = {}
    for each in table.tables("metrics"):
        metric = _read_metric(each)
        if metric.code in metrics:
            raise each.error("code", "another metric has this code: choose a new one")
        metrics[metric.code] = metric
    parts = {each.text("field"): each.texts("parts") for each in table.tables("field_parts")}
    table.done()
    return _Definitions(MappingProxyType(metrics), MappingProxyType(parts))


def load_metrics() -> Mapping[str, Metric]:
    """Return all metrics by code; DataError when the file cannot be used."""
    return _definitions().metrics


def with_parts(fields: tuple[str, ...]) -> tuple[str, ...]:
    """Return the fields together with the narrower ones that belong to them; none (= all) stays none."""
    parts = _definitions().field_parts
    return tuple(dict.fromkeys(part for field in fields for part in (field, *parts.get(field, ()))))
