"""A closed period with its corrections: as lines to read, and as JSON."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection

from langnghe.words import Words
from storage.closed_periods.document import OF_LIST
from storage.closed_periods.records import ClosedPeriod
from storage.pages import names_of_staff
from surveys.targets import Verdict, reason_label, verdict_label
from wording.figures import figure

_STAFF = "staff:"
_EXACT = {"value", "low", "high", "target", "stretch_target", "effective_n"}


def closers(connection: Connection, listed: Iterable[ClosedPeriod]) -> dict[str, str]:
    """Give the name of every official who closed one of these, by the actor that the audit trail names."""
    ids = (each.closed_by.removeprefix(_STAFF) for each in listed if each.closed_by.startswith(_STAFF))
    return {f"{_STAFF}{number}": name for number, name in names_of_staff(connection, map(int, ids)).items()}


def in_words(words: Words, closed: ClosedPeriod, people: Mapping[str, str]) -> str:
    """Say what was closed, when, by whom and under which hash; of a revision why, and what changed.

    people  names by actor, as `closers` gives them; without one whoever runs the server closed it
    """
    if not closed.is_whole:
        return words("periods.altered", subject=closed.subject, revision=closed.revision)
    told = json.loads(closed.document)
    lines = [
        words(
            "periods.revised" if closed.revision else "periods.closed", period=closed.report, year=str(closed.year),
            revision=closed.revision, start=date.fromisoformat(told["from"]), end=date.fromisoformat(told["to"]),
            by=people.get(closed.closed_by, words("periods.by_system")), at=closed.closed_at,
        ),
        words("periods.hash", sha256=closed.sha256),
    ]  # fmt: skip
    if closed.revision:
        lines.append(words("periods.reason", reason=told["reason"]))
    for each in told["changes"]:
        old, new = (_shown(words, each["what"].removeprefix(OF_LIST), each[end]) for end in ("from", "to"))
        lines.append(words("periods.change", target=each["target"], what=_named(words, each["what"]), old=old, new=new))
    return "\n  ".join(lines)


def _named(words: Words, what: str) -> str:
    """Name what changed; parts that hardly ever do keep the name they have in the file."""
    if what.startswith(OF_LIST):
        return words("periods.of_list", what=_named(words, what.removeprefix(OF_LIST)))
    key = f"periods.what_{what}"
    return words(key) if words.has(key) else what


def _shown(words: Words, what: str, value: Any) -> str:
    if value is None:
        return "–"
    if what == "verdict":
        return verdict_label(Verdict(value))[words.language]
    if what == "reason":
        return reason_label(value)[words.language].rstrip(".")
    if isinstance(value, list):
        return "; ".join(map(str, value)) or "–"
    return figure(Fraction(value), words.language) if what in _EXACT else str(value)


def as_json(closed: ClosedPeriod) -> dict[str, Any]:
    """Give what was closed and corrected; the figures themselves are in the exported file."""
    about = {
        "plan": closed.plan,
        "period": closed.report,
        "year": closed.year,
        "revision": closed.revision,
        "closed_by": closed.closed_by,
        "closed_at": closed.closed_at.isoformat(),
        "sha256": closed.sha256,
        "is_whole": closed.is_whole,
    }
    if not closed.is_whole:
        return about
    told = json.loads(closed.document)
    return {**about, **{name: told[name] for name in ("from", "to", "as_of", "reason", "changes")}}
