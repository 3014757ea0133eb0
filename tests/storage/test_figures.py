"""Figures are what a recount of the raw rows gives, and a plan report says all that belongs to a figure."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import partial
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Date, bindparam, create_engine, text, update

from offices.datafiles import Label
from offices.succession import apply, rename
from offices.units import Directory, Tier, Unit, UnitKind
from offices.worktime import LOCAL
from storage import petition_figures
from storage.database import Database
from storage.figures import (
    By,
    Scope,
    by_unit,
    figures,
    headlines,
    headlines_by,
    headlines_by_month,
    headlines_by_unit,
)
from storage.plan_report import Measuring, plan_report, subtree
from storage.recount import compare, pieces, rebuild
from storage.stretches import stretches
from storage.tables import metadata
from storage.tables.ratings import tally
from storage.tally_rows import Grain
from surveys.desk import AlreadyRatedError, RatingIncompleteError
from surveys.items import AnswerValue, Item, ItemKind
from surveys.periods import Period, month_period, year_period
from surveys.registry import packaged
from surveys.targets import Verdict
from surveys.visits import Access, Service, Visit
from tests.offices.builders import DECISION
from tests.storage.ratings_world import VISIT, add_person, desk_at, noon, rate

NOVEMBER = Scope(month_period(2026, 11))
DAYS = st.dates(date(2023, 11, 1), date(2025, 2, 28))

LABEL = Label("kỳ", "period")


def many(connection: Connection, good: int, bad: int, visit: Visit = VISIT, day: date = date(2026, 11, 21)) -> None:
    for number in range(good + bad):
        rate(connection, visit=visit, answers={"overall": 5 if number < good else 1}, at=noon(day))


async def test_a_card_says_its_share_its_n_its_reasons_and_its_versions(database: Database) -> None:
    def fill(connection: Connection) -> None:
        many(connection, 18, 1, replace(VISIT, verified=True))
        rate(connection, answers={"overall": 2, "reason": "cost"})

    await database.write(fill)
    card = await database.read(lambda conn: figures(conn, "quick", NOVEMBER))
    score = card.counts.score("overall")
    assert (score.share, score.n) == (Fraction(18, 20), 20)
    assert {access: counts.score("overall").n for access, counts in card.apart.items()} == {
        Access.VERIFIED: 19, Access.OPEN: 1, Access.ASSISTED: 0,
    }  # fmt: skip
    assert card.counts.choices("reason")["cost"] == 1
    assert card.counts.ratings() == {"open": 20}
    assert card.versions == (1,)


async def test_scopes_choose_units_fields_services_access_and_days(database: Database) -> None:
    def fill(connection: Connection) -> None:
        many(connection, 10, 0)
        many(connection, 0, 11, replace(VISIT, unit="CA", field=None))
        many(connection, 12, 0, replace(VISIT, service=Service.AGENCY, verified=True), date(2026, 12, 1))

    await database.write(fill)
    everything = Scope(year_period(2026))
    scopes = {
        33: everything,
        21: NOVEMBER,
        22: replace(everything, units=frozenset({"VP"})),
        11: replace(everything, units=frozenset({"CA"})),
        0: replace(everything, units=frozenset()),
        12: replace(everything, access=Access.VERIFIED),
        10: replace(everything, fields=("land",), access=Access.OPEN),
    }
    for n, scope in scopes.items():
        found = await database.read(partial(figures, questionnaire="quick", scope=scope))
        assert found.counts.score("overall").n == n
    of_agency = await database.read(
        lambda conn: figures(conn, "quick", replace(everything, services=(Service.AGENCY,)))
    )
    assert of_agency.counts.score("overall").n == 12


async def test_ranking_fields_and_months_are_the_same_counts_in_parts(database: Database) -> None:
    def fill(connection: Connection) -> None:
        many(connection, 3, 1, day=date(2026, 10, 30))
        many(connection, 2, 0, replace(VISIT, unit="CA", field=None), date(2026, 11, 2))
        many(connection, 1, 0, replace(VISIT, level=Tier.COMMUNE), date(2026, 12, 5))

    await database.write(fill)
    scope = Scope(Period(date(2026, 10, 15), date(2026, 12, 5), LABEL))
    units = await database.read(lambda conn: by_unit(conn, "quick", scope))
    ranked = await database.read(lambda conn: headlines_by_unit(conn, "quick", scope))
    strata = await database.read(lambda conn: headlines_by(conn, "quick", scope, By.UNIT, By.FIELD, By.LEVEL))
    months = await database.read(lambda conn: headlines_by_month(conn, "quick", scope))
    assert {unit: found.counts.score("overall").n for unit, found in units.items()} == {"VP": 5, "CA": 2}
    assert {unit: found.total.respondents for unit, found in ranked.items()} == {"VP": 5, "CA": 2}
    assert {stratum: found.total.respondents for stratum, found in strata.items()} == {
        ("VP", "land", "commune"): 1, ("VP", "land", ""): 4, ("CA", "", ""): 2,
    }  # fmt: skip
    assert [(month, found.total.satisfied) for month, found in months.items()] == [
        (date(2026, 10, 1), 3),
        (date(2026, 11, 1), 2),
        (date(2026, 12, 1), 1),
    ]


async def test_assisted_ratings_are_neither_verified_nor_open(database: Database) -> None:
    def fill(connection: Connection) -> None:
        many(connection, 11, 0, replace(VISIT, verified=True))
        many(connection, 0, 12, replace(VISIT, verified=True, assisted=True))
        many(connection, 13, 0, replace(VISIT, assisted=True))
        many(connection, 14, 1)

    await database.write(fill)
    found = await database.read(lambda conn: headlines(conn, "quick", NOVEMBER))
    assert found.respondents() == {Access.VERIFIED: 11, Access.OPEN: 15, Access.ASSISTED: 25}
    assert found.score(Access.ASSISTED).share == Fraction(13, 25)
    assert (found.score().share, found.score(population=60).population) == (Fraction(38, 51), 60)
    alone = await database.read(lambda conn: figures(conn, "quick", replace(NOVEMBER, access=Access.ASSISTED)))
    assert alone.counts.tally("overall").counts == (12, 0, 0, 0, 13)
    assert alone.counts.channels() == {"terminal": 25}


@given(start=DAYS, days=st.integers(0, 900), by_field=st.booleans(), by_month=st.booleans())
@settings(deadline=None, max_examples=60)
def test_a_period_is_cut_into_stretches_that_cover_it_once(
    start: date, days: int, *, by_field: bool, by_month: bool
) -> None:
    period = Period(start, start + timedelta(days=days), LABEL)
    found = stretches(period, by_field=by_field, by_month=by_month)
    covered = [day for stretch in found for since in stretch.since for day in days_of(stretch.grain, since)]
    assert sorted(covered) == each_day(period.start, period.end)
    of_days = [stretch for stretch in found if stretch.grain is Grain.DAY_FIELD]
    assert sum(len(stretch.since) for stretch in of_days) <= 60
    assert all(stretch.grain.is_by_field for stretch in found) or not by_field
    assert all(stretch.grain is not Grain.YEAR for stretch in found) or not by_month


def days_of(grain: Grain, since: date) -> list[date]:
    after = since
    while grain.since(after) == since:
        after += timedelta(days=1)
    return each_day(since, after - timedelta(days=1))


def each_day(start: date, end: date) -> list[date]:
    return [start + timedelta(days=number) for number in range((end - start).days + 1)]


@dataclass(frozen=True)
class Step:
    """One thing that a person does at a unit's rating on a day."""

    person: int
    unit: str
    questionnaire: str
    day: date
    verified: bool
    assisted: bool
    item: int
    value: int
    end: str | None


