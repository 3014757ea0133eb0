"""What is told of units outside: no letter tells, beside other letters and the public page, what a few answered."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import Connection

from offices.staff import Role
from offices.succession import apply as applied
from offices.succession import merge
from offices.units import Decision, Directory
from storage import questionnaire_drafts as drafts
from storage.closed_periods.closing import Closing, freeze, measured
from storage.database import Database
from storage.petition_figures import timeliness
from storage.results.disclosed import disclosed
from storage.results.reached import Reached, reached
from surveys.definition_text import written
from surveys.disclosure import Told
from surveys.items import AnswerValue, Condition
from surveys.registry import packaged
from surveys.targets import plan
from surveys.visits import Service, Visit
from tests.offices.builders import a_root, a_unit
from tests.storage.officials import add_official, install
from tests.storage.ratings_world import noon, rate

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is decided above the database."""
ALL = Fraction(100)
UNITS = Directory([a_root(), a_unit("vp"), a_unit("vp.a", "vp"), a_unit("kt")])


async def rated(database: Database, good: int, day: date, unit: str = "vp", service: Service = Service.TTHC) -> None:
    def add(connection: Connection) -> None:
        for _ in range(good):
            rate(connection, visit=Visit(unit, "land", service), at=noon(day))

    await database.write(add)


async def told(
    database: Database, period: str, unit: str = "vp", year: int = 2026, directory: Directory = UNITS
) -> Reached:
    """Close a period of a plan two days after its end, and tell a unit's result three days later."""
    code = period.partition("-")[0]
    report = next(each for each in plan(code).reports(year) if each.id == period)
    at = noon(report.period.end + timedelta(days=2))
    wish = Closing(plan(code), report, at, "system")
    targets = await database.read(lambda c: measured(c, wish, timeliness))
    closed = await database.write(lambda c: freeze(c, wish, targets))
    found = await database.write(lambda c: reached(c, directory, closed, [unit], at + timedelta(days=3)))
    return found[unit]


@pytest.mark.parametrize(("more", "share"), [(3, None), (0, 100), (10, 100)])
async def test_a_wider_period_is_told_when_enough_came_since_the_narrower_one(
    database: Database, more: int, share: int | None
) -> None:
    await rated(database, 12, date(2026, 3, 14))
    await rated(database, more, date(2026, 3, 15))
    assert (await told(database, "TH24-Q1")).share == 100
    found = await told(database, "TH24-H1")
    assert (found.share, found.n) == (share, 12 + more)
    assert found.missing == (None if share else "few_since")


@on_one_database
async def test_a_part_that_two_letters_and_the_page_leave_over_is_not_told(database: Database) -> None:
    """The page tells January, then January to March; a letter on March would leave the three of February."""
    for month, number in ((1, 12), (2, 3), (3, 12)):
        await rated(database, number, date(2026, month, 9))
    assert (await told(database, "YT24-MONTHLY-01")).share == 100
    assert (await told(database, "YT24-MONTHLY-02")).missing == "below_minimum"
    assert (await told(database, "YT24-MONTHLY-03")).missing == "few_since"
    await rated(database, 10, date(2026, 4, 9))
    assert (await told(database, "YT24-MONTHLY-04")).share == 100


@on_one_database
@pytest.mark.parametrize(("late", "last"), [(3, date(2026, 2, 28)), (10, date(2026, 3, 31))])
async def test_the_page_waits_where_a_letter_would_leave_a_few_over(database: Database, late: int, last: date) -> None:
    for day, number in ((date(2026, 2, 9), 12), (date(2026, 3, 9), 12), (date(2026, 3, 20), late)):
        await rated(database, number, day)
    assert (await told(database, "TH24-Q1")).share == 100
    known = await database.read(lambda c: disclosed(c, None, date(2026, 4, 10)))
    assert max(each.last for each in known.publicly("vp")) == last


@on_one_database
async def test_those_below_a_unit_have_figures_of_their_own(database: Database) -> None:
    await rated(database, 12, date(2026, 3, 9))
    await rated(database, 5, date(2026, 3, 9), unit="vp.a")
    assert (await told(database, "TH24-Q1")).n == 12


