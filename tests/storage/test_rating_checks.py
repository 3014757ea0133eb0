"""The integrity checks over stored ratings: what is read of each, and that nothing is changed or kept in memory."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, select

from offices.datafiles import Label
from offices.worktime import LOCAL
from storage import chats, dossiers, staff_chats
from storage.chats import Caller
from storage.database import Database
from storage.rating_checks import check_ratings
from storage.rating_facts import rated_units, rating_facts, stored
from storage.tables.ratings import answer, rating
from surveys.integrity_totals import ALL_UNITS
from surveys.periods import Period
from surveys.visits import Service, Visit
from tests.offices.builders import a_dossier
from tests.storage.officials import NOW, add_chat, add_official, install
from tests.storage.ratings_world import NOON, VISIT, desk_at, rate

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31), Label("2026", "2026"))
OTHER = Visit("TP", None, Service.TTHC, dossier="H1", verified=True)


def finished(connection: Connection, seconds: int, visit: Visit = VISIT, who: int | None = None, score: int = 5) -> int:
    number = rate(connection, visit=visit, who=who, answers={"overall": score, "comment": None})
    desk_at(connection, NOON + timedelta(seconds=seconds)).finish(number)
    return number


async def test_a_fact_holds_what_is_stored_of_a_rating(database: Database) -> None:
    def job(connection: Connection) -> None:
        number = rate(connection, visit=OTHER, answers={"overall": 2, "reason": "waiting", "comment": "Chờ lâu"})
        desk_at(connection, NOON + timedelta(seconds=40)).finish(number)
        (fact,) = rating_facts(connection, YEAR)
        assert (fact.id, fact.unit, fact.scores, fact.asked, fact.comment) == (number, "TP", (2,), 3, "Chờ lâu")
        assert fact.verified
        assert (fact.started, fact.closed) == (NOON, NOON + timedelta(seconds=40))
        assert (fact.device, fact.helper, fact.staff_unit, fact.dossier_ended) == (None,) * 4

    await database.write(job)


async def test_a_rating_long_before_its_dossier_ended_is_flagged(database: Database) -> None:
    def job(connection: Connection) -> None:
        day = date(2026, 11, 24)
        assert stored(connection) == {"tablet", "helper"}
        listed = [a_dossier(code="H1", due_on=None, returned_on=day), a_dossier(code="H2", returned_on=None)]
        dossiers.upsert(connection, listed, NOON)
        assert stored(connection) == {"tablet", "helper", "dossier_ended"}
        early = rate(connection, visit=OTHER)  # noon of the 21st
        rate(connection, visit=replace(OTHER, dossier="H2"))
        rate(connection, visit=replace(OTHER, dossier="H3"))
        ends = {fact.dossier_ended for fact in rating_facts(connection, YEAR)}
        assert ends == {datetime.combine(day, time(), LOCAL), None}
        [flag] = check_ratings(connection, YEAR, None).examples["before_end"]
        assert (flag.rating, flag.value) == (early, 60)

    await database.write(job)


async def test_units_and_days_are_chosen_and_ratings_that_nobody_finished_have_no_end(database: Database) -> None:
    def job(connection: Connection) -> None:
        desk_at(connection).abandon(rate(connection))
        rate(connection)
        rate(connection, visit=OTHER)
        rate(connection, at=NOON - timedelta(days=400))
        assert rated_units(connection, YEAR) == ["TP", "VP"]
        assert [(fact.unit, fact.closed) for fact in rating_facts(connection, YEAR, "VP")] == [("VP", None)] * 2

    await database.write(job)


async def test_the_chat_of_an_official_is_known_by_its_link(database: Database) -> None:
    def job(connection: Connection) -> None:
        install(connection)
        official, chat_id = add_official(connection), add_chat(connection)
        code = staff_chats.make_link_code(connection, official.id, NOW)
        staff_chats.redeem_link_code(connection, code, chat_id, NOW)
        person = chats.by_id(connection, chat_id).person_id
        own = finished(connection, 40, Visit(official.unit, None, Service.TTHC), person)
        elsewhere = finished(connection, 40, Visit("TP", None, Service.TTHC), person)
        finished(connection, 40)
        found = check_ratings(connection, YEAR, None)
        assert found.flagged == {"staff_own_unit": 1, "staff_other_unit": 1}
        assert [flag.rating for flag in found.examples["staff_own_unit"]] == [own]
        assert [flag.rating for flag in found.examples["staff_other_unit"]] == [elsewhere]
        assert (found.ratings, found.suspect) == (3, 1)

    await database.write(job)


async def test_who_fills_in_for_others_in_a_chat_of_his_own_is_their_helper(database: Database) -> None:
    def job(connection: Connection) -> None:
        install(connection)
        official, chat_id = add_official(connection), add_chat(connection)
        code = staff_chats.make_link_code(connection, official.id, NOW)
        staff_chats.redeem_link_code(connection, code, chat_id, NOW)
        person = chats.by_id(connection, chat_id).person_id
        helped = Visit(official.unit, None, Service.TTHC, "H1", assisted=True)
        finished(connection, 40, helped, person)
        finished(connection, 40, replace(helped, dossier="H2"))
        mine, other = rating_facts(connection, YEAR)
        assert (mine.helper, mine.staff_unit) == (f"staff:{official.id}", None)
        assert (other.helper, other.staff_unit) == (None, None)
        assert check_ratings(connection, YEAR, None).flagged == {}

    await database.write(job)


async def test_a_run_on_a_counter_tablet_is_known_by_the_mark_of_the_tablet(database: Database) -> None:
    def job(connection: Connection) -> None:
        for number in range(6):
            ids = (f"{chats.TABLET}{'a' * 16}:{number:040}",) * 2
            found = chats.welcome(connection, Caller("web", "web", *ids, "vi", None), NOON)
            at = NOON + timedelta(seconds=15 * number)
            rated = rate(connection, who=found.person_id, answers={"overall": 5, "comment": None}, at=at)
            desk_at(connection, at + timedelta(seconds=8)).finish(rated)
        finished(connection, 40)
        marks = [(fact.device, fact.at_counter) for fact in rating_facts(connection, YEAR)]
        assert marks == [("a" * 16, True)] * 6 + [(None, False)]
        assert check_ratings(connection, YEAR, None).flagged == {"tablet_run": 6}

    await database.write(job)


async def test_both_figures_are_given_and_no_row_is_touched(database: Database) -> None:
    def job(connection: Connection) -> None:
        for number in range(24):
            finished(connection, 1 if number % 2 else 40, score=5 if number % 2 else 4)
        before = [connection.execute(select(table)).all() for table in (rating, answer)]
        found = check_ratings(connection, YEAR, None)
        assert [connection.execute(select(table)).all() for table in (rating, answer)] == before
        figures = dict(found.totals.figures())
        both = figures[ALL_UNITS, "quick"]
        assert figures["VP", "quick"] == both
        assert (both.every.n, both.every.top2, both.without.n, both.without.top2) == (24, 24, 12, 12)
        assert (found.flagged["too_fast"], len(found.examples["too_fast"])) == (12, 3)
        assert not found.rhythm_known

    await database.write(job)


async def test_only_the_units_asked_for_are_checked(database: Database) -> None:
    def job(connection: Connection) -> None:
        finished(connection, 1)
        finished(connection, 1, OTHER)
        found = check_ratings(connection, YEAR, {"TP"})
        assert (found.ratings, found.suspect) == (1, 1)
        assert {unit for (unit, _), _ in found.totals.figures()} == {ALL_UNITS, "TP"}

    await database.write(job)
