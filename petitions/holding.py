"""Holding back what speaks of officials' conduct though it was sent as something else.

A rule would send it to the very unit whose officials it is about. The coordinator reads it first and says what it is;
until then the unit that the citizen named is kept out.
"""

from dataclasses import replace
from datetime import date
from functools import cache
from importlib.resources import files

from offices.datafiles import Table, read_file
from offices.units import Directory
from petitions.kinds import Subject, suggest_subject
from petitions.routing import Case, Ground, Route, Routing, coordinator_for

HELD = "held-conduct"
"""Stands in the place of a rule's id in a petition that was held back."""


def held(found: Route, case: Case, text: str, routing: Routing, day: date, directory: Directory) -> Route:
    """Give the coordinator's desk in place of a rule's unit when the words speak of conduct; else what was found."""
    if found.rule_id is None or suggest_subject(text) is not Subject.CONDUCT:
        return found
    unit = coordinator_for(routing, day, directory, kept_from=case.about)
    because = why_held()
    return replace(
        found, unit=unit, because=because.because, source=because.source, rule_id=None, successor_of=None,
        kept_from=case.about, held=True,
    )  # fmt: skip


@cache
def why_held() -> Ground:
    """Say why a petition is held back, and the rule behind it."""
    return read_file(files("petitions") / "holding.toml", _ground)


def _ground(table: Table) -> Ground:
    return Ground(table.label("because"), table.text("source"))