STEPS = st.lists(
    st.builds(
        Step,
        person=st.integers(0, 3),
        unit=st.sampled_from(["VP", "CA"]),
        questionnaire=st.sampled_from(["quick", "sipas"]),
        day=st.sampled_from([date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 2)]),
        verified=st.booleans(),
        assisted=st.booleans(),
        item=st.integers(0, 8),
        value=st.integers(0, 4),
        end=st.sampled_from([None, None, None, None, "finish", "abandon"]),
    ),
    max_size=25,
)


def take(connection: Connection, step: Step, people: list[int]) -> None:
    """Do a step as far as the rules let it: begin or go on, answer one item that is reached, perhaps close."""
    desk, questionnaire = desk_at(connection, noon(step.day)), packaged().load(step.questionnaire)
    visit = Visit(step.unit, "land", Service.TTHC, verified=step.verified, assisted=step.assisted)
    number = desk.begin(people[step.person], visit, step.questionnaire, "terminal")
    reached = questionnaire.reached(desk.rating(number).answers)
    item = reached[step.item % len(reached)]
    desk.answer(number, item.code, offered(item)[step.value % len(offered(item))])
    if step.end == "abandon":
        desk.abandon(number)
    elif step.end == "finish":
        desk.finish(number)


def offered(item: Item) -> list[AnswerValue | None]:
    if item.kind is ItemKind.TEXT:
        return ["lời", None]
    return [int(each.code) if item.kind is ItemKind.SCALE5 else each.code for each in item.choices]


