"""Results told to those who rated: how far that is for each closed period, and what a unit's leader says changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from aiohttp import web
from sqlalchemy import Connection

from admin.calls import Call, see_other
from admin.pages import Page
from admin.problems import words_of
from offices.errors import DomainError
from offices.staff import Right, may
from offices.units import Unit
from storage.closed_periods import records
from storage.closed_periods.records import ClosedPeriod
from storage.results import audience, notes, planning
from storage.results.audience import Size
from surveys.periods import Period

SECTION = "results"
PATH = "/admin/results"


@dataclass(frozen=True)
class Told:
    """One closed period: how far its results are told, and what the own unit says of it.

    is_told  the own unit's result has been put into words for somebody, so that the note stays as it is
    """

    closed: ClosedPeriod
    period: Period
    size: Size
    note: str
    is_told: bool
    problem: str = ""

    @property
    def key(self) -> str:
        """Name the period in a form."""
        return _key(self.closed)


@dataclass(frozen=True)
class ResultsPage(Page):
    """The periods that are news, the one that was closed last first."""

    unit: Unit
    periods: Sequence[Told]
    longest: int
    template: ClassVar[str] = "results.html"


async def show(call: Call) -> web.StreamResponse:
    """Show the periods."""
    return call.page(await call.read(lambda connection: _page(call, connection)), SECTION)


async def write(call: Call) -> web.StreamResponse:
    """Keep what the own unit will change."""
    unit, key, text = _own_unit(call), call.form.text("period"), call.form.text("text")
    if not may(call.me, Right.APPROVE, unit.code, call.reference.directory, call.today):
        raise web.HTTPForbidden

    def keep(connection: Connection) -> None:
        closed = next((each for each in _news(connection, call.today) if _key(each) == key), None)
        if closed is None:
            raise DomainError("choice_wrong")
        notes.write_note(connection, closed, unit.code, text, staff=call.me.id, now=call.now)

    try:
        await call.write(keep)
    except DomainError as error:
        words = words_of(error, call.words, call.reference)
        return call.refused(await call.read(lambda connection: _page(call, connection, key, text, words)), SECTION)
    return see_other(PATH, done="result_note")


def _page(call: Call, connection: Connection, refused: str = "", text: str = "", problem: str = "") -> ResultsPage:
    """Make the page; `refused` names the period whose form was not accepted: what was typed stands in it again."""
    unit = _own_unit(call)
    told = [
        Told(
            closed, closed.window, audience.size(connection, closed),
            text if _key(closed) == refused else notes.note_of(connection, closed, unit.code),
            notes.is_told(connection, closed, unit.code), problem if _key(closed) == refused else "",
        )
        for closed in _news(connection, call.today)
    ]  # fmt: skip
    return ResultsPage(unit, told, notes.LONGEST)


def _news(connection: Connection, today: date) -> list[ClosedPeriod]:
    """List the closed periods, each in its last revision, that ended not too long ago to be told."""
    last = {_key(each): each for each in records.every(connection)}
    fresh = [each for each in last.values() if today - each.window.end <= planning.NEWS_FOR]
    return sorted(fresh, key=lambda each: each.closed_at, reverse=True)


def _key(closed: ClosedPeriod) -> str:
    return f"{closed.plan}|{closed.report}|{closed.year}"


def _own_unit(call: Call) -> Unit:
    found = call.reference.directory.heir(call.me.unit, call.today)
    if found is None:
        raise web.HTTPForbidden
    return found
