"""News that went as a template, which holds nothing of it, goes whole when its reader writes: once, and free."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, insert, select

from bot.channels.zalo.routes import Policy
from bot.messages import IncomingKind
from offices.staff import Role
from petitions.kinds import Subject
from petitions.model import Submission
from storage import staff
from storage.desks import petition_desk
from storage.outbox import Urgency
from storage.tables.people import chat
from storage.tables.staff import staff_chat
from tests.bot.channels.test_zalo_carrier import BILLED, UPDATE, World, database_url, later, world

__all__ = ["database_url", "world"]


async def petition(world: World) -> str:
    """Have the person of the chat send a petition; return its code."""

    def submit(connection: Connection) -> str:
        person = connection.scalar(select(chat.c.person_id).where(chat.c.id == world.chat))
        desk = petition_desk(connection, world.office.reference.refresh(connection), world.office.at)
        assert person is not None
        return desk.submit(Submission(person, world.chat, Subject.SITE, "Đèn đường hỏng")).code

    return await world.office.database.write(submit)


async def as_template(world: World, code: str, number: int = 1, urgency: Urgency = Urgency.NOTICE) -> None:
    """Tell news of a petition whose sender has not written for nine days."""
    later(world, days=9)
    await world.lists()
    await world.tells(number=number, urgency=urgency, code=code)
    await world.sender().round()
    assert (await world.attempts())[-1] == ("template", "sent", 200)


async def writes(world: World, *, ago: timedelta = timedelta(0), policy: Policy = BILLED) -> list[str]:
    """Let the person write, so long ago, and all go that may; return what he was told of the content."""
    before = len(world.heard())
    world.phone.person.last = world.office.at - ago
    event = world.office.event(
        IncomingKind.TEXT, who=world.phone.person.id, channel="zalo", account=world.channel.account, text="chào"
    )
    await world.office.intake.accept(replace(event, at=event.at - ago))
    for _ in range(5):
        await world.sender(policy).round()
        later(world, seconds=6)
    return [each for each in world.heard()[before:] if "chuyện riêng" in each]


async def test_what_was_answered_is_told_whole_once_when_the_person_writes(world: World) -> None:
    await as_template(world, await petition(world))
    assert len(await writes(world, policy=Policy(may_cost=False, cap=0))) == 1
    assert await writes(world) == []
    assert await world.states() == ["sent"]
    assert [price for _, price in world.fake.world.charged] == [200]


async def test_what_came_by_telephone_number_is_told_whole_as_well(world: World) -> None:
    await world.leaves_number()
    code = await petition(world)
    later(world, days=9)
    await world.lists(replace(UPDATE, by_uid=False))
    await world.tells(code=code)
    await world.sender().round()
    assert await world.attempts() == [("template", "refused", 0), ("phone", "sent", 300)]
    assert len(await writes(world)) == 1


async def test_several_news_come_in_their_order(world: World) -> None:
    code = await petition(world)
    await as_template(world, code)
    await as_template(world, code, number=2)
    assert len(await writes(world)) == 2
    assert await writes(world) == []


async def test_an_event_that_comes_too_late_costs_nothing_and_the_next_one_brings_it(world: World) -> None:
    await as_template(world, await petition(world))
    assert await writes(world, ago=timedelta(hours=60)) == []
    assert await world.states() == ["sent"]
    assert len(await writes(world)) == 1
    assert [price for _, price in world.fake.world.charged] == [200]


async def test_news_of_long_ago_and_what_may_come_once_stay_as_they_were(world: World) -> None:
    code = await petition(world)
    await as_template(world, code)
    later(world, days=31)
    await as_template(world, code, number=2, urgency=Urgency.REMINDER)
    assert await writes(world) == []


async def test_an_official_finds_his_work_in_his_list(world: World) -> None:
    """What tells him of somebody's petition goes to his chat, and the petition is not of that chat."""
    code, now = await petition(world), world.office.at
    await world.also_tells(2, hours=-200)

    def link(connection: Connection) -> None:
        official = staff.add(
            connection, login="can.bo", name="Cán bộ Mẫu", unit="xa-mau.kinh-te", roles=[Role.OFFICER],
            password_hash="x", now=now, actor="system",
        )  # fmt: skip
        connection.execute(insert(staff_chat).values(chat_id=world.chat, staff_id=official.id, linked_at=now))

    await world.office.database.write(link)
    world.phone = world.fake.person(2)
    await as_template(world, code, number=3)
    await world.sender().round()
    assert await world.states() == ["sent", "sent"]
    assert await writes(world) == []
