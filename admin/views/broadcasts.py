"""Messages to many: written with a preview, approved by a second person, followed while they go out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from aiohttp import web
from sqlalchemy import Connection

from admin.calls import Call, see_other
from admin.forms import Form
from admin.pages import Page
from admin.problems import words_of
from offices.errors import DomainError
from offices.quiet_hours import QuietHours, load_quiet_hours
from storage import staff
from storage.broadcasts import audience, drafting, records, steps
from storage.broadcasts.drafting import LONGEST_TEXT
from storage.broadcasts.progress import Progress, progress_of
from storage.broadcasts.records import ENDED, Audience, Broadcast, Draft, State

SECTION = "broadcasts"
Step = Callable[[Connection, int, str, datetime], None]
STEPS: Mapping[str, Step] = {
    "pause": steps.pause,
    "resume": steps.resume,
    "cancel": steps.cancel,
}
LANGUAGES = ("vi", "en")
MOST_DIGITS = 15


@dataclass(frozen=True)
class Bubble:
    """A message as a phone shows it."""

    language: str
    text: str
    button: str


@dataclass(frozen=True)
class Line:
    """One broadcast with its figures; `unit` is the name of the audience's unit."""

    broadcast: Broadcast
    progress: Progress
    writer: str
    approver: str
    unit: str


@dataclass(frozen=True)
class ListPage(Page):
    """All broadcasts, the newest first."""

    lines: Sequence[Line]
    template: ClassVar[str] = "broadcasts.html"


@dataclass(frozen=True)
class WritePage(Page):
    """The form of a new one; `bubbles` once there is something to preview, `size` whom it would reach."""

    typed: Form
    units: Sequence[tuple[str, str]]
    quiet: QuietHours
    bubbles: Sequence[Bubble] = ()
    size: int | None = None
    problem: str = ""
    longest: int = LONGEST_TEXT
    template: ClassVar[str] = "broadcast_form.html"


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
                return ("cancel",) if self.is_mine else ("approve", "cancel")
            case State.APPROVED | State.RUNNING:
                return ("pause", "cancel")
            case State.PAUSED:
                return ("resume", "cancel")
        return ()

    @property
    def has_figures(self) -> bool:
        """Whether it has begun."""
        return self.line.broadcast.started_at is not None


@dataclass(frozen=True)
class ProgressFragment(BroadcastPage):
    """The part that changes, alone, for a browser that replaces only it."""

    template: ClassVar[str] = "broadcast_progress.html"


async def show_all(call: Call) -> web.StreamResponse:
    """List the broadcasts."""
    lines = await call.read(lambda connection: [_line(call, connection, each) for each in records.latest(connection)])
    return call.page(ListPage(lines), SECTION)


async def new(call: Call) -> web.StreamResponse:
    """Show the empty form."""
    return call.page(_form(call, call.form), SECTION)


async def write(call: Call) -> web.StreamResponse:
    """Preview what was written, or keep it as a draft."""
    form, draft = call.form, _draft(call.form)
    if form.text("step") != "save":
        size = await call.read(lambda connection: audience.size(connection, draft))
        return call.page(_form(call, form, _bubbles(call, draft), size), SECTION)
    try:
        number = await call.write(lambda connection: drafting.write(connection, draft, call.me, call.now))
    except DomainError as error:
        return call.refused(_form(call, form, problem=words_of(error, call.words, call.reference)), SECTION)
    return see_other(f"/admin/broadcasts/{number}", done="broadcast_write")


async def show(call: Call) -> web.StreamResponse:
    """Show one broadcast; htmx is given the part that changes alone."""
    is_fragment = call.request.headers.get("HX-Request") == "true"
    page = await _page(call, ProgressFragment if is_fragment else BroadcastPage)
    response = call.page(page, SECTION)
    response.headers["Vary"] = "HX-Request, Cookie"
    return response


async def take(call: Call) -> web.StreamResponse:
    """Approve, pause, resume or cancel."""
    number, step = _number(call), call.part("step")
    if step != "approve" and step not in STEPS:
        raise web.HTTPNotFound

    def job(connection: Connection) -> None:
        if step == "approve":
            steps.approve(connection, number, call.me, call.now)
        else:
            STEPS[step](connection, number, call.actor, call.now)

    try:
        await call.write(job)
    except DomainError as error:
        return call.refused(await _page(call, BroadcastPage, words_of(error, call.words, call.reference)), SECTION)
    return see_other(f"/admin/broadcasts/{number}", done=f"broadcast_{step}")


def _form(
    call: Call, form: Form, bubbles: Sequence[Bubble] = (), size: int | None = None, problem: str = ""
) -> WritePage:
    units = [
        (unit.code, call.words.name(unit.name))
        for unit in call.reference.directory.on(call.today)
        if unit.code != call.reference.root
    ]
    return WritePage(form, units, load_quiet_hours(), bubbles, size, problem)


def _draft(form: Form) -> Draft:
    typed = form.text("audience")
    audience = Audience(typed) if typed in set(Audience) else Audience.ALL
    unit = None if audience is Audience.ALL else form.text("unit") or None
    return Draft(form.text("text_vi"), form.text("text_en"), audience, unit, form.text("night_reason") or None)


def _bubbles(call: Call, draft: Draft) -> list[Bubble]:
    """Put a message into the words in which the bot says it: tests hold the two catalogues together."""
    catalogue, authority = call.context.catalogue, call.reference.directory.unit(call.reference.root).name
    return [
        Bubble(
            language,
            catalogue.text("broadcasts.message", language, {"authority": authority[language], "text": text}),
            catalogue.text("broadcasts.news_off", language),
        )
        for language, text in zip(LANGUAGES, (draft.text_vi, draft.text_en), strict=True)
    ]


async def _page(call: Call, kind: type[BroadcastPage], problem: str = "") -> BroadcastPage:
    number, quiet = _number(call), load_quiet_hours()

    def look(connection: Connection) -> BroadcastPage:
        found = records.by_id(connection, number)
        is_quiet = quiet.hold(call.now) and found.draft.night_reason is None and found.state not in ENDED
        return kind(
            line=_line(call, connection, found),
            bubbles=_bubbles(call, found.draft),
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


def _line(call: Call, connection: Connection, found: Broadcast) -> Line:
    directory, unit = call.reference.directory, found.draft.unit
    return Line(
        broadcast=found,
        progress=progress_of(connection, found, call.now),
        writer=staff.by_id(connection, found.written_by).name,
        approver=staff.by_id(connection, found.approved_by).name if found.approved_by else "",
        unit=call.words.name(directory.unit(unit).name) if unit else "",
    )


def _number(call: Call) -> int:
    number = call.part("number")
    if not number.isascii() or not number.isdecimal() or len(number) > MOST_DIGITS:
        raise web.HTTPNotFound
    return int(number)
