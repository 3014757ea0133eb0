"""Messages to many: listed, submitted, approved by a second person, followed while they go out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from aiohttp import web
from sqlalchemy import Connection

from admin.calls import Call, see_other
from admin.pages import Page
from admin.paging import Paging, paging_of
from admin.problems import words_of
from admin.views.broadcast_drafts import Bubble, bubbles
from offices.errors import DomainError
from offices.quiet_hours import QuietHours, load_quiet_hours
from storage import staff
from storage.broadcasts import records, steps
from storage.broadcasts.progress import Progress, progress_of
from storage.broadcasts.records import ENDED, Broadcast, State

SECTION = "broadcasts"
ROWS = 20
Step = Callable[[Call, Connection, int], None]


def _approve(call: Call, connection: Connection, number: int) -> None:
    steps.approve(connection, number, call.me, call.form.number("revision") or 0, call.now)


def _submit(call: Call, connection: Connection, number: int) -> None:
    steps.submit(connection, number, call.me, call.now)


def _by(step: Callable[[Connection, int, str, datetime], None]) -> Step:
    return lambda call, connection, number: step(connection, number, call.actor, call.now)


STEPS: Mapping[str, Step] = {
    "submit": _submit,
    "give_back": _by(steps.give_back),
    "approve": _approve,
    "pause": _by(steps.pause),
    "resume": _by(steps.resume),
    "cancel": _by(steps.cancel),
}


@dataclass(frozen=True)
class Line:
    """One broadcast with its figures; `unit` is the name of the audience's unit.

    progress  None in the list for one that has not begun: its audience is counted on its own page alone
    """

    broadcast: Broadcast
    progress: Progress | None
    writer: str
    approver: str
    unit: str


@dataclass(frozen=True)
class ListPage(Page):
    """Some broadcasts, the newest first."""

    lines: Sequence[Line]
    paging: Paging
    template: ClassVar[str] = "broadcasts.html"


@dataclass(frozen=True)
class BroadcastPage(Page):
    """One broadcast: its message, whom it is for, how far it is, and what may be done."""

    line: Line
    bubbles: Sequence[Bubble]
    is_mine: bool
    is_quiet: bool
    quiet: QuietHours
    as_of: datetime
    problem: str = ""
    template: ClassVar[str] = "broadcast.html"

    @property
    def state(self) -> str:
        """Where it stands, as the catalogue's keys say it."""
        return self.line.broadcast.state.value

    @property
    def is_moving(self) -> bool:
        """Whether its figures change by themselves."""
        return self.line.broadcast.state in (State.APPROVED, State.RUNNING)

    @property
    def steps(self) -> tuple[str, ...]:
        """What may be done with it now."""
        match self.line.broadcast.state:
            case State.DRAFTED:
                return ("submit", "cancel") if self.is_mine else ("cancel",)
            case State.SUBMITTED:
                return ("give_back", "cancel") if self.is_mine else ("approve", "give_back", "cancel")
            case State.APPROVED | State.RUNNING:
                return ("pause", "cancel")
            case State.PAUSED:
                return ("resume", "cancel")
        return ()

    @property
    def hint(self) -> str:
        """What the reader has to know before he takes a step: key under `broadcasts.hints`; empty for nothing."""
        if self.line.broadcast.state is State.DRAFTED:
            return "draft_mine" if self.is_mine else "draft"
        if self.line.broadcast.state is State.SUBMITTED:
            return "wait_mine" if self.is_mine else "wait"
        return ""

    @property
    def may_edit(self) -> bool:
        """Whether the reader may still change it."""
        return self.is_mine and self.line.broadcast.state is State.DRAFTED

    @property
    def has_gone_out(self) -> bool:
        """Whether nobody can change its words any more."""
        return self.line.broadcast.state not in (State.DRAFTED, State.SUBMITTED)

    @property
    def is_over(self) -> bool:
        """Whether nothing of it waits any more."""
        return self.line.broadcast.state in ENDED

    @property
    def has_figures(self) -> bool:
        """Whether it has begun."""
        return self.line.broadcast.started_at is not None


@dataclass(frozen=True)
class ProgressFragment(BroadcastPage):
    """The figures alone, for a browser that replaces only them."""

    template: ClassVar[str] = "broadcast_progress.html"


async def show_all(call: Call) -> web.StreamResponse:
    """List the broadcasts."""

    def look(connection: Connection) -> ListPage:
        paging = paging_of(call.query("page"), records.count(connection), ROWS)
        found = records.latest(connection, skip=(paging.number - 1) * ROWS, limit=ROWS)
        begun = [progress_of(connection, each, call.now) if each.started_at else None for each in found]
        lines = [_line(call, connection, each, progress) for each, progress in zip(found, begun, strict=True)]
        return ListPage(lines, paging)

    return call.page(await call.read(look), SECTION)


async def show(call: Call) -> web.StreamResponse:
    """Show one broadcast; htmx is given the figures alone, or told to show all anew once it has moved on."""
    page = await _page(call, ProgressFragment if call.wants_fragment else BroadcastPage)
    return call.moving(page, page.state, SECTION)


async def take(call: Call) -> web.StreamResponse:
    """Submit, give back, approve, pause, resume or cancel."""
    number, step = call.number("number"), call.part("step")
    chosen = STEPS.get(step)
    if chosen is None:
        raise web.HTTPNotFound
    try:
        await call.write(lambda connection: chosen(call, connection, number))
    except DomainError as error:
        return call.refused(await _page(call, BroadcastPage, words_of(error, call.words, call.reference)), SECTION)
    return see_other(f"/admin/broadcasts/{number}", done=f"broadcast_{step}")


async def _page(call: Call, kind: type[BroadcastPage], problem: str = "") -> BroadcastPage:
    number, quiet = call.number("number"), load_quiet_hours()

    def look(connection: Connection) -> BroadcastPage:
        found = records.by_id(connection, number)
        is_quiet = quiet.hold(call.now) and found.draft.night_reason is None and found.state not in ENDED
        return kind(
            line=_line(call, connection, found, progress_of(connection, found, call.now)),
            bubbles=bubbles(call, found.draft),
            is_mine=found.written_by == call.me.id,
            is_quiet=is_quiet,
            quiet=quiet,
            as_of=call.now,
            problem=problem,
        )

    try:
        return await call.read(look)
    except DomainError:
        raise web.HTTPNotFound from None


def _line(call: Call, connection: Connection, found: Broadcast, progress: Progress | None) -> Line:
    directory, unit = call.reference.directory, found.draft.unit
    return Line(
        broadcast=found,
        progress=progress,
        writer=staff.by_id(connection, found.written_by).name,
        approver=staff.by_id(connection, found.approved_by).name if found.approved_by else "",
        unit=call.words.name(directory.unit(unit).name) if unit else "",
    )
