"""Questionnaires: which there are and when they are asked, one version to read, two versions beside each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from aiohttp import web
from sqlalchemy import Connection

from admin.calls import Call, see_other
from admin.pages import Page
from admin.problems import words_of
from offices.errors import DataError, DomainError
from offices.staff import Right, rights
from storage import questionnaire_drafts, questionnaires, staff
from storage import questionnaire_withdrawals as withdrawals
from storage.questionnaire_drafts import Draft
from storage.questionnaires import Published
from surveys.publishing import digest
from surveys.questionnaires import About, Questionnaire
from surveys.registry import Days, Questionnaires
from surveys.revision import Revision, Series, compare, effect_on_series

SECTION = "questionnaires"
PATH = "/admin/questionnaires"


@dataclass(frozen=True)
class Line:
    """One version; `days` on which it is the one asked, None for never."""

    asked: Questionnaire
    days: Days | None
    is_own: bool
    is_now: bool

    @property
    def reference(self) -> str:
        """How addresses and forms name it: `quick:1`."""
        return f"{self.asked.code}:{self.asked.version}"


@dataclass(frozen=True)
class DraftLine:
    """One draft and who changed it last."""

    draft: Draft
    writer: str


@dataclass(frozen=True)
class ListPage(Page):
    """All versions by code, and the drafts; `code` is what was typed for a new one when it was refused."""

    groups: Mapping[str, Sequence[Line]]
    altered: Sequence[tuple[str, int]]
    drafts: Sequence[DraftLine]
    may_edit: bool
    problem: str = ""
    code: str = ""
    template: ClassVar[str] = "questionnaires.html"


@dataclass(frozen=True)
class VersionPage(Page):
    """One version; `published` when the authority made it, `publisher` who did.

    withdrawn_from  first day on which it is asked no more, where it was taken back
    """

    line: Line
    published: Published | None
    publisher: str
    sha256: str
    others: Sequence[str]
    may_edit: bool
    withdrawn_from: date | None
    may_withdraw: bool
    today: date
    problem: str = ""
    template: ClassVar[str] = "questionnaire.html"


@dataclass(frozen=True)
class ComparePage(Page):
    """Two versions; the revision is None until two are chosen."""

    offered: Sequence[Line]
    before: Questionnaire
    after: Questionnaire
    revision: Revision
    series: Series
    because: Sequence[str]
    template: ClassVar[str] = "questionnaire_diff.html"


async def show_all(call: Call) -> web.StreamResponse:
    """List the questionnaires."""
    return call.page(await list_page(call), SECTION)


async def show(call: Call) -> web.StreamResponse:
    """Show one version."""
    return call.page(await _version_page(call), SECTION)


async def withdraw(call: Call) -> web.StreamResponse:
    """Take a version back from a day on, once it is confirmed."""
    found = _version(call.reference.questionnaires, f"{call.part('code')}:{call.part('version')}")
    first_day = call.form.day("first_day")
    try:
        if first_day is None or call.form.text("sure") != "yes":
            return call.refused(await _version_page(call, call.words.t("questionnaires.withdraw_confirm")), SECTION)
        key = (found.code, found.version)
        await call.write(lambda connection: withdrawals.withdraw(connection, key, first_day, call.me.id, call.now))
    except DomainError as error:
        return call.refused(await _version_page(call, words_of(error, call.words, call.reference)), SECTION)
    return see_other(f"{PATH}/{found.code}/{found.version}", done="questionnaire_withdraw")


async def _version_page(call: Call, problem: str = "") -> VersionPage:
    found = _version(call.reference.questionnaires, f"{call.part('code')}:{call.part('version')}")
    known = call.reference.questionnaires

    def look(connection: Connection) -> VersionPage:
        own = {(each.code, each.version): each for each in questionnaires.published(connection)}
        stored = own.get((found.code, found.version))
        return VersionPage(
            line=_line(call, found),
            published=stored,
            publisher=staff.by_id(connection, stored.published_by).name if stored else "",
            sha256=digest(found),
            others=[
                f"{each.code}:{each.version}"
                for each in known.versions()
                if each.code == found.code and each is not found
            ],
            may_edit=may_edit(call),
            withdrawn_from=known.withdrawn.get((found.code, found.version)),
            may_withdraw=_may_withdraw(call, found),
            today=call.today,
            problem=problem,
        )

    return await call.read(look)


def _may_withdraw(call: Call, found: Questionnaire) -> bool:
    """Whether the reader may take a version back that is still asked or will be."""
    known = call.reference.questionnaires
    days, is_taken_back = known.days_of(found), (found.code, found.version) in known.withdrawn
    is_over = days is None or (days.last is not None and days.last < call.today)
    return may_edit(call) and found.about is About.VISIT and not is_taken_back and not is_over


async def show_difference(call: Call) -> web.StreamResponse:
    """Show two versions beside each other."""
    known = call.reference.questionnaires
    before, after = _version(known, call.query("before")), _version(known, call.query("after"))
    series, because = effect_on_series(before, after)
    offered = [_line(call, each) for each in known.versions()]
    return call.page(ComparePage(offered, before, after, compare(before, after), series, because), SECTION)


async def list_page(call: Call, problem: str = "", code: str = "") -> ListPage:
    """Make the list, with a form that was refused."""
    known = call.reference.questionnaires
    groups: dict[str, list[Line]] = {}
    for each in known.versions():
        groups.setdefault(each.code, []).insert(0, _line(call, each))

    def drafts(connection: Connection) -> list[DraftLine]:
        return [DraftLine(each, writer_of(connection, each)) for each in questionnaire_drafts.every(connection)]

    return ListPage(groups, sorted(known.altered), await call.read(drafts), may_edit(call), problem, code)


def writer_of(connection: Connection, draft: Draft) -> str:
    """Name who changed a draft last; nothing for the command line."""
    return staff.by_id(connection, draft.written_by).name if draft.written_by else ""


def may_edit(call: Call) -> bool:
    """Whether the reader may write questionnaires."""
    return Right.MANAGE_SURVEYS in rights(call.me)


def _line(call: Call, asked: Questionnaire) -> Line:
    known = call.reference.questionnaires
    is_now = known.in_force(asked.code, call.today) is asked
    return Line(asked, known.days_of(asked), known.is_own(asked), is_now)


def _version(known: Questionnaires, reference: str) -> Questionnaire:
    """Find the version that an address names; HTTPNotFound when there is none."""
    code, _, version = reference.partition(":")
    if not (version.isascii() and version.isdecimal()):
        raise web.HTTPNotFound
    try:
        return known.load(code, int(version))
    except DataError:
        raise web.HTTPNotFound from None
