"""Who unfollows a Zalo account gets nothing more and loses no news: what waits comes once, when he is back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from bot.messages import IncomingKind
from storage import outbox
from storage.outbox import Urgency
from storage.outcomes import NEVER
from storage.tables.delivery import outbox as letters
from storage.tables.people import chat
from tests.bot.channels.test_zalo_carrier import BILLED, World, database_url, later, world

__all__ = ["database_url", "world"]


async def does(world: World, kind: IncomingKind, *, minutes_ago: float = 0, **parts: Any) -> None:
    """Take what the person did at the account, so many minutes ago."""
    office = world.office
    event = office.event(kind, who=world.phone.person.id, channel="zalo", account=world.channel.account, **parts)
    await office.intake.accept(replace(event, at=event.at - timedelta(minutes=minutes_ago)))


async def states(world: World) -> Sequence[str]:
    return await world.office.reads(lambda c: list(c.scalars(select(letters.c.state).order_by(letters.c.id))))


async def sends(world: World) -> list[str]:
    """Send what may go; return what the person was told."""
    before = len(world.heard())
    sender = world.sender(BILLED)
    for _ in range(4):
        await sender.round()
        later(world, seconds=6)
    return world.heard()[before:]


async def test_what_waits_is_held_by_its_worth(world: World) -> None:
    await world.tells()
    await world.tells(number=2, urgency=Urgency.REMINDER)
    await does(world, IncomingKind.BLOCKED)

    assert await states(world) == ["held", "unreachable"]
    without_end = select(letters.c.state).where(letters.c.not_before >= NEVER)
    assert await world.office.reads(lambda c: list(c.scalars(without_end))) == ["held"], "whom to call lists it"
    assert await sends(world) == []


async def test_a_reply_is_held_and_a_mere_question_ends(world: World) -> None:
    put = partial(outbox.put_words, chat_id=world.chat, now=world.office.at)
    stale = world.office.at + timedelta(minutes=10)
    await world.office.database.write(lambda c: put(c, body={"text": "Mã của Ông/Bà"}, unique_key="receipt"))
    await world.office.database.write(lambda c: put(c, body={"text": "?"}, unique_key="question", stale_at=stale))
    await does(world, IncomingKind.BLOCKED)

    assert await states(world) == ["held", "unreachable"]
    await does(world, IncomingKind.ARRIVED)
    assert "Mã của Ông/Bà" in await sends(world)


async def test_news_that_comes_later_costs_nothing_and_waits(world: World) -> None:
    await does(world, IncomingKind.BLOCKED)
    later(world, days=3)
    await world.lists()
    await world.tells()

    assert await sends(world) == []
    assert await states(world) == ["held"]
    assert await world.attempts() == []


@pytest.mark.parametrize("how", [IncomingKind.ARRIVED, IncomingKind.TEXT])
async def test_who_is_back_gets_it_once(world: World, how: IncomingKind) -> None:
    await does(world, IncomingKind.BLOCKED)
    await world.tells()
    assert await sends(world) == []
    world.phone.person.last = world.office.at
    await does(world, how, text="xin chào")

    told = await sends(world)
    assert sum("chuyện riêng" in each for each in told) == 1
    assert await world.office.reads(lambda c: c.scalar(select(chat.c.state))) == "active"
    await does(world, how, text="xin chào")
    assert not any("chuyện riêng" in each for each in await sends(world))


async def test_an_unfollowing_that_is_told_late_does_not_silence_who_is_back(world: World) -> None:
    await does(world, IncomingKind.ARRIVED)
    await does(world, IncomingKind.BLOCKED, minutes_ago=30)
    await world.tells()

    assert any("chuyện riêng" in each for each in await sends(world))


async def test_who_left_is_not_back_because_somebody_writes_to_him_by_hand(world: World) -> None:
    await does(world, IncomingKind.BLOCKED)
    later(world, minutes=30)
    await does(world, IncomingKind.BY_HAND, message_ref="of another")
    await world.tells()

    assert await sends(world) == []
    assert await states(world) == ["held"]
    assert await world.office.reads(lambda c: c.scalar(select(chat.c.state))) == "unreachable"


async def test_what_was_written_before_leaving_and_is_told_after_it_brings_nobody_back(world: World) -> None:
    """Zalo repeats an event for two hours, and what it gave up is read back days later."""
    await world.tells()
    later(world, hours=1)
    await does(world, IncomingKind.BLOCKED)
    later(world, minutes=30)
    await does(world, IncomingKind.TEXT, minutes_ago=40, text="xin chào")

    assert await sends(world) == []
    assert set(await states(world)) == {"held"}, "the answer, too: he is told when he is back"
    assert await world.office.reads(lambda c: c.scalar(select(chat.c.state))) == "unreachable"
    await does(world, IncomingKind.TEXT, text="phản ánh")
    world.phone.person.last = world.office.at
    told = await sends(world)
    assert sum("chuyện riêng" in each for each in told) == 1
    assert await world.office.reads(lambda c: c.scalar(select(chat.c.state))) == "active"