def take_if_allowed(connection: Connection, step: Step, people: list[int]) -> None:
    with suppress(AlreadyRatedError, RatingIncompleteError):
        take(connection, step, people)


def check_against_raw_rows(connection: Connection) -> None:
    """Compare every score of every unit and stretch of days with SQL over the raw rows."""
    assert compare(connection).is_equal
    periods = [month_period(2026, 10), month_period(2026, 11), Period(date(2026, 10, 31), date(2026, 11, 1), LABEL)]
    for questionnaire, unit, period in product(["quick", "sipas"], ["VP", "CA"], periods):
        found = figures(connection, questionnaire, Scope(period, frozenset({unit})))
        for item in packaged().load(questionnaire).items:
            if item.kind is ItemKind.SCALE5:
                expected = raw_scores(connection, questionnaire, unit, period, item.code)
                assert found.counts.tally(item.code).counts == tuple(expected[score] for score in range(1, 6))
        assert found.counts.pooled().n == raw_respondents(connection, questionnaire, unit, period)


RAW = """
    FROM rating JOIN answer ON answer.rating_id = rating.id
    WHERE questionnaire = :questionnaire AND unit = :unit AND day BETWEEN :start AND :end AND score IS NOT NULL
"""


def raw_scores(connection: Connection, questionnaire: str, unit: str, period: Period, item: str) -> Counter[int]:
    query = text(f"SELECT score, count(*) AS n {RAW} AND item = :item GROUP BY score")
    facts = {"questionnaire": questionnaire, "unit": unit, "start": period.start, "end": period.end, "item": item}
    rows = connection.execute(query.bindparams(bindparam("start", type_=Date), bindparam("end", type_=Date)), facts)
    return Counter({row.score: row.n for row in rows})


def raw_respondents(connection: Connection, questionnaire: str, unit: str, period: Period) -> int:
    if not packaged().load(questionnaire).scored:
        return 0
    query = text(f"SELECT count(DISTINCT rating.id) {RAW}")
    facts = {"questionnaire": questionnaire, "unit": unit, "start": period.start, "end": period.end}
    typed = query.bindparams(bindparam("start", type_=Date), bindparam("end", type_=Date))
    return int(connection.execute(typed, facts).scalar_one())


@given(STEPS)
@settings(deadline=None, max_examples=30)
def test_figures_equal_a_recount_of_raw_rows_whatever_people_do(steps: list[Step]) -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        metadata.create_all(connection)
        people = [add_person(connection) for _ in range(4)]
        for step in steps:
            take_if_allowed(connection, step, people)
        check_against_raw_rows(connection)
    engine.dispose()


