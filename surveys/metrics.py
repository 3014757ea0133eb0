"""Which series measures which metric of the plans; each metric says its source and its method."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from offices.datafiles import Label, Table, read_file
from surveys.registry import packaged
from surveys.visits import Service


class Series(StrEnum):
    """Where a metric's figures come from; see the head of metrics.toml."""

    RATINGS = "ratings"
    PETITIONS = "petitions"
    DOSSIERS = "dossiers"
    DIFFERENCE = "difference"
    NONE = "none"


class Counted(StrEnum):
    """What of the dossiers a metric counts."""

    ON_TIME = "on_time"
    EARLY = "early"
    BACKLOG = "backlog"


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
    counts          for a series of dossiers
    """

    code: str
    label: Label
    unit: Unit
    is_better_higher: bool
    series: Series
    questionnaire: str | None
    item: str | None
    services: tuple[Service, ...]
    counts: Counted | None
    source: Label
    method: Label


def _read_metric(table: Table) -> Metric:
    series = table.choice("series", Series)
    is_rated = series is Series.RATINGS
    questionnaire = table.one_of("questionnaire", packaged().codes()) if is_rated else None
    return Metric(
        code=table.text("code"),
        label=table.label("label"),
        unit=table.choice("unit", Unit),
        is_better_higher=table.one_of("better", ["higher", "lower"]) == "higher",
        series=series,
        questionnaire=questionnaire,
        item=_read_item(table, questionnaire) if questionnaire else None,
        services=table.choices("services", Service) if is_rated else (),
        counts=table.choice("counts", Counted) if series is Series.DOSSIERS else None,
        source=table.label("source"),
        method=table.label("method"),
    )


def _read_item(table: Table, questionnaire: str) -> str | None:
    scales = [item.code for item in packaged().load(questionnaire).items if str(item.kind) == "scale5"]
    return table.optional("item", table.one_of, scales)


@dataclass(frozen=True)
class _Definitions:
    metrics: Mapping[str, Metric]
    field_parts: Mapping[str, tuple[str, ...]]


@cache
def _definitions() -> _Definitions:
    return read_file(files("surveys") / "metrics.toml", _read_definitions)


def _read_definitions(table: Table) -> _Definitions:
    metrics = table.tables("metrics", _read_metric, required=True, unique="code")
    parts = table.tables("field_parts", _read_field_parts, unique="field")
    return _Definitions(MappingProxyType({metric.code: metric for metric in metrics}), MappingProxyType(dict(parts)))


def _read_field_parts(table: Table) -> tuple[str, tuple[str, ...]]:
    return table.text("field"), table.texts("parts", required=True)


def load_metrics() -> Mapping[str, Metric]:
    """Return all metrics by code; DataError when the file cannot be used."""
    return _definitions().metrics


def with_parts(fields: tuple[str, ...]) -> tuple[str, ...]:
    """Return the fields together with the narrower ones that belong to them; none (= all) stays none."""
    parts = _definitions().field_parts
    return tuple(dict.fromkeys(part for field in fields for part in (field, *parts.get(field, ()))))
