"""A withdrawn questionnaire is asked no more from its day on, is on record, and takes nothing that was answered."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, select

from offices.errors import DomainError
from offices.presets import load_preset
from offices.staff import Role
from storage import questionnaire_drafts, questionnaires, units
from storage.database import Database
from storage.figures import Scope, figures
from storage.questionnaire_withdrawals import withdraw
from storage.tables.audit import audit
from surveys.definition_text import written
from surveys.desk import NotAskedError
from surveys.periods import year_period
from surveys.registry import Days
from tests.storage.officials import add_official
from tests.storage.ratings_world import NOON, desk_at, publish_next_quick, rate

TODAY = date(2026, 11, 21)
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
async def office(database: Database) -> Database:
    await database.write(lambda connection: units.install_preset(connection, load_preset("commune-2025"), now=NOON))
    return database


async def taken_back(office: Database, code: str = "counter", version: int = 1, day: date = TOMORROW) -> None:
    await office.write(lambda connection: withdraw(connection, (code, version), day, None, NOON))


async def test_it_is_asked_up_to_the_day_before_and_what_was_answered_stays(office: Database) -> None:
    number = await office.write(lambda connection: rate(connection, questionnaire="counter", answers={"overall": 2}))
    before = await office.read(units.reference_version)
    await taken_back(office)
    assert await office.read(units.reference_version) > before

    def look(connection: Connection) -> None:
        known = questionnaires.known(connection)
        counter = known.load("counter", 1)
        assert known.in_force("counter", TODAY) is counter
        assert known.in_force("counter", TOMORROW) is None
        assert counter not in known.asked_of_visits(TOMORROW)
        assert known.days_of(counter) == Days(counter.valid_from, TODAY)
        row = connection.execute(
            select(audit.c.actor, audit.c.subject).where(audit.c.action == "questionnaire.withdraw")
        )
        assert [tuple(each) for each in row] == [("system", "questionnaire:counter")]

    def go_on(connection: Connection) -> None:
        desk_at(connection).answer(number, "reason", None)
        with pytest.raises(NotAskedError, match="questionnaire_withdrawn"):
            desk_at(connection, NOON + timedelta(days=1)).answer(number, "overall", 1)
        with pytest.raises(NotAskedError, match="questionnaire_not_asked"):
            rate(connection, questionnaire="counter", at=NOON + timedelta(days=1))
        desk_at(connection, NOON + timedelta(days=1)).abandon(number)
        found = figures(connection, "counter", Scope(year_period(2026)))
        assert found.counts.score("overall").n == 1

    await office.read(look)
    await office.write(go_on)


@pytest.mark.parametrize(
    ("key", "day", "refused"),
    [
        (("quick", 99), TOMORROW, "withdrawal_unknown"),
        (("nothing", 1), TOMORROW, "withdrawal_unknown"),
        (("petition-answer", 1), TOMORROW, "withdrawal_needed"),
        (("quick", 1), TODAY - timedelta(days=1), "withdrawal_day"),
        (("health", 1), TOMORROW, "withdrawal_made"),
        (("quick", 1), TOMORROW, "withdrawal_gap"),
    ],
)
async def test_what_cannot_be_withdrawn_says_why(
    office: Database, key: tuple[str, int], day: date, refused: str
) -> None:
    await taken_back(office, "health")
    with pytest.raises(DomainError, match=refused):
        await taken_back(office, *key, day)


async def test_what_posters_and_codes_lead_to_is_withdrawn_only_where_a_later_version_is_asked(
    office: Database,
) -> None:
    later = TODAY + timedelta(days=10)
    await office.write(lambda connection: publish_next_quick(connection, later, NOON))
    with pytest.raises(DomainError, match="withdrawal_gap"):
        await taken_back(office, "quick", 1, TOMORROW)
    await taken_back(office, "quick", 1, later)
    with pytest.raises(DomainError, match=f"withdrawal_gap.*{later}"):
        await taken_back(office, "quick", 2, TODAY)
    known = await office.read(questionnaires.known)
    asked = [known.in_force("quick", day) for day in (later - timedelta(days=1), later)]
    assert [each.version for each in asked if each] == [1, 2]


async def test_after_a_withdrawal_the_same_questions_are_published_again_and_at_once(office: Database) -> None:
    """The first of them begins in 2062, by a slip of the keyboard; the next one does not wait for that year."""
    official = (await office.write(lambda connection: add_official(connection, "quantri", Role.ADMIN))).id

    def publish(connection: Connection, first_day: date) -> int:
        health = questionnaires.load(connection, "health")
        number = questionnaire_drafts.begin(connection, "health", health, official, NOON)
        if health.version == 1:
            shorter = written(replace(health, items=health.items[:-1]))
            questionnaire_drafts.change(connection, number, shorter, 1, official, NOON)
        revision = questionnaire_drafts.by_id(connection, number).revision
        return questionnaire_drafts.publish(connection, number, revision, first_day, official, NOON).version

    for first_day in (date(2062, 1, 1), TODAY):
        version = await office.write(partial(publish, first_day=first_day))
        await taken_back(office, "health", version, TODAY)
    assert await office.write(partial(publish, first_day=TODAY)) == 4
    known = await office.read(questionnaires.known)
    assert known.in_force("health", TODAY) == known.load("health", 4)