async def test_figures_equal_a_recount_on_both_databases_also_when_people_come_at_once(database: Database) -> None:
    chance = random.Random(20261121)  # noqa: S311 - a reproducible play, not a secret

    def some_step() -> Step:
        day = chance.choice([date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 2)])
        questionnaire, end = chance.choice(["quick", "sipas"]), chance.choice([None, None, "finish", "abandon"])
        unit, verified, assisted = chance.choice(["VP", "CA"]), chance.random() < 0.5, chance.random() < 0.2
        item, value = chance.randrange(9), chance.randrange(5)
        return Step(chance.randrange(4), unit, questionnaire, day, verified, assisted, item, value, end)

    people = [await database.write(add_person) for _ in range(4)]
    jobs = (partial(take_if_allowed, step=some_step(), people=people) for _ in range(100))
    await asyncio.gather(*(database.write(job) for job in jobs))
    await database.read(check_against_raw_rows)


async def test_a_wrong_count_is_found_and_rebuilt(database: Database) -> None:
    await database.write(lambda conn: many(conn, 3, 2))
    assert (await database.read(compare)).is_equal
    spoil = update(tally).where(tally.c.grain == "month").values(cells={"overall=5": 77, "@index=": 1}, satisfied=2)
    await database.write(lambda conn: conn.execute(spoil))
    await database.write(lambda conn: conn.execute(tally.delete().where(tally.c.grain == "day-field")))
    found = await database.read(compare)
    assert found.compared == {"year": 1, "month": 1, "month-field": 1, "day-field": 1}
    assert found.differing == {"month": 1, "day-field": 1}
    [wrong] = (each for each in found.examples if "month" in each.row)
    assert (wrong.kept["overall=5"], wrong.counted["overall=5"]) == (77, 3)
    assert (wrong.kept["@index="], wrong.counted["@index="]) == (1, 0)
    assert (wrong.kept["satisfied"], wrong.counted["satisfied"]) == (2, 3)
    for piece in await database.read(pieces):
        await database.write(partial(rebuild, piece=piece))
    assert (await database.read(compare)).is_equal
    card = await database.read(lambda conn: figures(conn, "quick", NOVEMBER))
    assert card.counts.tally("overall").counts == (2, 0, 0, 0, 3)


async def test_counts_of_nothing_are_found_and_taken_away(database: Database) -> None:
    await database.write(rate)
    ghost = update(tally).values(questionnaire="sipas")
    await database.write(lambda conn: conn.execute(ghost))
    assert (await database.read(compare)).differing.total() == 8
    wrong = [await database.write(partial(rebuild, piece=piece)) for piece in await database.read(pieces)]
    assert sum(wrong) == 8
    assert (await database.read(compare)).is_equal


@dataclass(frozen=True)
class Cohort:
    """What a petition count tells."""

    due: int
    on_time: int


def timeliness(
    connection: Connection,
    /,
    start: date,
    end: date,
    now: datetime,
    *,
    published_required: bool,
    units: Sequence[str] | None,
) -> Cohort:
    """Stand in for the petitions' own count: fewer are in time when publication is required; one unit has none."""
    assert connection is not None
    assert start <= end <= now.astimezone(LOCAL).date()
    if units is not None:
        return Cohort(0, 0)
    return Cohort(10, 9 if published_required else 10)


MEASURING = Measuring(year_period(2026), datetime(2026, 12, 31, 23, 59, tzinfo=LOCAL), timeliness)


async def test_a_plan_report_says_what_is_met_missed_open_and_unknown(database: Database) -> None:
    def fill(connection: Connection) -> None:
        many(connection, 50, 0, replace(VISIT, field="land", verified=True))
        many(connection, 10, 0, replace(VISIT, field="land_use_certificate", verified=True))
        many(connection, 4, 5, Visit("YT", "health", Service.PUBLIC_SERVICE))
        many(connection, 5, 5, Visit("GD", "education", Service.PUBLIC_SERVICE))

    await database.write(fill)
    rows = await database.read(lambda conn: plan_report(conn, "YT24", MEASURING))
    by_id = {row.target.id: row for row in rows}
    assert len(rows) == 9
    verdicts = {identifier: row.judgement.verdict for identifier, row in by_id.items()}
    assert verdicts["YT24-SAT-TTHC"] is Verdict.INCONCLUSIVE
    assert verdicts["YT24-SAT-TTHC-LCI"] is Verdict.MET
    assert verdicts["YT24-SAT-HEALTHEDU"] is Verdict.NOT_MET
    assert verdicts["YT24-SAT-AGENCY"] is Verdict.NO_DATA
    assert verdicts["YT24-PAKN"] is Verdict.MET
    assert verdicts["YT24-ONTIME"] is Verdict.NO_DATA
    land = by_id["YT24-SAT-TTHC-LCI"]
    assert (land.measured.measurement.n, land.measured.apart[Access.VERIFIED]) == (60, 60)
    assert (land.measured.questionnaire, land.measured.versions) == ("quick", (1,))
    assert "Pearson" in land.method["vi"]
    assert land.source["en"]
    joint = by_id["YT24-SAT-HEALTHEDU"].measured.measurement
    assert (joint.n, joint.value) == (19, Fraction(900, 19))


