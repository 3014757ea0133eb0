"""Drawing whom to ask: committed to before the list is known, looked at, and made once; nobody chooses."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from aiohttp import web
from sqlalchemy import Connection

from admin.calls import Call, see_other
from admin.forms import Form
from admin.pages import Page
from admin.problems import words_of
from admin.views.invitations import PATH, SECTION, page_of, place_of
from offices.errors import DomainError
from offices.quiet_hours import load_quiet_hours
from storage import draws, invitations
from storage.draws import Draw, Ordered, Terms
from surveys.periods import Period, days_period
from surveys.sampling import SEED_BYTES, Planned, Quota, rate_of

MOST = 1_000_000
"""The largest number that means anything here: more days or dossiers than any authority has."""


@dataclass(frozen=True)
class PlannedLine:
    """One stratum: its place in words, the dossiers on the list, and how many of them would be drawn."""

    unit: str
    field: str
    level: str
    listed: int
    drawn: int


@dataclass(frozen=True)
class DrawPage(Page):
    """A draw that was committed to and not made yet.

    first    the first day of return that is on the list: what was known at the commitment is not
    seen     digest of the list that is shown: what is drawn from is what was seen
    is_over  whether its period is over, so that it can be made
    """

    found: Draw
    first: date
    lines: Sequence[PlannedLine]
    seen: str
    is_over: bool
    problem: str = ""
    template: ClassVar[str] = "draw.html"

    @property
    def listed(self) -> int:
        """How many dossiers are on the list."""
        return sum(line.listed for line in self.lines)

    @property
    def drawn(self) -> int:
        """How many of them would be drawn."""
        return sum(line.drawn for line in self.lines)


async def commit(call: Call) -> web.StreamResponse:
    """Commit to a draw, of which everybody sees the hash of the seed from now on; nobody can take it back."""
    nonce, key, by = secrets.token_hex(SEED_BYTES), call.context.token_key, Ordered(call.now, call.actor)
    try:
        period, quota, terms = _typed(call.form)
        _refuse_unconfirmed(call.form)
        found = await call.write(
            lambda connection: draws.commit(connection, period, quota, terms, key, nonce, by),
        )
    except DomainError as error:
        problem = words_of(error, call.words, call.reference)
        return call.refused(await call.read(lambda connection: page_of(call, connection, call.form, problem)), SECTION)
    return see_other(f"{PATH}/{found.id}", done="draw_committed")


async def show(call: Call) -> web.StreamResponse:
    """Show how many of each stratum would be drawn; of a draw that was made, what became of it."""
    return await _shown(call)


async def make(call: Call) -> web.StreamResponse:
    """Make the draw of the list that was seen, and plan its invitations."""
    number = call.number("number")
    key, by = call.context.token_key, Ordered(call.now, call.actor)
    try:
        seen = _confirmed(call.form)
        await call.write(
            lambda connection: invitations.draw_and_plan(connection, number, key, load_quiet_hours(), by, seen)
        )
    except DomainError as error:
        return await _shown(call, words_of(error, call.words, call.reference))
    return see_other(PATH, draw=str(number), done="draw_made")


async def _shown(call: Call, problem: str = "") -> web.StreamResponse:
    def look(connection: Connection) -> tuple[Draw, Planned]:
        found = draws.by_id(connection, call.number("number"))
        return found, draws.preview(connection, found)

    try:
        found, planned = await call.read(look)
    except DomainError:
        raise web.HTTPNotFound from None
    if found.drawn_at is not None:
        return see_other(PATH, draw=str(found.id))
    page = DrawPage(
        found=found,
        first=max(found.since, found.committed_on + timedelta(days=1)),
        lines=[PlannedLine(*place_of(call, key), *numbers) for key, numbers in planned.strata.items()],
        seen=planned.list_digest,
        is_over=found.until < call.today,
        problem=problem,
    )
    return call.refused(page, SECTION) if problem else call.page(page, SECTION)


def _confirmed(form: Form) -> str:
    """Return the digest of the list that was looked at. Raises DomainError `not_confirmed`."""
    _refuse_unconfirmed(form)
    return form.text("seen")


def _refuse_unconfirmed(form: Form) -> None:
    if form.text("understood") != "yes":
        raise DomainError("not_confirmed")


def _typed(form: Form) -> tuple[Period, Quota, Terms]:
    """Read the form of a new draw. Raises DomainError: draw_days_wrong, quota_wrong, draw_terms_wrong."""
    start, end = form.day("start"), form.day("end")
    if start is None or end is None or end < start:
        raise DomainError("draw_days_wrong")
    rate = rate_of(form.text("rate")) if form.text("rate") else None
    number = _whole(form, "number", "quota_wrong") if form.text("number") else None
    quota = Quota(rate, number, _whole(form, "minimum", "quota_wrong") if form.text("minimum") else 0)
    terms = Terms(_whole(form, "window", "draw_terms_wrong"), _whole(form, "life", "draw_terms_wrong"))
    return days_period(start, end), quota, terms


def _whole(form: Form, name: str, wrong: str) -> int:
    number = form.number(name)
    if number is None or number > MOST:
        raise DomainError(wrong)
    return number
