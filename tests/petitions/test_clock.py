"""Reminders over real storage: each slot once, none while waiting, one after a long sleep."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from offices.worktime import LOCAL
from petitions.errors import NotFoundError
from petitions.lifecycle import Event
from storage import schedule, staff
from storage.database import Database
from storage.outbox import Urgency
from storage.petitions import REMINDER
from storage.tables.delivery import due
from tests.petitions.world import World, build


def waiting(world: World) -> Sequence[tuple[str, datetime]]:
    query = select(due.c.kind, due.c.payload, due.c.due_at).where(due.c.state == "waiting").order_by(due.c.due_at)
    rows = world.connection.execute(query).all()
    assert {row.kind for row in rows} <= {REMINDER}
    return [(row.payload["slot"], row.due_at) for row in rows]


def work(world: World) -> list[bool]:
    """Do what is due, as the schedule's worker does."""
    done = []
    for each in schedule.due_now(world.connection, world.now, kinds=[REMINDER]):
        assert schedule.take(world.connection, each)
        done.append(world.desk.remind(each.payload["code"], each.payload["slot"]))
    return done


def march(day: int, hour: int = 8) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=LOCAL)


async def test_a_petition_is_reminded_slot_by_slot_to_the_right_people(database: Database) -> None:
    def scene(connection: Connection) -> None:
        world = build(connection)
        code = world.submit().code
        assert waiting(world) == [("half", march(11))]
        told = []
        for day in range(2, 28):
            world.on(3, day)
            told += [world.petition(code).leg.reminders[-1] for sent in work(world) if sent]
        due_on = "2026-03-23"
        expected = ["half", *(f"{slot}@{due_on}" for slot in ("eve", "day", "late-1", "late-2", "late-3", "late-4"))]
        assert told == expected
        reminders = [key for key in world.heard(world.officer) if "reminder" in key]
        assert reminders == ["petition_reminder_half", "petition_reminder_eve", "petition_reminder_day"]
        assert world.heard(world.leader) == ["petition_late"] * 4
        assert world.heard(world.coordinator) == ["petition_late"] * 2
        assert world.facts(world.coordinator)["late_days"] == 4
        assert {row.urgency for row in world.letters(world.leader)} == {int(Urgency.REMINDER)}
        events = [entry.event for entry in world.desk.history(code, world.leader)][2:]
        assert events == [Event.REMIND] * 5 + [Event.ESCALATE] * 2

    await database.write(scene)


async def test_who_stands_in_for_the_coordinator_reads_a_late_notice_once(database: Database) -> None:
    def scene(connection: Connection) -> None:
        world = build(connection)
        code = world.submit().code
        staff.set_active(connection, world.coordinator.id, active=False, now=world.now, actor="system")
        world.on(3, 27)
        assert work(world) == [True]
        assert world.desk.history(code, world.leader)[-1].event == Event.ESCALATE
        assert world.heard(world.leader) == ["petition_late"]

    await database.write(scene)


async def test_a_server_that_slept_over_three_slots_sends_one_message(database: Database) -> None:
    def scene(connection: Connection) -> None:
        world = build(connection)
        code = world.submit().code
        world.on(3, 25)
        assert work(world) == [True]
        assert world.petition(code).leg.reminders == ("late-2@2026-03-23",)
        assert world.heard(world.officer) == ["petition_new"]
        assert waiting(world) == [("late-3", march(26))]

    await database.write(scene)


async def test_the_buttons_of_a_reminder_are_steps_that_can_be_taken(database: Database) -> None:
    def offered(world: World) -> list[str]:
        return [button["start"].rsplit(":", 1)[-1] for button in world.letters(world.leader)[-1].body["buttons"]]

    def scene(connection: Connection) -> None:
        world = build(connection)
        code = world.submit().code
        world.on(3, 24)
        work(world)
        assert offered(world) == ["draft", "ask"]
        assert set(offered(world)) <= set(world.desk.possible(code, world.leader))
        world.desk.draft_answer(code, world.officer, "Đã sửa.")
        world.on(3, 25)
        work(world)
        assert offered(world) == ["approve", "return_draft"]
        assert set(offered(world)) <= set(world.desk.possible(code, world.leader))
        world.desk.approve(code, world.leader, send=False)
        world.on(3, 26)
        work(world)
        assert offered(world) == ["answer"]
        assert set(offered(world)) <= set(world.desk.possible(code, world.leader))

    await database.write(scene)


async def test_a_reminder_that_is_not_sent_in_time_lapses_long_before_other_letters(database: Database) -> None:
    def scene(connection: Connection) -> None:
        world = build(connection)
        world.submit()
        world.on(3, 11)
        work(world)
        new, reminder = world.letters(world.officer)
        assert new.expires_at == new.created_at + timedelta(days=30)
        assert reminder.expires_at == datetime(2026, 3, 13, tzinfo=LOCAL)

    await database.write(scene)


async def test_an_outage_does_not_pile_up_reminders(database: Database) -> None:
    def scene(connection: Connection) -> None:
        world = build(connection)
        world.submit()
        for day in range(2, 28):
            world.on(3, day)
            work(world)
        assert len(world.letters(world.leader)) == 4
        alive = [row for row in world.letters(world.leader) if row.expires_at > world.now]
        assert [row.body["params"]["late_days"] for row in alive] == [3, 4]

    await database.write(scene)


async def test_a_slot_is_used_once_however_often_it_is_called(database: Database) -> None:
    def scene(connection: Connection) -> None:
        world = build(connection)
        code = world.submit().code
        world.on(3, 11)
        assert [world.desk.remind(code, "half") for _ in range(3)] == [True, False, False]
        assert not world.desk.remind(code, "eve")
        assert world.heard(world.officer).count("petition_reminder_half") == 1

    await database.write(scene)


async def test_nothing_is_planned_while_the_sender_is_asked_nor_after_the_end(database: Database) -> None:
    def scene(connection: Connection) -> None:
        world = build(connection)
        code = world.submit().code
        world.on(3, 12)
        work(world)
        world.desk.ask_citizen(code, world.officer, "Ở đâu ạ?")
        assert waiting(world) == []
        world.on(3, 19)
        world.desk.supply(code, world.citizen, "Thôn 3")
        assert waiting(world) == [("eve", march(27))]
        world.desk.draft_answer(code, world.officer, "Đã sửa.")
        world.desk.approve(code, world.leader)
        assert waiting(world) == []
        assert not world.desk.remind(code, "eve")

    await database.write(scene)


async def test_an_unknown_petition_cannot_be_reminded(database: Database) -> None:
    with pytest.raises(NotFoundError):
        await database.write(lambda connection: build(connection).desk.remind("PA-0000-0000-0000", "half"))
