"""The page of one petition: what it says, until when, why here, what happened, and what can be done now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

from aiohttp import web
from sqlalchemy import Connection

from admin.actions import ACTIONS, Action, Kind
from admin.calls import Call, see_other
from admin.forms import Form
from admin.pages import Page
from admin.problems import status_of, words_of
from admin.views import answer_files
from admin.views.answer_files import AnswerFiles, chosen, chosen_again, note_uploaded, refusal_of, settle
from offices.datafiles import Label
from offices.errors import DomainError
from offices.staff import Right, rights
from petitions.answering import LARGEST_FILE, MOST_FILES
from petitions.deadlines import Pace, Pause, Term, term_of
from petitions.errors import ChangedMeanwhileError, NotFoundError
from petitions.holding import HELD, why_held
from petitions.kinds import Subject
from petitions.lifecycle import Event
from petitions.model import File, HistoryEntry, IdentityChoice, Petition
from petitions.names import names, reasons
from storage import pages, petition_files, reveals
from storage.desks import petition_desk
from storage.facts import Ref
from storage.file_types import BY_ENDING
from storage.identity import Identity
from storage.pages import AnswerRating, Attachment
from storage.reference import Reference

SECTION = "petitions"
UNPROCESSABLE = 422

Options = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Offer:
    """An action that may be taken now, with what stands in its fields and, after a refusal, what was wrong.

    files  those that go with it unless they are left out
    """

    action: Action
    values: Mapping[str, str]
    problem: str = ""
    files: Sequence[File] = ()


@dataclass(frozen=True)
class Because:
    """Why the petition went to its unit, with the rule's source."""

    text: Label
    source: str


@dataclass(frozen=True)
class PetitionPage(Page):
    """One petition. Nothing on it says who sent it, unless `identity` was revealed on this very request."""

    petition: Petition
    unit: str
    term: Term
    is_late: bool
    because: Because
    history: Sequence[HistoryEntry]
    people: Mapping[int, str]
    files: Sequence[Attachment]
    lost_files: int
    answer_files: AnswerFiles
    step_files: Mapping[int, Sequence[File]]
    ratings: Sequence[AnswerRating]
    offers: Sequence[Offer]
    options: Mapping[Kind, Options]
    reference: Reference
    may_reveal: bool
    identity_choice: IdentityChoice
    days_taken: int
    identity: Identity | None = None
    identity_problem: str = ""
    identity_typed: Form = field(default_factory=Form)
    accept: ClassVar[str] = ",".join(kind.mime for kind in BY_ENDING.values())
    most_files: ClassVar[int] = MOST_FILES
    largest_file: ClassVar[int] = LARGEST_FILE // 1_000_000
    template: ClassVar[str] = "petition.html"

    def named(self, kind: str, code: str, language: str) -> str:
        """Name a unit, status, event and the like."""
        return self.reference.name_of(Ref(kind, code), language)


async def show(call: Call) -> web.StreamResponse:
    """Show a petition; one that is not there and one that is none of his business look the same."""
    return call.page(await call.read(lambda connection: read_page(call, connection)), SECTION)


async def take(call: Call) -> web.StreamResponse:
    """Take a step; afterwards the petition is shown again, or the queue when it has left one's hands."""
    code = call.part("code")
    action = ACTIONS.get(Event(call.part("event"))) if call.part("event") in set(Event) else None
    if action is None:
        raise web.HTTPNotFound

    def note(connection: Connection) -> None:
        note_uploaded(connection, call, petition_desk(connection, call.reference, call.now).see(code, call.me))

    def step(connection: Connection) -> bool:
        desk = petition_desk(connection, call.reference, call.now)
        petition = desk.see(code, call.me)
        files = chosen(connection, call, desk, petition) if action.takes_files else []
        action.take(desk, petition, call.me, replace(call.form, chosen=files))
        settle(connection, call, petition, files)
        return _still_sees(call, connection, code)

    if call.form.files:
        await call.write(note)
    if problem := refusal_of(call):
        return await _shown_again(call, action, problem)
    try:
        sees = await call.write(step)
    except DomainError as error:
        if status_of(error) != UNPROCESSABLE and error.key != "petition_unit_unknown":
            raise
        return await _shown_again(call, action, words_of(error, call.words, call.reference))
    return see_other(f"/admin/petitions/{code}" if sees else "/admin/petitions", done=f"step_{action.event}")


async def reveal(call: Call) -> web.StreamResponse:
    """Show who sent a petition: two officials together, with a reason that is written down."""
    form, second = call.form, call.form.text("second")
    witness = await reveals.witness(call.context.database, second, form.raw("password_second"), call.me, call.now)

    def look(connection: Connection) -> PetitionPage:
        page = replace(read_page(call, connection), identity_typed=form)
        if not page.may_reveal:
            raise NotFoundError
        if isinstance(witness, DomainError):
            return replace(page, identity_problem=words_of(witness, call.words, call.reference))
        if not form.text("reason"):
            return replace(page, identity_problem=call.words.t("petition.identity_needs_reason"))
        petition_desk(connection, call.reference, call.now).see(page.petition.code, witness)
        told = reveals.reveal(
            connection, page.petition, by=call.me, witness=witness, reason=form.text("reason"), now=call.now
        )
        return replace(page, identity=told)

    page = await call.write(look)
    return call.refused(page, SECTION) if page.identity_problem else call.page(page, SECTION)


