"""A closed period as a file; everything in it comes from the frozen document, so it is the same each time."""

import csv
import io
import json
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from typing import Any

from storage.closed_periods.records import ClosedPeriod

_DECIMALS = Decimal("0.000001")
HEAD = ("plan", "period", "year", "revision", "from", "to", "as_of", "closed_at", "closed_by")
TARGET = (
    "id", "section", "metric", "applies_to", "baseline_year", "fields", "unit", "commitment", "operator", "target",
    "stretch_target", "n", "n_verified", "n_open", "n_assisted", "answers", "population",
)  # fmt: skip
_FIGURE = ("value", "value_numerator", "value_denominator", "low", "high")
BASIS = ("formula_id", "interval_id", "questionnaire", "versions", "verdict", "reason", "is_stretch_reached", "quote")


def as_json(closed: ClosedPeriod) -> bytes:
    """Return the very bytes that were hashed: `sha256sum` of the file gives the stored digest."""
    return closed.document.encode()


def as_csv(closed: ClosedPeriod) -> bytes:
    """Return a line for each target, UTF-8 with BOM and CRLF, after a line with the names of the columns.

    Figures have six decimals, the interval's ends rounded outwards; the exact value stands in two columns, for a
    fraction in one is taken for a date by spreadsheets. A list is joined by blanks. The last column is the SHA-256.
    """
    document = json.loads(closed.document)
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([*HEAD, *TARGET, *_FIGURE, *BASIS, "sha256"])
    head = [document[name] for name in HEAD]
    for target in document["targets"]:
        cells = [_cell(name, target.get(name)) for name in TARGET]  # periods closed early tell less
        basis = [_cell(name, target[name]) for name in BASIS]
        writer.writerow([*head, *cells, *_figure(target), *basis, closed.sha256])
    return written.getvalue().encode("utf-8-sig")


def _figure(target: dict[str, Any]) -> list[Any]:
    value = None if target["value"] is None else Fraction(target["value"])
    exact = (None, None) if value is None else (value.numerator, value.denominator)
    ends = (_decimal(target["low"], ROUND_FLOOR), _decimal(target["high"], ROUND_CEILING))
    return [_decimal(target["value"], ROUND_HALF_EVEN), *exact, *ends]


def _cell(name: str, value: Any) -> Any:
    if name in ("target", "stretch_target"):
        return _decimal(value, ROUND_HALF_EVEN)
    return " ".join(map(str, value)) if isinstance(value, list) else value


def _decimal(value: str | None, rounding: str) -> str | None:
    if value is None:
        return None
    exact = Fraction(value)
    # A quotient of 60 digits is rounded the way that is asked for, so that the second rounding cannot undo it.
    with localcontext(prec=60, rounding=rounding):
        return str((Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(_DECIMALS))
