"""The years in which the method behind a metric changed: figures before and after them are not one series."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from offices.datafiles import Label, Table, read_file
from surveys.metrics import load_metrics

_FIRST_YEAR, _LAST_YEAR = 2000, 2100


@dataclass(frozen=True)
class SeriesBreak:
    """One change of method.

    first_year   the first year that was measured by the new method
    metrics      codes of the metrics it concerns
    """

    code: str
    first_year: int
    metrics: tuple[str, ...]
    because: Label
    source: Label


def break_between(metric: str, before: int, now: int) -> SeriesBreak | None:
    """Find the latest change of a metric's method after the year `before` and up to the year `now`, if there is one.

    >>> break_between("sipas_index", 2021, 2022).code, break_between("sipas_index", 2022, 2023)
    ('sipas-2022', None)
    """
    between = [each for each in load_breaks() if metric in each.metrics and before < each.first_year <= now]
    return max(between, key=lambda each: each.first_year, default=None)


@cache
def load_breaks() -> tuple[SeriesBreak, ...]:
    """Read the shipped breaks; DataError when the file cannot be used."""
    return read_file(files("surveys") / "series_breaks.toml", read_breaks)


def read_breaks(table: Table) -> tuple[SeriesBreak, ...]:
    """Read a file of breaks; codes are unique within it."""
    return table.tables("breaks", _read_break, unique="code")


def _read_break(table: Table) -> SeriesBreak:
    metrics = table.texts("metrics", required=True)
    if not set(metrics) <= set(load_metrics()):
        raise table.refusal("metrics", f"use some of: {', '.join(load_metrics())}")
    return SeriesBreak(
        code=table.text("code"),
        first_year=table.whole("first_year", _FIRST_YEAR, _LAST_YEAR),
        metrics=metrics,
        because=table.label("because"),
        source=table.label("source"),
    )
