"""Dossiers in time or not: the counts kept with each list against a plain look at every dossier, in both databases."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import partial
from importlib import import_module
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, create_engine, delete, func, insert, select, update

from offices.datafiles import Label
from offices.dossiers import Dossier, DossierState
from offices.promptness import Backlog, Finished, Promptness
from offices.units import Directory
from storage import dossier_recount, dossiers
from storage.closed_periods.document import frozen
from storage.database import Database
from storage.dossier_figures import Dossiers, backlog, finished, promptness
from storage.dossier_import import Source, take_over
from storage.petition_figures import timeliness
from storage.plan_report import Measuring, TargetRow, plan_report, subtree
from storage.tables import metadata
from storage.tables.dossiers import dossier, dossier_tally
from storage.tables.ratings import answer, rating
from storage.tally_rows import Grain
from surveys.periods import Period
from surveys.targets import Verdict
from tests.offices.builders import a_dossier, a_root, a_unit

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)
DAYS = st.dates(date(2025, 11, 20), date(2027, 1, 10))
UNITS, FIELDS = ("vp", "tp"), ("land", "justice")


@pytest.fixture(scope="module")
def tables() -> Iterator[Engine]:
    """One empty database for all examples, which keep nothing in it; a statement is compiled once."""
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@st.composite
def listed(draw: st.DrawFn) -> Dossier:
    received = draw(DAYS)
    day = st.integers(0, 45).map(lambda days: received + timedelta(days=days))
    later, state = st.none() | day, draw(st.none() | st.sampled_from(DossierState))
    is_withdrawn = state is DossierState.WITHDRAWN
    returned = st.none() if is_withdrawn else day if state else later
    return a_dossier(
        code=f"H-{draw(st.integers(1, 6))}",
        unit=draw(st.sampled_from(UNITS)),
        field=draw(st.sampled_from(FIELDS)),
        received_on=received,
        due_on=draw(later),
        returned_on=draw(returned),
        state=state,
        withdrawn_on=draw(later) if is_withdrawn else None,
    )


def looked_at(every: Sequence[Dossier], period: Period, today: date) -> Promptness:
    """Judge each dossier by itself."""
    in_it = [each for each in every if each.due_on and period.holds(each.due_on) and each.due_on < today]
    due = owed(in_it)
    ended = [(each.ended_on, each.due_on) for each in due if each.ended_on and each.due_on]
    return Promptness(
        early=sum(on < by for on, by in ended),
        on_day=sum(on == by for on, by in ended),
        late=sum(on > by for on, by in ended),
        overdue=sum(each.ended_on is None for each in due),
        undated=sum(each.due_on is None and period.holds(each.received_on) for each in owed(every)),
        withdrawn=len(in_it) - len(due),
    )


def owed(every: Sequence[Dossier]) -> list[Dossier]:
    """Leave out what its sender took back, unless it was late by then."""
    return [each for each in every if each.state is not DossierState.WITHDRAWN or is_late(each)]


def is_late(each: Dossier) -> bool:
    return each.due_on is not None and each.ended_on is not None and each.ended_on > each.due_on


def left(every: Sequence[Dossier], end: date, today: date) -> Backlog:
    past = [each for each in owed(every) if each.due_on and each.due_on <= end and each.due_on < today]
    then = min(end, today)
    return Backlog(len(past), sum(each.ended_on is None or each.ended_on > then for each in past))


def with_a_result(every: Sequence[Dossier], period: Period) -> Finished:
    ready = [each for each in every if each.returned_on and period.holds(each.returned_on)]
    return Finished(len(ready), sum(map(is_late, ready)))


@settings(max_examples=20, deadline=None)
@given(lists=st.lists(st.lists(listed(), max_size=8), max_size=4), start=DAYS, length=st.integers(0, 400), today=DAYS)
def test_the_counts_tell_what_every_dossier_tells(
    tables: Engine, lists: list[list[Dossier]], start: date, length: int, today: date
) -> None:
    with tables.connect() as connection:
        last: dict[str, Dossier] = {}
        for each in lists:
            dossiers.upsert(connection, each, NOW)
            last |= {one.code: one for one in each}
        period = Period(start, start + timedelta(days=length), Label("", ""))
        for units, fields in ((None, ()), ({"vp"}, ()), (UNITS, ("land",)), (set(), ())):
            own = [
                each for each in last.values()
                if (units is None or each.unit in units) and (not fields or each.field in fields)
            ]  # fmt: skip
            of = Dossiers(units, fields)
            assert promptness(connection, of, period, today) == looked_at(own, period, today)
            assert backlog(connection, of, period, today) == left(own, period.end, today)
            assert finished(connection, of, period) == with_a_result(own, period)
            drawn = dossiers.finished_by_stratum(connection, period, units, fields)
            assert sum(drawn.values()) == with_a_result(own, period).ready
        assert dossier_recount.compare(connection).is_equal


YEAR = Period(date(2025, 12, 15), date(2026, 12, 14), Label("Năm", "Year"))


def some(seed: int, number: int, *, states: bool = True) -> list[Dossier]:
    chance, made = Random(seed), []  # noqa: S311 - the same dossiers each time
    for place in range(number):
        received = date(2025, 12, 1) + timedelta(days=chance.randint(0, 350))
        due, ready = (received + timedelta(days=chance.randint(0, 30)) for _ in range(2))
        returned = chance.choice([ready, ready, None])
        state = chance.choice([None, DossierState.REFUSED if returned else DossierState.WITHDRAWN]) if states else None
        taken_back = chance.choice([ready, ready, None]) if state is DossierState.WITHDRAWN else None
        made.append(
            a_dossier(
                code=f"H-{place}", unit=chance.choice(UNITS), field=chance.choice(FIELDS), received_on=received,
                due_on=chance.choice([due, due, due, None]), returned_on=returned, state=state, withdrawn_on=taken_back,
            )
        )  # fmt: skip
    return made


async def test_lists_that_correct_one_another_are_counted_alike_by_both_databases(database: Database) -> None:
    def job(connection: Connection) -> None:
        first, second = some(1, 300), some(2, 400)
        dossiers.upsert(connection, first, NOW)
        dossiers.upsert(connection, second, NOW)
        dossiers.upsert(connection, second, NOW)
        assert promptness(connection, Dossiers(), YEAR, TODAY) == looked_at(second, YEAR, TODAY)
        assert backlog(connection, Dossiers(), YEAR, TODAY) == left(second, YEAR.end, TODAY)
        assert finished(connection, Dossiers(), YEAR) == with_a_result(second, YEAR)
        assert any(is_late(each) for each in second if each.state is DossierState.WITHDRAWN)
        found = dossier_recount.compare(connection)
        assert found.is_equal
        assert min(found.compared[grain] for grain in Grain) > 1

    await database.write(job)


async def test_a_recount_finds_what_is_wrong_and_puts_it_right(database: Database) -> None:
    def job(connection: Connection) -> None:
        listed = some(3, 50)
        dossiers.upsert(connection, listed, NOW)
        years = dossier_tally.c.grain == Grain.YEAR.value
        connection.execute(update(dossier_tally).where(years, dossier_tally.c.unit == "vp").values(late=999))
        connection.execute(delete(dossier_tally).where(years, dossier_tally.c.unit == "tp"))
        found = dossier_recount.compare(connection)
        assert not found.is_equal
        assert {grain for grain in Grain if found.differing[grain]} == {Grain.YEAR}
        shown = next(each for each in found.examples if each.row[-1] == "vp")
        assert shown.kept["late"] == 999
        assert shown.counted["late"] < 50
        assert dossier_recount.rebuild(connection, Grain.YEAR) == found.differing[Grain.YEAR]
        assert dossier_recount.rebuild(connection, Grain.MONTH) == 0
        assert dossier_recount.compare(connection).is_equal
        assert promptness(connection, Dossiers(), YEAR, TODAY) == looked_at(listed, YEAR, TODAY)

    await database.write(job)


@pytest.mark.parametrize(
    ("due", "ready", "told"),
    [
        (TODAY, None, Promptness()),
        (TODAY - timedelta(days=1), None, Promptness(overdue=1)),
        (TODAY, TODAY, Promptness()),
        (TODAY + timedelta(days=1), TODAY, Promptness()),
        (TODAY - timedelta(days=1), TODAY, Promptness(late=1)),
        (TODAY - timedelta(days=1), TODAY - timedelta(days=1), Promptness(on_day=1)),
        (TODAY - timedelta(days=1), TODAY - timedelta(days=2), Promptness(early=1)),
        (None, TODAY, Promptness(undated=1)),
    ],
)
def test_a_dossier_is_judged_by_its_day(tables: Engine, due: date | None, ready: date | None, told: Promptness) -> None:
    one = a_dossier(received_on=date(2026, 11, 2), due_on=due, returned_on=ready)
    with tables.connect() as connection:
        dossiers.upsert(connection, [one], NOW)
        assert promptness(connection, Dossiers(), YEAR, TODAY) == told


@pytest.mark.parametrize(
    ("state", "ready", "told"),
    [
        (DossierState.WITHDRAWN, None, Promptness(withdrawn=1)),
        (DossierState.REFUSED, date(2026, 11, 9), Promptness(early=1)),
        (DossierState.REFUSED, date(2026, 11, 12), Promptness(late=1)),
    ],
)
def test_a_refusal_is_a_result_and_a_withdrawn_dossier_is_owed_none(
    tables: Engine, state: DossierState, ready: date | None, told: Promptness
) -> None:
    waits = a_dossier(received_on=date(2026, 11, 2), due_on=date(2026, 11, 10), returned_on=None)
    with tables.connect() as connection:
        dossiers.upsert(connection, [waits], NOW)
        assert promptness(connection, Dossiers(), YEAR, TODAY) == Promptness(overdue=1)
        dossiers.upsert(connection, [replace(waits, state=state, returned_on=ready)], NOW)
        assert promptness(connection, Dossiers(), YEAR, TODAY) == told
        owed = int(state is DossierState.REFUSED)
        assert backlog(connection, Dossiers(), YEAR, TODAY) == Backlog(past_due=owed, waiting=0)
        assert finished(connection, Dossiers(), YEAR) == Finished(owed, told.late)
        assert sum(dossiers.finished_by_stratum(connection, YEAR).values()) == owed
        dossiers.upsert(connection, [waits], NOW)
        assert promptness(connection, Dossiers(), YEAR, TODAY) == Promptness(overdue=1)
        assert dossier_recount.compare(connection).is_equal


DUE = date(2026, 11, 10)


@pytest.mark.parametrize(
    ("taken_back", "told"),
    [
        (None, Promptness(withdrawn=1)),
        (DUE - timedelta(days=1), Promptness(withdrawn=1)),
        (DUE, Promptness(withdrawn=1)),
        (DUE + timedelta(days=1), Promptness(late=1)),
    ],
)
async def test_a_late_dossier_stays_late_when_its_sender_takes_it_back(
    database: Database, taken_back: date | None, told: Promptness
) -> None:
    waits = a_dossier(received_on=date(2026, 11, 2), due_on=DUE, returned_on=None)
    withdrawn = replace(waits, state=DossierState.WITHDRAWN, withdrawn_on=taken_back)

    def job(connection: Connection) -> None:
        dossiers.upsert(connection, [waits], NOW)
        assert promptness(connection, Dossiers(), YEAR, TODAY) == Promptness(overdue=1)
        for _ in range(2):
            dossiers.upsert(connection, [withdrawn], NOW)
            assert dossiers.of_code(connection, withdrawn.code) == withdrawn
            assert promptness(connection, Dossiers(), YEAR, TODAY) == told
            assert finished(connection, Dossiers(), YEAR) == Finished(ready=0, faulty=0)
            assert dossiers.finished_by_stratum(connection, YEAR) == {}
            assert backlog(connection, Dossiers(), YEAR, TODAY) == Backlog(past_due=told.late, waiting=0)
            assert dossier_recount.compare(connection).is_equal
        corrected = replace(waits, returned_on=DUE)
        dossiers.upsert(connection, [corrected], NOW)
        assert promptness(connection, Dossiers(), YEAR, TODAY) == Promptness(on_day=1)
        assert dossier_recount.compare(connection).is_equal

    await database.write(job)


def test_a_late_dossier_is_left_over_until_the_day_it_was_taken_back(tables: Engine) -> None:
    one = a_dossier(
        received_on=date(2026, 11, 2), due_on=DUE, returned_on=None, state=DossierState.WITHDRAWN,
        withdrawn_on=date(2026, 11, 15),
    )  # fmt: skip
    with tables.connect() as connection:
        dossiers.upsert(connection, [one], NOW)
        for day, waiting in ((11, 1), (14, 1), (15, 0), (16, 0)):
            today = date(2026, 11, day)
            assert backlog(connection, Dossiers(), YEAR, today) == Backlog(past_due=1, waiting=waiting)


def test_what_is_ready_ahead_of_its_day_makes_no_running_period_look_good(tables: Engine) -> None:
    days = [(date(2026, 11, 2), None), *((date(2026, 11, day), date(2026, 11, 2)) for day in range(4, 30))]
    listed = [
        a_dossier(code=f"H-{place}", received_on=date(2026, 10, 20), due_on=due, returned_on=ready)
        for place, (due, ready) in enumerate(days)
    ]
    with tables.connect() as connection:
        dossiers.upsert(connection, listed, NOW)
        assert promptness(connection, Dossiers(), YEAR, date(2026, 11, 3)) == Promptness(overdue=1)
        assert promptness(connection, Dossiers(), YEAR, date(2026, 11, 11)) == Promptness(early=7, overdue=1)


@pytest.mark.parametrize("ready", [None, date(2026, 12, 20)])
@pytest.mark.parametrize("passed", [0, 1, 30])
def test_the_last_day_of_a_period_is_late_in_the_rate_and_in_the_backlog_alike(
    tables: Engine, passed: int, ready: date | None
) -> None:
    today = YEAR.end + timedelta(days=passed)
    one = a_dossier(received_on=date(2026, 11, 2), due_on=YEAR.end, returned_on=ready)
    with tables.connect() as connection:
        dossiers.upsert(connection, [one], NOW)
        found, over = promptness(connection, Dossiers(), YEAR, today), passed > 0
        assert (found.due, found.late + found.overdue) == (over, over)
        assert backlog(connection, Dossiers(), YEAR, today) == Backlog(past_due=over, waiting=over)


MONTH = Period(date(2026, 11, 1), date(2026, 11, 30), Label("", ""))
MEASURING = Measuring(MONTH, NOW, timeliness)


async def report(database: Database, plan: str, measuring: Measuring = MEASURING) -> dict[str, TargetRow]:
    rows = await database.read(lambda connection: plan_report(connection, plan, measuring))
    return {row.target.id: row for row in rows}


async def listed_in_november(database: Database) -> None:
    """Two early, one on its day, one late, one waiting, two ahead of their day, two undated; three of another unit."""

    def numbered(number: int, due: int | None, ready: int | None, **values: str) -> Dossier:
        return a_dossier(
            code=f"H-{number}",
            due_on=due and date(2026, 11, due),
            returned_on=ready and date(2026, 11, ready),
            received_on=date(2026, 11, 2),
            **values,
        )

    every = [
        numbered(1, 10, 9, field="environment"),
        numbered(2, 18, 9),
        numbered(3, 10, 10),
        numbered(4, 10, 12, unit="tp"),
        numbered(5, 20, None, unit="tp"),
        numbered(6, 21, None),
        numbered(7, None, 9),
        numbered(8, None, None, unit="tp"),
        numbered(9, 25, 9),
    ]
    await database.write(lambda connection: dossiers.upsert(connection, every, NOW))


async def test_targets_of_dossiers_are_full_counts_and_say_what_is_left_out(database: Database) -> None:
    assert (await report(database, "TP24"))["TP24-ONTIME"].judgement.reason == "nothing_counted"
    assert (await report(database, "YT24"))["YT24-BACKLOG"].judgement.reason == "nothing_counted"
    await listed_in_november(database)
    rows = await report(database, "TP24")
    on_time = rows["TP24-ONTIME"].measured
    assert (on_time.measurement.n, on_time.measurement.value, on_time.undated) == (5, Fraction(60), 2)
    assert (on_time.measurement.formula_id, on_time.measurement.population) == ("census/1", 5)
    assert on_time.measurement.is_full_count
    assert rows["TP24-ONTIME"].judgement.verdict is Verdict.NOT_MET
    assert rows["TP24-EARLY"].measured.measurement.value == 40
    assert rows["TP24-EARLY"].judgement.verdict is Verdict.PROGRESS_BELOW
    backlog_row = (await report(database, "YT24"))["YT24-BACKLOG"]
    assert (backlog_row.measured.measurement.value, backlog_row.measured.measurement.n) == (Fraction(1), 5)
    assert (backlog_row.measured.undated, backlog_row.judgement.verdict) == (None, Verdict.NOT_MET)
    own = (await report(database, "UH24"))["UH24-ONTIME-ENVPLAN"]
    assert (own.measured.measurement.n, own.judgement.verdict) == (1, Verdict.MET)


async def test_a_report_of_a_unit_counts_its_dossiers_and_by_succession_those_it_took_over(database: Database) -> None:
    await listed_in_november(database)
    own = (await report(database, "TP24", replace(MEASURING, units=frozenset({"vp"}))))["TP24-ONTIME"].measured
    assert (own.measurement.value, own.measurement.n, own.undated) == (Fraction(100), 3, 1)
    both = frozenset({"vp", "tp"})
    whole = (await report(database, "TP24", replace(MEASURING, units=both)))["TP24-ONTIME"].measured
    assert (whole.measurement.value, whole.measurement.n, whole.undated) == (Fraction(60), 5, 2)


async def test_what_a_unit_left_over_when_it_ended_stays_in_the_backlog_of_those_above(database: Database) -> None:
    ended = a_unit("tp", "vp", valid_to=date(2026, 10, 31))
    directory = Directory([a_root(), a_unit("vp"), ended])
    await listed_in_november(database)
    units = subtree(directory, "vp", MONTH)
    left_over = (await report(database, "YT24", replace(MEASURING, units=units)))["YT24-BACKLOG"].measured
    assert left_over.measurement == (await report(database, "YT24"))["YT24-BACKLOG"].measured.measurement
    assert left_over.measurement.value == 1


async def test_no_day_beyond_the_newest_list_is_judged(database: Database) -> None:
    await listed_in_november(database)
    for day, due, late in ((date(2026, 11, 10), 3, 1), (date(2026, 10, 31), 0, None), (TODAY, 5, 1)):
        source = Source("0" * 64, "system", day)
        await database.write(partial(take_over, entries=(), source=source, now=NOW, tell=lambda _: None))
        rows = {**await report(database, "TP24"), **await report(database, "YT24")}
        on_time, left_over = rows["TP24-ONTIME"].measured, rows["YT24-BACKLOG"].measured
        assert (on_time.measurement.n, left_over.measurement.n) == (due, due)
        assert left_over.measurement.value == late
        assert on_time.complete_to == left_over.complete_to == day
        assert frozen(rows["TP24-ONTIME"])["complete_to"] == day.isoformat()


async def test_of_two_who_take_over_the_same_dossiers_at_once_none_counts_twice(database: Database) -> None:
    first, second = some(4, 60), some(5, 60)
    await asyncio.gather(
        *(database.write(partial(dossiers.upsert, dossiers=each, now=NOW)) for each in (first, second, first, second))
    )
    assert (await database.read(dossier_recount.compare)).is_equal


async def test_the_dossiers_that_were_there_are_counted_by_the_upgrade(database: Database) -> None:
    step = import_module("storage.migrations.versions.0029_finished_dossiers")

    def job(connection: Connection) -> None:
        connection.execute(insert(dossier), [vars_of(each) for each in some(6, 60, states=False)])
        connection.execute(insert(rating), [LOW | {"id": place, "dossier": f"H-{place}"} for place in range(1, 31)])
        answers = [{"rating_id": place, "item": "overall", "score": 2, "answered_at": NOW} for place in range(1, 31)]
        connection.execute(insert(answer), answers)
        step.fill(connection)
        found = dossier_recount.compare(connection)
        assert found.is_equal
        assert min(found.compared.values()) > 1
        assert connection.scalar(select(func.sum(dossier_tally.c.disliked)))

    await database.write(job)


LOW = {
    "unit": "vp", "service": "tthc", "verified": True, "assisted": False, "questionnaire": "quick", "version": 1,
    "subject": "x", "round": "x", "day": TODAY, "channel": "web", "state": "open", "started_at": NOW,
}  # fmt: skip


def vars_of(each: Dossier) -> dict[str, object]:
    return {field.name: getattr(each, field.name) for field in fields(each)} | {"changed_at": NOW}