async def test_tay_ho_counts_a_petition_only_when_its_result_is_published(database: Database) -> None:
    rows = await database.read(lambda conn: plan_report(conn, "TH24", MEASURING))
    verdicts = {row.target.id: (row.judgement.verdict, row.measured.measurement.value) for row in rows}
    assert verdicts["TH24-PAKN"] == (Verdict.NOT_MET, Fraction(90))


async def test_a_report_of_a_unit_counts_that_unit_only_in_every_series(database: Database) -> None:
    await database.write(lambda conn: many(conn, 20, 0))
    of_other = replace(MEASURING, units=frozenset({"CA"}))
    rows = await database.read(lambda conn: plan_report(conn, "UH24", of_other))
    assert {row.measured.measurement.n for row in rows} == {0}
    rows = await database.read(lambda conn: plan_report(conn, "UH24", MEASURING))
    assert [row.measured.measurement.n for row in rows] == [20, 10, 0, 0]


async def test_the_petitions_own_count_fits_into_a_report(database: Database) -> None:
    measuring = replace(MEASURING, timeliness=petition_figures.timeliness)
    rows = await database.read(lambda conn: plan_report(conn, "TH24", measuring))
    assert [row.judgement.verdict for row in rows] == [Verdict.NO_DATA] * 3


async def test_the_trend_needs_the_same_days_of_the_baseline_year(database: Database) -> None:
    answers: dict[str, AnswerValue | None] = {
        item.code: 5 for item in packaged().load("sipas").scored if item.when is None
    }

    def fill(connection: Connection, day: date, scores: dict[str, AnswerValue | None], count: int) -> None:
        for _ in range(count):
            rate(connection, questionnaire="sipas", answers=dict(scores), at=noon(day))

    await database.write(lambda conn: fill(conn, date(2026, 5, 1), answers, 12))

    async def trend() -> tuple[Verdict, str]:
        rows = await database.read(lambda conn: plan_report(conn, "TP24", MEASURING))
        judgement = next(row.judgement for row in rows if row.target.id == "TP24-SAT-TREND")
        return judgement.verdict, judgement.reason

    assert await trend() == (Verdict.NO_DATA, "no_baseline")
    await database.write(lambda conn: fill(conn, date(2025, 5, 1), dict.fromkeys(answers, 3), 12))
    assert await trend() == (Verdict.NO_DATA, "no_baseline")  # the plan says "cao hơn năm 2023"
    await database.write(lambda conn: fill(conn, date(2023, 5, 1), dict.fromkeys(answers, 3), 12))
    assert await trend() == (Verdict.MET, "interval_reaches")
    rows = await database.read(lambda conn: plan_report(conn, "TP24", MEASURING))
    agency = next(row.measured.measurement for row in rows if row.target.id == "TP24-SAT-AGENCY")
    assert (agency.n, agency.answers, agency.formula_id) == (12, 192, "pooled/1")