def read_page(call: Call, connection: Connection) -> PetitionPage:
    """Read everything that the page shows; NotFoundError for what the official must not see."""
    reference = call.reference
    desk = petition_desk(connection, reference, call.now)
    petition = desk.see(call.part("code"), call.me)
    with_answer = answer_files.read(connection, desk, petition)
    history = desk.history(petition.code, call.me)
    choice = reveals.choice_of(connection, petition)
    return PetitionPage(
        petition=petition,
        unit=call.words.name(reference.directory.unit(petition.unit).name),
        term=term_now(petition, reference, call.now),
        is_late=petition.is_late(call.now),
        because=because_of(petition, reference),
        history=history,
        people=pages.names_of_staff(connection, [each.staff_id for each in history if each.staff_id is not None]),
        files=pages.files_of(connection, petition.id),
        lost_files=petition_files.lost(connection, petition.code),
        answer_files=with_answer,
        step_files=pages.draft_files_of(connection, petition.id),
        ratings=pages.answer_ratings_of(connection, petition.id),
        offers=[
            _offer(ACTIONS[event], petition, with_answer.files)
            for event in ACTIONS
            if event in desk.possible(petition.code, call.me)
        ],
        options=_options(call),
        reference=reference,
        identity_choice=choice,
        days_taken=petition.working_days_taken(reference.calendar, call.now),
        may_reveal=choice is IdentityChoice.SHOWN_TO_COORDINATOR and Right.REVEAL_IDENTITY in rights(call.me),
    )


def term_now(petition: Petition, reference: Reference, now: datetime) -> Term:
    """Count the term of the present leg as it stands: a pause that still runs is counted up to now."""
    rules, leg = reference.rules.deadlines, petition.leg
    rule = next((rule for rule in rules if rule.id == leg.rule_id), rules[-1])
    pauses = [Pause(pause.opened_at, pause.closed_at or now) for pause in leg.pauses]
    return term_of(rule, leg.started_at, reference.calendar, pauses, extended=leg.extended)


def because_of(petition: Petition, reference: Reference) -> Because:
    """Say why the petition first went where it did; a rule that is gone meanwhile is named by its code."""
    routing = reference.rules.routing
    if petition.route_rule == HELD:
        return Because(why_held().because, why_held().source)
    rule = next((rule for rule in routing.rules if rule.id == petition.route_rule), None)
    if rule:
        return Because(rule.because, rule.source)
    if petition.route_rule:
        return Because(Label(petition.route_rule, petition.route_rule), "")
    ground = routing.conduct if petition.kept_from else routing.otherwise
    return Because(ground.because, ground.source)


def _offer(action: Action, petition: Petition, files: Sequence[File]) -> Offer:
    values = {each.name: each.filled(petition) for each in action.inputs}
    return Offer(action, values, files=files if action.takes_files else ())


async def _shown_again(call: Call, action: Action, problem: str) -> web.Response:
    """Show the page with the refused form open: what was typed in its fields, what is wrong above them.

    Raises ChangedMeanwhileError when the step is not offered any more: then the form is not on the page.
    """
    page = await call.read(lambda connection: read_page(call, connection))
    if all(offer.action is not action for offer in page.offers):
        raise ChangedMeanwhileError(page.petition.code)
    files = await chosen_again(call) if action.takes_files else ()
    offers = [_refused(offer, call.form, problem, files) if offer.action is action else offer for offer in page.offers]
    return call.refused(replace(page, offers=offers), SECTION)


def _refused(offer: Offer, form: Form, problem: str, files: Sequence[File]) -> Offer:
    values = {each.name: form.text(each.name) for each in offer.action.inputs}
    return replace(offer, values=values, problem=problem, files=files)


def _still_sees(call: Call, connection: Connection, code: str) -> bool:
    try:
        petition_desk(connection, call.reference, call.now).see(code, call.me)
    except NotFoundError:
        return False
    return True


def _options(call: Call) -> Mapping[Kind, Options]:
    """List what can be chosen in each kind of field."""
    name, language = call.words.name, call.words.language
    units = [(unit.code, name(unit.name)) for unit in call.reference.directory.on(call.today)]
    fields = [(each.code, name(each.name)) for each in call.reference.fields]
    nothing = ("", call.words.t("petition.unknown"))
    return {
        Kind.UNIT: [("", call.words.t("petition.choose")), *units],
        Kind.OPTIONAL_UNIT: [nothing, *units],
        Kind.FIELD: [nothing, *fields],
        Kind.SUBJECT: [(code, label[language]) for code, label in names("subject").items() if code in set(Subject)],
        Kind.PACE: [(pace.value, call.words.t(f"pace.{pace.value}")) for pace in Pace],
        Kind.REASON: [
            ("", call.words.t("petition.choose")),
            *((each.code, name(each.name)) for each in reasons().values()),
        ],
    }
