"""A closed period as a file; everything in it comes from the frozen document, so it is the same each time."""

import csv
import io
import json
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from typing import Any

from storage.closed_periods.document import COMPLETE_TO, OF_LIST, UNDATED, WITHDRAWN
from storage.closed_periods.records import ClosedPeriod

_DECIMALS = Decimal("0.000001")
HEAD = ("plan", "period", "year", "revision", "from", "to", "as_of", "closed_at", "closed_by")
TARGET = (
    "id", "section", "metric", "applies_to", "baseline_year", "fields", "unit", "commitment", "operator", "target",
    "stretch_target", "n", "n_verified", "n_open", "n_assisted", "answers", "population",
)  # fmt: skip
_FIGURE = ("value", "value_numerator", "value_denominator", "low", "high")
BASIS = ("formula_id", "interval_id", "questionnaire", "versions", "verdict", "reason", "is_stretch_reached", "quote")
_ESTIMATE = (*_FIGURE, "n", "population", "effective_n", "formula_id", "interval_id", "excluded", "verdict", "reason")
LISTED = tuple(f"{OF_LIST}{name}" for name in _ESTIMATE)
_EXACT_OF_LIST = (f"{OF_LIST}value_numerator", f"{OF_LIST}value_denominator")
_ROUNDED = {
    **dict.fromkeys(("target", "stretch_target", f"{OF_LIST}effective_n"), ROUND_HALF_EVEN),
    **{
        f"{of}{name}": rounding
        for of in ("", OF_LIST)
        for name, rounding in (("value", ROUND_HALF_EVEN), ("low", ROUND_FLOOR), ("high", ROUND_CEILING))
    },
}


def as_json(closed: ClosedPeriod) -> bytes:
    """Return the very bytes that were hashed: `sha256sum` of the file gives the stored digest."""
    return closed.document.encode()


def as_csv(closed: ClosedPeriod) -> bytes:
    """Return a line for each target, UTF-8 with BOM and CRLF, after a line with the names of the columns.

    Figures have six decimals, the interval's ends rounded outwards; the exact value stands in two columns, for a
    fraction in one is taken for a date by spreadsheets. An estimate has none: it is rounded, and where an earlier
    version kept it exactly, its numbers have a hundred digits and spreadsheets keep fifteen. The strata and how many
    were joined stand in the JSON alone. A list is joined by blanks. The last column is the SHA-256.
    """
    document = json.loads(closed.document)
    columns = _columns(document)
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([*HEAD, *columns, "sha256"])
    head = [document[name] for name in HEAD]
    for target in document["targets"]:
        writer.writerow([*head, *(_cell(name, target) for name in columns), closed.sha256])
    return written.getvalue().encode("utf-8-sig")


def _columns(document: dict[str, Any]) -> list[str]:
    """Name the columns: what the document tells of any target, so that an early one is written as it was then."""
    told = {name for target in document["targets"] for name in target}
    had_exact = "answered_before" not in document  # the first that said it had no exact estimates in their tables
    return [
        name
        for name in (*TARGET, *_FIGURE, *BASIS, *LISTED, UNDATED, WITHDRAWN, COMPLETE_TO)
        if _told_as(name) in told and (had_exact or name not in _EXACT_OF_LIST)
    ]


def _told_as(column: str) -> str:
    return column.removesuffix("_numerator").removesuffix("_denominator")


def _cell(column: str, target: dict[str, Any]) -> Any:
    value = target.get(_told_as(column))
    if value is None:
        return None
    if column in _ROUNDED:
        return _decimal(value, _ROUNDED[column])
    if column.endswith("_numerator"):
        return Fraction(value).numerator
    if column.endswith("_denominator"):
        return Fraction(value).denominator
    return " ".join(map(str, value)) if isinstance(value, list) else value


def _decimal(value: str, rounding: str) -> str:
    exact = Fraction(value)
    # A quotient of 60 digits is rounded the way that is asked for, so that the second rounding cannot undo it.
    with localcontext(prec=60, rounding=rounding):
        return str((Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(_DECIMALS))
