"""Ratings with signs: why each should be looked at, what people decided, and the figures in three ways."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import Connection

from admin.alarms import CHANNEL_NAMES
from admin.calls import Call, see_other
from admin.forms import Form, read_number
from admin.pages import Page
from admin.paging import Paging, paging_of
from admin.periods import CUSTOM, Choice, Chosen, chosen_by, offered
from admin.problems import words_of
from admin.reports.masking import masked
from admin.scopes import ChosenUnits, units_chosen
from admin.views.dashboard import ITEM, SERIES
from offices.errors import DomainError
from storage import figures, flagged_ratings, kept_checks, rating_reviews
from storage.figures import Figures, Scope
from storage.flagged_ratings import Filter, Listed, State
from storage.kept_checks import KeptCheck
from storage.rating_facts import stored
from storage.rating_reviews import Decision, Left, Verdict
from surveys.integrity_rules import Detector, load_rules
from surveys.scoring import MINIMUM_N, Score, Tally, item_score

SECTION = "integrity"
PATH = "/admin/integrity"
ROWS = 25


@dataclass(frozen=True)
class ThreeWays:
    """One figure: over all ratings, without the suspect ones, and as people decided."""

    name: str
    every: Score
    without: Score
    decided: Score

    @property
    def suspect(self) -> int:
        """How many respondents the second figure leaves out."""
        return self.every.n - self.without.n


@dataclass(frozen=True)
class Told:
    """One sign in words, with its weight and why it is one."""

    name: str
    says: str
    because: str
    points: int


@dataclass(frozen=True)
class Row:
    """One rating to look at; `comment` has what could lead to a person masked.

    answers  question and answer in words, as they were asked
    """

    listed: Listed
    unit: str
    answers: Sequence[tuple[str, str]]
    signs: Sequence[Told]
    comment: str


@dataclass(frozen=True)
class SignCount:
    """How many ratings show a sign; None where its facts are not stored."""

    detector: Detector
    name: str
    number: int | None


@dataclass(frozen=True)
class IntegrityPage(Page):
    """The figures, the signs, and the ratings of the filter; `typed` is a decision that was refused."""

    chosen: Chosen
    periods: Sequence[Choice]
    where: ChosenUnits
    filter: Filter
    check: KeptCheck | None
    waiting: int
    lines: Sequence[ThreeWays]
    signs: Sequence[SignCount]
    rows: Sequence[Row]
    paging: Paging
    query: str
    typed: Form
    problem: str = ""
    custom: str = CUSTOM
    states: Sequence[State] = tuple(State)
    decisions: Sequence[Decision] = tuple(Decision)
    minimum: int = MINIMUM_N
    channels: ClassVar[Mapping[str, str]] = CHANNEL_NAMES
    template: ClassVar[str] = "integrity.html"

    def at(self, number: int) -> str:
        """Give the address of another page of the list."""
        return f"{PATH}?{self.query}&page={number}#list"


async def show(call: Call) -> web.StreamResponse:
    """Show what the newest check found in the period."""
    return call.page(await call.read(lambda connection: _page(call, connection)), SECTION)


async def ask(call: Call) -> web.StreamResponse:
    """Ask for a check of the period; a worker does it."""
    chosen = chosen_by(call)
    await call.write(
        lambda connection: kept_checks.want(connection, chosen.period, now=call.now, actor=call.actor),
    )
    return see_other(PATH, **_asked(call), done="check_wanted")


async def decide(call: Call) -> web.StreamResponse:
    """Keep a decision about the ticked ratings, or about all of the filter."""
    form = call.form
    try:
        await call.write(lambda connection: _decide(connection, call))
    except DomainError as error:
        problem = words_of(error, call.words, call.reference)
        page = await call.read(lambda connection: _page(call, connection, form, problem))
        return call.refused(page, SECTION)
    return see_other(PATH, **_asked(call), done="ratings_reviewed")


def _decide(connection: Connection, call: Call) -> None:
    form, chosen = call.form, _filter(call, chosen_by(call))
    if form.text("decision") not in set(Decision):
        raise DomainError("choice_wrong")
    ticked = [number for typed in form.texts("ratings") if (number := read_number(typed)) is not None]
    ratings = flagged_ratings.numbers(connection, chosen) if form.text("all") else ticked
    verdict = Verdict(ratings, Decision(form.text("decision")), form.text("reason"))
    rating_reviews.decide(connection, verdict, staff_id=call.me.id, now=call.now)


def _filter(call: Call, chosen: Chosen) -> Filter:
    state = call.query("state")
    sign = call.query("sign")
    return Filter(
        chosen.period,
        units_chosen(call, chosen.period).of.units,
        sign if sign in load_rules().detectors else "",
        State(state) if state in set(State) else State.OPEN,
    )


def _asked(call: Call) -> dict[str, str]:
    """Give what the address asks for, without the page and the note of what was done."""
    return {name: value for name, value in call.request.query.items() if name not in ("page", "done")}


def _page(call: Call, connection: Connection, typed: Form | None = None, problem: str = "") -> IntegrityPage:
    chosen = chosen_by(call)
    where, listed = units_chosen(call, chosen.period), _filter(call, chosen)
    paging = paging_of(call.query("page"), flagged_ratings.matching(connection, listed), ROWS)
    found = flagged_ratings.listed(connection, listed, offset=(paging.number - 1) * ROWS, limit=ROWS)
    return IntegrityPage(
        chosen=chosen,
        periods=offered(call, chosen),
        where=where,
        filter=listed,
        check=kept_checks.latest(connection, chosen.period),
        waiting=kept_checks.waiting(connection),
        lines=_lines(call, connection, Scope(chosen.period, where.of.units)),
        signs=_signs(call, connection, listed),
        rows=[_row(call, each) for each in found],
        paging=paging,
        query=urlencode(_asked(call)),
        typed=typed or Form(),
        problem=problem,
    )


def _lines(call: Call, connection: Connection, scope: Scope) -> list[ThreeWays]:
    """Give the figure of all units together, then of each unit with suspect or doubtful ratings."""
    every = {unit: _tally(each) for unit, each in figures.by_unit(connection, SERIES, scope).items()}
    suspect, decided = (rating_reviews.left_out(connection, SERIES, ITEM, scope, left) for left in Left)
    together = _three(call.words.t("integrity.together"), _sum(every), _sum(suspect), _sum(decided))
    return [
        together,
        *(
            _three(_name(call, unit), every[unit], suspect.get(unit, Tally()), decided.get(unit, Tally()))
            for unit in sorted(every)
            if unit in suspect or unit in decided
        ),
    ]


def _tally(found: Figures) -> Tally:
    return found.counts.tally(ITEM)


def _sum(tallies: Mapping[str, Tally]) -> Tally:
    return sum(tallies.values(), Tally())


def _three(name: str, every: Tally, suspect: Tally, decided: Tally) -> ThreeWays:
    return ThreeWays(name, item_score(every), item_score(every - suspect), item_score(every - decided))


def _signs(call: Call, connection: Connection, listed: Filter) -> list[SignCount]:
    numbers = flagged_ratings.by_detector(connection, listed.period, listed.units)
    there = stored(connection)
    return [
        SignCount(each, call.words.name(each.name), numbers.get(code, 0) if set(each.needs) <= there else None)
        for code, each in load_rules().detectors.items()
    ]


def _row(call: Call, listed: Listed) -> Row:
    rules, words = load_rules(), call.words
    signs = [
        Told(words.name(each.name), each.tell(sign.value, sign.limit, sign.together, words.language),
             words.name(each.because), each.points)
        for sign in listed.signs
        if (each := rules.detectors.get(sign.detector)) is not None
    ]  # fmt: skip
    return Row(listed, _name(call, listed.unit), _answers(call, listed), signs, masked(listed.comment))


def _answers(call: Call, listed: Listed) -> list[tuple[str, str]]:
    words, asked = call.words, call.reference.questionnaires.load(listed.questionnaire, listed.version)
    return [
        (words.name(item.prompt), next((words.name(each.label) for each in item.choices if each.code == given), given))
        for item in asked.items
        if (given := listed.scores.get(item.code)) is not None
    ]


def _name(call: Call, code: str) -> str:
    directory = call.reference.directory
    return call.words.name(directory.unit(code).name) if code in directory else code