@on_one_database
@pytest.mark.parametrize(("others", "missing"), [(0, None), (3, "few_since"), (10, None)])
async def test_who_used_another_service_does_not_follow_from_page_and_letter(
    database: Database, others: int, missing: str | None
) -> None:
    await rated(database, 12, date(2026, 3, 9))
    await rated(database, others, date(2026, 3, 9), service=Service.AGENCY)
    found = await told(database, "YT24-MONTHLY-03")
    assert (found.missing, found.n) == (missing, 12)


@on_one_database
async def test_a_merger_is_no_change_of_the_figure(database: Database) -> None:
    """By itself the unit went from 100 to 75 %; over the citizens of both it stayed at 75 %."""
    merged = applied(UNITS, merge(["kt"], UNITS.unit("vp"), date(2026, 1, 1), Decision("1/QĐ", date(2025, 12, 1))))
    await rated(database, 20, date(2025, 3, 9))

    def dissatisfied(connection: Connection, at: datetime, unit: str) -> None:
        for _ in range(10):
            rate(connection, visit=Visit(unit, "land", Service.TTHC), answers={"overall": 2}, at=at)

    await rated(database, 10, date(2025, 3, 9), unit="kt")
    await database.write(lambda c: dissatisfied(c, noon(date(2025, 3, 9)), "kt"))
    await rated(database, 30, date(2026, 3, 9))
    await database.write(lambda c: dissatisfied(c, noon(date(2026, 3, 9)), "vp"))
    found = await told(database, "YT24-MONTHLY-03", directory=merged)
    assert (found.share, found.before, found.before_n, found.change) == (Fraction(75), Fraction(75), 40, Fraction(0))
    assert found.over == ("kt", "vp")
    known = await database.read(lambda c: disclosed(c, ["kt"], date(2026, 4, 10)))
    assert [each.last for each in known.letters("kt")] == [date(2026, 3, 31), date(2025, 3, 31)]


@on_one_database
async def test_a_change_is_not_told_where_few_had_rated_a_unit_that_was_taken_over(database: Database) -> None:
    merged = applied(UNITS, merge(["kt"], UNITS.unit("vp"), date(2026, 1, 1), Decision("1/QĐ", date(2025, 12, 1))))
    await rated(database, 12, date(2025, 3, 9))
    await rated(database, 4, date(2025, 3, 9), unit="kt")
    await rated(database, 12, date(2026, 3, 9))
    found = await told(database, "YT24-MONTHLY-03", directory=merged)
    assert (found.share, found.change, found.no_change) == (ALL, None, "few_since")


@on_one_database
async def test_a_change_over_questions_that_measure_otherwise_is_not_told(database: Database) -> None:
    def ask_otherwise(connection: Connection) -> None:
        install(connection)
        overall, reason, comment = packaged().load("quick").items
        items = (replace(reason, when=None), replace(overall, when=Condition("reason", "=", "waiting")), comment)
        text = written(replace(packaged().load("quick"), items=items))
        official = add_official(connection, "phieuhoi", Role.ADMIN).id
        number = drafts.keep(connection, "quick", text, official, noon(date(2026, 1, 5)))
        drafts.publish(connection, number, 1, date(2026, 1, 5), official, noon(date(2026, 1, 5)))

    await rated(database, 12, date(2025, 3, 9))
    await database.write(ask_otherwise)

    def rate_otherwise(connection: Connection) -> None:
        for _ in range(12):
            answers: dict[str, AnswerValue | None] = {"reason": "waiting", "overall": 5}
            rate(connection, visit=Visit("vp", "land", Service.TTHC), answers=answers, at=noon(date(2026, 3, 9)))

    await database.write(rate_otherwise)
    found = await told(database, "YT24-MONTHLY-03")
    assert (found.share, found.change, found.no_change) == (ALL, None, "other_questions")


@on_one_database
async def test_a_letter_that_was_told_is_known_by_its_days_and_services(database: Database) -> None:
    await rated(database, 12, date(2026, 3, 9))
    assert (await told(database, "TH24-Q1")).no_change == "no_baseline"
    known = await database.read(lambda c: disclosed(c, ["vp"], date(2026, 4, 10)))
    assert known.letters("vp") == (Told(date(2025, 12, 15), date(2026, 3, 14), ("tthc",), ()),)
