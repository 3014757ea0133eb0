"""A draft of a questionnaire: begun, edited by form or as TOML, discarded. Its faults are told, never lost."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from aiohttp import web
from sqlalchemy import Connection

from admin import questionnaire_form
from admin.calls import Call, see_other
from admin.forms import Form, read_number
from admin.pages import Page
from admin.problems import words_of
from admin.questionnaire_form import Values
from admin.views.questionnaires import PATH, SECTION, list_page, writer_of
from offices.datafiles import WHOLE_FILE, values_of
from offices.errors import DataError, DomainError
from storage import questionnaire_drafts
from storage.questionnaire_drafts import Draft
from surveys.drafting import read_draft
from surveys.items import ItemKind
from surveys.preview_tickets import Previews
from surveys.questionnaires import Questionnaire, Round
from surveys.toml_text import toml_of
from wording.ways_out import in_words

NOTHING = "blank"


@dataclass(frozen=True)
class Fault:
    """What is wrong at one place: the field of the form, "" for none, the place in the file, and the way out."""

    field: str
    place: str
    words: str


@dataclass(frozen=True)
class Conflict:
    """What somebody else wrote meanwhile: who, and the lines that differ (`-` theirs, `+` one's own)."""

    writer: str
    lines: Sequence[str]


@dataclass(frozen=True)
class DraftPage(Page):
    """A draft to edit.

    revision   the one that the next save replaces
    text       TOML: the one truth
    fields     what stands in the form; None when only the text shows everything
    faults     all that keeps it from being published
    preview    address at which it can be tried in the web chat for a while
    """

    draft: Draft
    writer: str
    revision: int
    text: str
    fields: Mapping[str, str] | None
    faults: Sequence[Fault]
    factors: Sequence[str]
    preview: str
    conflict: Conflict | None = None
    problem: str = ""
    kinds: Sequence[str] = tuple(kind.value for kind in ItemKind)
    rounds: Sequence[str] = tuple(each.value for each in Round)
    template: ClassVar[str] = "questionnaire_form.html"

    @property
    def path(self) -> str:
        """The address of the draft."""
        return f"{PATH}/drafts/{self.draft.id}"

    @property
    def places(self) -> range:
        """The numbers of the items."""
        return range(1, int((self.fields or {}).get(questionnaire_form.COUNT, "0")) + 1)

    @property
    def is_scale_faulty(self) -> bool:
        """Whether something of the scale is wrong."""
        return any(fault.field.startswith("scale_") for fault in self.faults)

    def at(self, field: str) -> str:
        """Give what is wrong in a field."""
        return " ".join(fault.words for fault in self.faults if fault.field == field)


@dataclass(frozen=True)
class TextPage(DraftPage):
    """The draft as TOML."""

    template: ClassVar[str] = "questionnaire_text.html"


async def begin(call: Call) -> web.StreamResponse:
    """Begin a draft: of the next version of what it is copied from, or of a code of its own."""
    chosen, code = call.form.text("base"), call.form.text("code")
    try:
        base = _base(call, chosen)
        wanted = code or (base.code if base else "")
        number = await call.write(
            lambda connection: questionnaire_drafts.begin(connection, wanted, base, call.me.id, call.now)
        )
    except DomainError as error:
        page = await list_page(call, words_of(error, call.words, call.reference), code)
        return call.refused(page, SECTION)
    return see_other(f"{PATH}/drafts/{number}", done="questionnaire_begin")


async def edit(call: Call) -> web.StreamResponse:
    """Show a draft in the form; one that the form does not show whole is shown as text."""
    page = await _page(call, DraftPage)
    return see_other(f"{page.path}/text") if page.fields is None else call.page(page, SECTION)


async def edit_text(call: Call) -> web.StreamResponse:
    """Show a draft as TOML."""
    return call.page(await _page(call, TextPage), SECTION)


async def save(call: Call) -> web.StreamResponse:
    """Keep what was typed into the form, with its faults; add, remove or move an item."""
    draft = await found_draft(call)
    values = questionnaire_form.values_with(_values(draft), call.form)
    changed, anchor = _stepped(values, call.form)
    return await _keep(call, draft, toml_of(changed), DraftPage, f"{PATH}/drafts/{draft.id}{anchor}")


async def save_text(call: Call) -> web.StreamResponse:
    """Keep what was typed as TOML, with its faults."""
    draft = await found_draft(call)
    text = call.form.text("text").replace("\r\n", "\n") + "\n"
    return await _keep(call, draft, text, TextPage, f"{PATH}/drafts/{draft.id}/text")


async def discard(call: Call) -> web.StreamResponse:
    """Throw a draft away."""
    number, revision = call.number("draft"), call.form.number("revision") or 0
    try:
        await call.write(
            lambda connection: questionnaire_drafts.discard(connection, number, revision, call.me.id, call.now)
        )
    except DomainError as error:
        page = await _page(call, DraftPage)
        return call.refused(replace(page, problem=words_of(error, call.words, call.reference)), SECTION)
    return see_other(PATH, done="questionnaire_discard")


async def found_draft(call: Call) -> Draft:
    """Find the draft that the address names; HTTPNotFound when there is none."""
    number = call.number("draft")
    try:
        return await call.read(lambda connection: questionnaire_drafts.by_id(connection, number))
    except DomainError:
        raise web.HTTPNotFound from None


def preview_of(call: Call, draft: Draft) -> str:
    """Return the address at which a draft can be tried in the web chat for a while."""
    return f"/preview/{Previews(call.context.token_key).ticket(draft.id, call.now)}"


def faults_of(call: Call, text: str, code: str) -> list[Fault]:
    """List all that keeps a draft from being published, in the reader's words."""
    try:
        read_draft(text, code, call.reference.questionnaires)
    except DataError as error:
        return [_fault(call, each) for each in error.each]
    return []


def _fault(call: Call, error: DataError) -> Fault:
    words = in_words(error.way_out, call.words.language)
    if error.place == WHOLE_FILE:
        words = f"{words} ({error.value})"
    return Fault(questionnaire_form.field_at(error.place), error.place, words)


async def _keep(call: Call, draft: Draft, text: str, kind: type[DraftPage], after: str) -> web.StreamResponse:
    revision = call.form.number("revision") or 0

    def change(connection: Connection) -> None:
        questionnaire_drafts.change(connection, draft.id, text, revision, call.me.id, call.now)

    try:
        await call.write(change)
    except DomainError as error:
        if error.key != "questionnaire_draft_changed":
            raise web.HTTPNotFound from None
        page = await _page(call, kind, text)
        return call.refused(replace(page, problem=words_of(error, call.words, call.reference)), SECTION)
    path, hash_, anchor = after.partition("#")
    return see_other(f"{path}?done=questionnaire_save{hash_}{anchor}")


async def _page(call: Call, kind: type[DraftPage], typed: str | None = None) -> DraftPage:
    """Make the page of a draft; `typed` is a text that could not be kept, for somebody else's came before it."""
    draft = await found_draft(call)
    writer = await call.read(lambda connection: writer_of(connection, draft))
    text = draft.text if typed is None else typed
    values = _values(replace(draft, text=text))
    fields = questionnaire_form.fields_of(values) if values and questionnaire_form.fits(values) else None
    conflict = None if typed is None else Conflict(writer, _lines(draft.text, typed))
    codes = [row.partition("|")[0].strip() for row in (fields or {}).get("factors", "").splitlines()]
    faults = faults_of(call, text, draft.code)
    return kind(draft, writer, draft.revision, text, fields, faults, codes, preview_of(call, draft), conflict)


def _values(draft: Draft) -> Values:
    """Read a draft's values; nothing when it is no TOML."""
    try:
        return values_of(draft.text, draft.code)
    except DataError:
        return {}


def _lines(theirs: str, own: str) -> list[str]:
    """List the lines that differ, those of somebody else with `-`, the own with `+`."""
    lines = difflib.unified_diff(theirs.splitlines(), own.splitlines(), lineterm="", n=1)
    return [line for line in lines if not line.startswith(("---", "+++"))]


_STEPS: Mapping[str, Callable[[Values, int], Values]] = {
    "up": lambda values, place: questionnaire_form.moved(values, place, -1),
    "down": lambda values, place: questionnaire_form.moved(values, place, 1),
    "remove": questionnaire_form.without,
}
_SHIFT = {"up": -1, "down": 1}


def _stepped(values: Values, form: Form) -> tuple[Values, str]:
    """Do what the pressed button says; give where on the page to go on."""
    step, _, number = form.text("step").partition("-")
    place = read_number(number)
    if step == "add":
        after, kind = form.number("add_after") or 0, form.text("add_kind")
        if kind in tuple(ItemKind):
            return questionnaire_form.with_item(values, after, kind), f"#item_{after + 1}"
    if step in _STEPS and place is not None:
        return _STEPS[step](values, place), f"#item_{max(place + _SHIFT.get(step, 0), 1)}"
    return values, ""


def _base(call: Call, chosen: str) -> Questionnaire | None:
    """Find the version that a new draft is to be a copy of; None for none. HTTPNotFound for one that is not there."""
    if chosen == NOTHING:
        return None
    code, _, version = chosen.partition(":")
    try:
        return call.reference.questionnaires.load(code, read_number(version) or 0)
    except DataError:
        raise web.HTTPNotFound from None