async def test_the_trend_of_a_merged_unit_counts_what_it_took_over_in_both_years(database: Database) -> None:
    answers: dict[str, AnswerValue | None] = {
        item.code: 5 for item in packaged().load("sipas").scored if item.when is None
    }

    def fill(connection: Connection) -> None:
        for code, day, scores in (
            ("old", date(2023, 5, 1), dict.fromkeys(answers, 3)), ("CA", date(2023, 5, 1), answers),
            ("VP", date(2026, 5, 1), answers),
        ):  # fmt: skip
            for _ in range(12):
                visit = replace(VISIT, unit=code)
                rate(connection, visit=visit, questionnaire="sipas", answers=dict(scores), at=noon(day))

    await database.write(fill)
    own = replace(MEASURING, units=frozenset({"VP"}))

    async def trend(measuring: Measuring) -> tuple[str, bool]:
        rows = await database.read(lambda conn: plan_report(conn, "TP24", measuring))
        row = next(row for row in rows if row.target.id == "TP24-SAT-TREND")
        return row.judgement.reason, row.measured.by_successor

    assert await trend(own) == ("no_baseline", False)
    assert await trend(replace(own, succession=frozenset({"VP", "old"}))) == ("interval_reaches", True)
    assert await trend(replace(own, succession=frozenset({"VP"}))) == ("no_baseline", False)


@pytest.mark.parametrize(
    "period", [year_period(2023), year_period(2022), Period(date(2023, 6, 1), date(2024, 5, 31), LABEL)]
)
async def test_a_trend_is_no_comparison_of_days_with_themselves(database: Database, period: Period) -> None:
    """2023 is the plan's baseline year; the third period reaches back into it and is compared with what ends in it."""
    answers: dict[str, AnswerValue | None] = {
        item.code: 5 for item in packaged().load("sipas").scored if item.when is None
    }

    def fill(connection: Connection) -> None:
        for _ in range(10):
            rate(connection, questionnaire="sipas", answers=dict(answers), at=noon(date(2023, 7, 1)))

    await database.write(fill)
    rows = await database.read(lambda conn: plan_report(conn, "TP24", replace(MEASURING, period=period)))
    trend = next(row.judgement for row in rows if row.target.id == "TP24-SAT-TREND")
    overlaps = period.start.year == period.end.year
    assert (trend.verdict, trend.reason) == (Verdict.NO_DATA, "not_after_baseline" if overlaps else "no_baseline")


def unit(code: str, parent: str | None, valid_to: date | None = None) -> Unit:
    name = Label(f"Đơn vị mẫu {code}", f"Sample unit {code}")
    kind = UnitKind.DEPARTMENT if parent else UnitKind.AUTHORITY
    return Unit(code, name, name, kind, parent, Tier.COMMUNE, date(2025, 7, 1), valid_to)


def test_a_subtree_holds_what_stood_under_a_unit_in_the_period_or_had_ended_before() -> None:
    directory = Directory([unit("x", None), unit("a", "x"), unit("b", "a"), unit("c", "a", date(2025, 12, 31))])
    assert subtree(directory, "x", year_period(2025)) == {"x", "a", "b", "c"}
    assert subtree(directory, "x", year_period(2026)) == {"x", "a", "b", "c"}
    assert subtree(directory, "a", year_period(2026)) == {"a", "b", "c"}
    assert subtree(directory, "a", year_period(2024)) == {"a"}
    renamed = apply(directory, rename("a", unit("d", "x"), date(2026, 1, 1), DECISION))
    assert subtree(renamed, "d", year_period(2026)) == {"d", "b", "c"}
    closed = apply(directory, rename("a", unit("d", "x"), date(2026, 3, 1), DECISION))
    assert subtree(closed, "d", year_period(2027)) == {"d", "b", "c"}
    assert subtree(closed, "x", year_period(2027)) == {"x", "a", "b", "c", "d"}


async def test_what_is_rated_by_codes_after_its_unit_has_ended_counts_for_those_above(database: Database) -> None:
    directory = Directory([unit("x", None), unit("a", "x"), unit("b", "a"), unit("c", "a", date(2026, 10, 31))])
    visit = replace(VISIT, unit="c", verified=True)

    def fill(connection: Connection) -> None:
        for number in range(12):
            rate(connection, visit=replace(visit, dossier=f"H-{number}"), at=noon(date(2026, 11, 3)))

    await database.write(fill)
    november = month_period(2026, 11)
    for code in ("x", "a"):
        scope = Scope(november, subtree(directory, code, november))
        found = await database.read(partial(headlines, questionnaire="quick", scope=scope))
        assert found.total.respondents == 12
