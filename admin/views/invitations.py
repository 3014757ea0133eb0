"""Who was asked: the draws, and what became of their invitations in each stratum."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import ClassVar

from aiohttp import web
from sqlalchemy import Connection

from admin.calls import Call
from admin.forms import Form, read_number
from admin.pages import Page
from admin.reach import reach_of
from offices.dossiers import StratumKey
from offices.staff import Right, rights
from storage import draws
from storage.draws import Draw, Terms
from storage.invitation_figures import Response, by_stratum
from surveys.periods import days_period
from surveys.scoring import MINIMUM_N

SECTION = "invitations"
PATH = "/admin/invitations"
_TERMS = Terms()
_USUAL = {"rate": 10, "minimum": 10, "window": _TERMS.window_days, "life": _TERMS.life_days}
"""What stands in the form of a new draw."""
MOST_SLIPS, MOST_ROWS = 200, 1000
"""Codes printed at once, and codes of one file: a ream of paper, a letter to be merged."""


@dataclass(frozen=True)
class Line:
    """What became of one stratum, in words for its place."""

    unit: str
    field: str
    level: str
    response: Response


@dataclass(frozen=True)
class InvitationsPage(Page):
    """The draws, the latest first, and one of them with its strata within the reader's reach; `total` adds them up.

    typed   what was typed into the form of a new draw, which those have who `may_draw`
    places  of the units of the chosen draw: code and name, in the order of the lines
    is_commit_problem  whether the problem is one of that form
    """

    listed: Sequence[Draw]
    chosen: Draw | None
    lines: Sequence[Line]
    total: Response
    may_draw: bool
    typed: Form
    places: Sequence[tuple[str, str]] = ()
    problem: str = ""
    is_commit_problem: bool = False
    minimum: int = MINIMUM_N
    most_slips: int = MOST_SLIPS
    most_rows: int = MOST_ROWS
    template: ClassVar[str] = "invitations.html"


async def show(call: Call) -> web.StreamResponse:
    """Show the draw asked for, else the latest that was made."""
    return call.page(await call.read(lambda connection: page_of(call, connection)), SECTION)


def page_of(
    call: Call, connection: Connection, typed: Form | None = None, problem: str = "", number: int | None = None
) -> InvitationsPage:
    """Make the page, of the draw `number` or the one asked for.

    typed    what was typed into the form of a new draw; None: nothing
    problem  what was wrong with that, or with the codes that were to be printed
    """
    listed = draws.all_draws(connection)
    made = [each for each in listed if each.drawn_at is not None]
    wanted = number or read_number(call.request.query.get("draw", ""))
    chosen = next((each for each in listed if each.id == wanted), made[0] if made else None)
    strata = _within_reach(call, connection, chosen) if chosen else {}
    return InvitationsPage(
        listed=listed,
        chosen=chosen,
        lines=[Line(*place_of(call, key), response) for key, response in strata.items()],
        total=reduce(add, strata.values(), Response()),
        may_draw=Right.DRAW in rights(call.me),
        typed=typed or Form({name: [str(value)] for name, value in _USUAL.items()}),
        places=list(dict.fromkeys((key.unit, place_of(call, key)[0]) for key in strata)),
        problem=problem,
        is_commit_problem=bool(problem) and typed is not None,
    )


def _within_reach(call: Call, connection: Connection, found: Draw) -> dict[StratumKey, Response]:
    within = reach_of(call.me, call.reference.directory, days_period(found.since, found.until))
    strata = by_stratum(connection, found.id)
    return {key: response for key, response in strata.items() if within is None or key.unit in within}


def place_of(call: Call, key: StratumKey) -> tuple[str, str, str]:
    """Name a stratum: unit, field, level."""
    directory, fields = call.reference.directory, call.reference.fields
    return (
        call.words.name(directory.unit(key.unit).name) if key.unit in directory else key.unit,
        call.words.name(fields.field(key.field).name) if key.field in fields else key.field,
        call.words.t(f"estimate.level_{key.level}"),
    )
