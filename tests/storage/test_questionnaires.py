"""Questionnaires of the authority's own: every process learns of one, answers keep the version they were given to."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, func, update

from offices.datafiles import Label
from offices.errors import DataError, DomainError
from offices.staff import Role
from storage import questionnaire_drafts as drafts
from storage import questionnaires, recount
from storage.database import Database
from storage.figures import Scope, figures, headlines
from storage.petition_figures import timeliness
from storage.plan_report import Measuring, TargetRow, plan_report
from storage.ratings import Ratings
from storage.reference import ReferenceHolder
from storage.tables.questionnaires import questionnaire_version
from surveys.definition_text import written
from surveys.desk import RatingDesk
from surveys.items import AnswerValue
from surveys.periods import Period
from surveys.publishing import digest
from surveys.registry import packaged
from surveys.targets import Verdict
from tests.storage.officials import NOW, actions, add_official, install
from tests.storage.ratings_world import VISIT, add_person, noon, rate

TODAY = date(2026, 3, 2)
QUICK = packaged().load("quick")
OTHER = "Ông/Bà thấy việc phục vụ hôm nay thế nào?"
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31), Label("2026", "2026"))


def begin(connection: Connection) -> int:
    """Install the commune, begin a draft of quick with another prompt and without reasons; return its number."""
    install(connection)
    official = add_official(connection, "quantri", Role.ADMIN).id
    number = drafts.begin(connection, "quick", QUICK, official, NOW)
    text = drafts.by_id(connection, number).text
    start, end = text.index('[[items]]\ncode = "reason"'), text.index('[[items]]\ncode = "comment"')
    changed = (text[:start] + text[end:]).replace(QUICK.items[0].prompt.vi, OTHER)
    drafts.change(connection, number, changed, 1, official, NOW)
    return number


async def published(database: Database, first_day: date = TODAY) -> None:
    def publish(connection: Connection) -> None:
        drafts.publish(connection, begin(connection), 2, first_day, 1, NOW)

    await database.write(publish)


async def test_a_published_version_is_known_to_every_process_and_is_asked_from_its_day_on(database: Database) -> None:
    holder = ReferenceHolder()
    number = await database.write(begin)
    before = (await database.read(holder.refresh)).questionnaires
    await database.write(lambda connection: drafts.publish(connection, number, 2, TODAY + timedelta(days=1), 1, NOW))
    known = (await database.read(holder.refresh)).questionnaires
    assert before.versions() == packaged().versions()
    assert known.in_force("quick", TODAY) is QUICK
    asked = known.in_force("quick", TODAY + timedelta(days=1))
    assert asked is not None
    assert (asked.version, asked.items[0].prompt.vi, len(asked.items)) == (2, OTHER, 2)
    assert await database.read(lambda connection: questionnaires.load(connection, "quick", 2)) is asked
    assert await database.read(drafts.every) == []
    steps = ["questionnaire.begin", "questionnaire.change", "questionnaire.publish"]
    assert (await database.read(actions))[-3:] == steps


async def test_a_rating_ends_with_the_version_it_began_with_and_figures_name_both(database: Database) -> None:
    def desk(connection: Connection) -> RatingDesk:
        return RatingDesk(Ratings(connection), lambda: noon(TODAY), questionnaires.known(connection))

    person, other = [await database.write(add_person) for _ in range(2)]
    number = await database.write(lambda connection: desk(connection).begin(person, VISIT, "quick", "terminal"))
    await published(database)

    def finish(connection: Connection) -> None:
        desk(connection).answer(number, "overall", 2)
        desk(connection).answer(number, "reason", "waiting")
        desk(connection).finish(number)
        second = desk(connection).begin(other, VISIT, "quick", "terminal")
        desk(connection).answer(second, "overall", 5)
        with pytest.raises(DomainError, match="item_not_asked"):
            desk(connection).answer(second, "reason", "waiting")

    await database.write(finish)
    card = await database.read(lambda connection: figures(connection, "quick", Scope(YEAR)))
    assert card.versions == (1, 2)
    assert card.counts.score("overall").n == 2
    assert card.counts.questionnaire.version == 2
    assert (await database.read(recount.compare)).is_equal


async def test_figures_are_read_by_the_version_that_was_answered_not_by_one_yet_to_come(database: Database) -> None:
    await published(database, TODAY + timedelta(days=30))

    def rate(connection: Connection) -> None:
        desk = RatingDesk(Ratings(connection), lambda: noon(TODAY), questionnaires.known(connection))
        number = desk.begin(add_person(connection), VISIT, "quick", "terminal")
        desk.answer(number, "overall", 1)
        desk.answer(number, "reason", "waiting")

    await database.write(rate)
    card = await database.read(lambda connection: figures(connection, "quick", Scope(YEAR)))
    assert card.counts.choices("reason")["waiting"] == 1


async def twelve_and_one(database: Database, answered: dict[str, AnswerValue | None]) -> None:
    """Twelve answer by the first version, two of them what the second still scores; one opens the second."""

    def fill(connection: Connection) -> None:
        install(connection)
        for number in range(12):
            answers: dict[str, AnswerValue | None] = {"a1": 5, **({"c1": 5} if number < 2 else {})}
            rate(connection, questionnaire="sipas", answers=answers, at=noon(date(2026, 2, 1)))
        official = add_official(connection, "quantri", Role.ADMIN).id
        sipas = packaged().load("sipas")
        others = tuple(item for item in sipas.items if not item.code.startswith("a"))
        text = written(replace(sipas, items=(replace(sipas.item("a1"), code="n1"), *others)))
        number = drafts.keep(connection, "sipas", text, official, NOW)
        drafts.publish(connection, number, 1, TODAY, official, NOW)
        rate(connection, questionnaire="sipas", answers=answered, at=noon(date(2026, 5, 1)))

    await database.write(fill)


async def sipas_of(database: Database) -> TargetRow:
    measuring = Measuring(YEAR, noon(date(2026, 12, 31)), timeliness)
    rows = await database.read(lambda connection: plan_report(connection, "TH24", measuring))
    return next(row for row in rows if row.target.id == "TH24-SIPAS")


@pytest.mark.parametrize("answered", [{"n1": 1, "c1": 4}, {"n1": 1}])
async def test_people_of_a_version_with_other_items_are_behind_no_figure_of_these(
    database: Database, answered: dict[str, AnswerValue | None]
) -> None:
    await twelve_and_one(database, answered)
    found = (await database.read(lambda connection: figures(connection, "sipas", Scope(YEAR)))).counts
    assert (found.pooled().n, found.pooled().answers) == (3, 2 + len(answered))
    assert found.factor("access").n == 1
    assert (found.pooled().share, found.mean_of_factors().share) == (None, None)
    assert (await sipas_of(database)).judgement.verdict is Verdict.TOO_FEW


async def test_a_version_that_was_only_opened_takes_no_figures_over(database: Database) -> None:
    await twelve_and_one(database, {})
    found = await database.read(lambda connection: figures(connection, "sipas", Scope(YEAR)))
    assert (found.versions, found.counts.questionnaire.version, found.counts.pooled().n) == ((1,), 1, 12)
    assert found.counts.ratings() == {"open": 13}
    kept = await database.read(lambda connection: headlines(connection, "sipas", Scope(YEAR)))
    assert (kept.versions, kept.questionnaire.version) == ((1,), 1)
    assert kept.score().share == 1
    assert (await sipas_of(database)).measured.versions == (1,)


async def test_of_two_editors_the_second_is_told_and_nothing_of_the_first_is_lost(database: Database) -> None:
    number = await database.write(begin)
    late: list[Callable[[Connection], object]] = [
        lambda connection: drafts.change(connection, number, "code = 1", 1, 1, NOW),
        lambda connection: drafts.discard(connection, number, 1, 1, NOW),
        lambda connection: drafts.publish(connection, number, 1, TODAY, 1, NOW),
    ]
    for step in late:
        with pytest.raises(DomainError, match="questionnaire_draft_changed"):
            await database.write(step)
    kept = await database.read(lambda connection: drafts.by_id(connection, number))
    assert (kept.revision, OTHER in kept.text) == (2, True)
    await database.write(lambda connection: drafts.discard(connection, number, 2, 1, NOW))
    with pytest.raises(DomainError, match="questionnaire_draft_missing"):
        await database.read(lambda connection: drafts.by_id(connection, number))


async def test_two_who_publish_at_once_make_two_versions_or_one_is_refused(database: Database) -> None:
    first = await database.write(begin)
    text = (await database.read(lambda connection: drafts.by_id(connection, first))).text
    second = await database.write(lambda connection: drafts.keep(connection, "quick", text, 1, NOW))

    async def publish(number: int, revision: int) -> None:
        await database.write(lambda connection: drafts.publish(connection, number, revision, TODAY, 1, NOW))

    done = await asyncio.gather(publish(first, 2), publish(second, 1), return_exceptions=True)
    refused = [each for each in done if isinstance(each, DomainError)]
    assert [each.key for each in refused] == ["questionnaire_day_unfit"]
    assert [row.version for row in await database.read(questionnaires.published)] == [2]


async def test_a_version_that_was_altered_in_the_database_is_found_and_not_asked(database: Database) -> None:
    await published(database)
    assert await database.read(questionnaires.faults) == []
    worse = func.replace(questionnaire_version.c.text, "hôm nay", "hôm qua")
    altering = update(questionnaire_version).values(text=worse)
    await database.write(lambda connection: connection.execute(altering))
    known = await database.read(questionnaires.known)
    assert known.altered == {("quick", 2)}
    assert await database.read(questionnaires.faults) == [("quick", 2)]
    assert known.in_force("quick", TODAY) is QUICK
    with pytest.raises(DataError, match="not the one that was published"):
        await database.read(lambda connection: questionnaires.load(connection, "quick", 2))


@pytest.mark.parametrize(
    ("is_measured", "expected"),
    [(True, (Verdict.NO_DATA, "other_questions")), (False, (Verdict.MET, "interval_reaches"))],
)
async def test_a_trend_over_a_version_that_breaks_the_series_has_no_verdict(
    database: Database, *, is_measured: bool, expected: tuple[Verdict, str]
) -> None:
    dropped = "b1" if is_measured else "comment"

    def fill(connection: Connection) -> None:
        install(connection)
        official = add_official(connection, "quantri", Role.ADMIN).id
        sipas = packaged().load("sipas")
        text = written(replace(sipas, items=tuple(item for item in sipas.items if item.code != dropped)))
        number = drafts.keep(connection, "sipas", text, official, NOW)
        drafts.publish(connection, number, 1, TODAY, official, NOW)
        for day, score in ((date(2023, 5, 1), 3), (date(2026, 5, 1), 5)):
            answers: dict[str, AnswerValue | None] = {"a1": score, "c1": score}
            for _ in range(12):
                rate(connection, questionnaire="sipas", answers=answers, at=noon(day))

    await database.write(fill)
    measuring = Measuring(YEAR, noon(date(2026, 12, 31)), timeliness)
    rows = await database.read(lambda connection: plan_report(connection, "TP24", measuring))
    judgement = next(row.judgement for row in rows if row.target.id == "TP24-SAT-TREND")
    assert (judgement.verdict, judgement.reason) == expected


async def test_a_version_with_another_digest_or_without_its_row_is_not_what_the_audit_trail_says(
    database: Database,
) -> None:
    await published(database)
    made = await database.read(lambda connection: questionnaires.load(connection, "quick", 2))
    other = replace(made, title=Label("Khác", "Else"))
    forged = update(questionnaire_version).values(text=written(other), sha256=digest(other))
    await database.write(lambda connection: connection.execute(forged))
    assert (await database.read(questionnaires.known)).altered == frozenset()
    assert await database.read(questionnaires.faults) == [("quick", 2)]
    await database.write(lambda connection: connection.execute(questionnaire_version.delete()))
    assert await database.read(questionnaires.faults) == [("quick", 2)]
