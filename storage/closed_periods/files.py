"""A closed period as a file; everything in it comes from the frozen document, so it is the same each time."""

import csv
import io
import json
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from typing import Any

from storage.closed_periods.document import OF_LIST, UNDATED
from storage.closed_periods.records import ClosedPeriod

_DECIMALS = Decimal("0.000001")
HEAD = ("plan", "period", "year", "revision", "from", "to", "as_of", "closed_at", "closed_by")
TARGET = (
    "id", "section", "metric", "applies_to", "baseline_year", "fields", "unit", "commitment", "operator", "target",
    "stretch_target", "n", "n_verified", "n_open", "n_assisted", "answers", "population",
)  # fmt: skip
_FIGURE = ("value", "value_numerator", "value_denominator", "low", "high")
BASIS = ("formula_id", "interval_id", "questionnaire", "versions", "verdict", "reason", "is_stretch_reached", "quote")
LISTED = tuple(
    f"{OF_LIST}{name}"
    for name in ("n", "population", "effective_n", "formula_id", "interval_id", "excluded", "verdict", "reason")
)
"""Of the estimate from the list; its figure stands before, with the same five columns as the other."""


def as_json(closed: ClosedPeriod) -> bytes:
    """Return the very bytes that were hashed: `sha256sum` of the file gives the stored digest."""
    return closed.document.encode()


def as_csv(closed: ClosedPeriod) -> bytes:
    """Return a line for each target, UTF-8 with BOM and CRLF, after a line with the names of the columns.

    Figures have six decimals, the interval's ends rounded outwards; the exact value stands in two columns, for a
    fraction in one is taken for a date by spreadsheets. A list is joined by blanks. The strata of the estimates stand
    in the JSON alone. The last column is the SHA-256.
    """
    document = json.loads(closed.document)
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    # A period that was closed before there were estimates or figures of dossiers is written as it was, byte for byte.
    has_estimates = any(LISTED[0] in target for target in document["targets"])
    estimate = (*(f"{OF_LIST}{name}" for name in _FIGURE), *LISTED) if has_estimates else ()
    more = (*estimate, *((UNDATED,) if any(UNDATED in target for target in document["targets"]) else ()))
    writer.writerow([*HEAD, *TARGET, *_FIGURE, *BASIS, *more, "sha256"])
    head = [document[name] for name in HEAD]
    for target in document["targets"]:
        cells = [_cell(name, target.get(name)) for name in TARGET]  # periods closed early tell less
        basis = [_cell(name, target[name]) for name in BASIS]
        by_list = [*_figure(target, OF_LIST), *(_cell(name, target.get(name)) for name in LISTED)] if estimate else []
        rest = [*by_list, *(_cell(name, target.get(name)) for name in more[len(estimate) :])]
        writer.writerow([*head, *cells, *_figure(target), *basis, *rest, closed.sha256])
    return written.getvalue().encode("utf-8-sig")


def _figure(target: dict[str, Any], of: str = "") -> list[Any]:
    written, low, high = (target.get(f"{of}{name}") for name in ("value", "low", "high"))
    value = None if written is None else Fraction(written)
    exact = (None, None) if value is None else (value.numerator, value.denominator)
    return [_decimal(written, ROUND_HALF_EVEN), *exact, _decimal(low, ROUND_FLOOR), _decimal(high, ROUND_CEILING)]


def _cell(name: str, value: Any) -> Any:
    if name in ("target", "stretch_target", f"{OF_LIST}effective_n"):
        return _decimal(value, ROUND_HALF_EVEN)
    return " ".join(map(str, value)) if isinstance(value, list) else value


def _decimal(value: str | None, rounding: str) -> str | None:
    if value is None:
        return None
    exact = Fraction(value)
    # A quotient of 60 digits is rounded the way that is asked for, so that the second rounding cannot undo it.
    with localcontext(prec=60, rounding=rounding):
        return str((Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(_DECIMALS))
