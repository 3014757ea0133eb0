"""The form of a message to many: written with a preview, changed until it is submitted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from admin.calls import Call, see_other
from admin.forms import Form
from admin.pages import Page
from admin.problems import words_of
from offices.errors import DomainError
from offices.quiet_hours import QuietHours, load_quiet_hours
from storage.broadcasts import audience, drafting, records
from storage.broadcasts.drafting import LONGEST_TEXT
from storage.broadcasts.records import Audience, Broadcast, Draft, State

SECTION = "broadcasts"
PATH = "/admin/broadcasts"
LANGUAGES = ("vi", "en")


@dataclass(frozen=True)
class Bubble:
    """A message as a phone shows it."""

    language: str
    text: str
    button: str


@dataclass(frozen=True)
class DraftPage(Page):
    """The form; `bubbles` once there is something to preview, `size` whom it would reach.

    number  of the draft that is changed; None for a new one
    """

    typed: Form
    units: Sequence[tuple[str, str]]
    quiet: QuietHours
    number: int | None = None
    bubbles: Sequence[Bubble] = ()
    size: int | None = None
    problem: str = ""
    longest: int = LONGEST_TEXT
    template: ClassVar[str] = "broadcast_form.html"

    @property
    def action(self) -> str:
        """The address that the form is sent to."""
        return PATH if self.number is None else f"{PATH}/{self.number}/edit"


async def new(call: Call) -> web.StreamResponse:
    """Show the empty form."""
    return call.page(_page(call, Form(), None), SECTION)


async def write(call: Call) -> web.StreamResponse:
    """Preview what was written, or keep it as a draft."""
    return await _take(call, None)


async def edit(call: Call) -> web.StreamResponse:
    """Show a draft in the form; whoever may not change it is led to the message itself."""
    number = call.number("number")
    found = await _found(call, number)
    if found.state is not State.DRAFTED or found.written_by != call.me.id:
        return see_other(f"{PATH}/{number}")
    return call.page(_page(call, _form_of(found), number), SECTION)


async def change(call: Call) -> web.StreamResponse:
    """Preview what a draft would become, or keep the change."""
    number = call.number("number")
    await _found(call, number)
    return await _take(call, number)


def bubbles(call: Call, draft: Draft) -> list[Bubble]:
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


async def _take(call: Call, number: int | None) -> web.StreamResponse:
    draft = _draft(call.form)
    try:
        if call.form.text("step") != "save":
            return await _preview(call, draft, number)
        kept = await _keep(call, draft, number)
    except DomainError as error:
        page = _page(call, call.form, number, problem=words_of(error, call.words, call.reference))
        return call.refused(page, SECTION)
    return see_other(f"{PATH}/{kept}", done="broadcast_write")


async def _preview(call: Call, draft: Draft, number: int | None) -> web.Response:
    checked = await call.read(lambda connection: drafting.check(connection, draft))
    size = await call.read(lambda connection: audience.size(connection, checked))
    return call.page(_page(call, call.form, number, bubbles(call, checked), size), SECTION)


async def _keep(call: Call, draft: Draft, number: int | None) -> int:
    if number is None:
        return await call.write(lambda connection: drafting.write(connection, draft, call.me, call.now))
    revision = call.form.number("revision") or 0
    await call.write(lambda connection: drafting.change(connection, number, draft, call.me, revision, call.now))
    return number


async def _found(call: Call, number: int) -> Broadcast:
    try:
        return await call.read(lambda connection: records.by_id(connection, number))
    except DomainError:
        raise web.HTTPNotFound from None


def _page(
    call: Call,
    form: Form,
    number: int | None,
    shown: Sequence[Bubble] = (),
    size: int | None = None,
    problem: str = "",
) -> DraftPage:
    units = [
        (unit.code, call.words.name(unit.name))
        for unit in call.reference.directory.on(call.today)
        if unit.code != call.reference.root
    ]
    return DraftPage(form, units, load_quiet_hours(), number, shown, size, problem)


def _draft(form: Form) -> Draft:
    typed = form.text("audience")
    wanted = Audience(typed) if typed in set(Audience) else Audience.ALL
    unit = None if wanted is Audience.ALL else form.text("unit") or None
    return Draft(form.text("text_vi"), form.text("text_en"), wanted, unit, form.text("night_reason") or None)


def _form_of(found: Broadcast) -> Form:
    """Fill the form with what is stored, and with the revision that it shows."""
    draft = found.draft
    fields = {
        "text_vi": draft.text_vi, "text_en": draft.text_en, "audience": draft.audience.value,
        "unit": draft.unit or "", "night_reason": draft.night_reason or "", "revision": str(found.revision),
    }  # fmt: skip
    return Form({name: [value] for name, value in fields.items()})
