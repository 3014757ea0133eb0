"""After an outage longer than Zalo repeats: each missed message once, in order, late ones answered as late."""

import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.channels.receiving import Receiver
from bot.channels.zalo.client import Addresses, ZaloClient
from bot.channels.zalo.parsing import ZaloAccount, parse_event
from bot.channels.zalo.reading_back import MOST_MESSAGES, ReadBack, ReadingFails
from bot.channels.zalo.seal import Seal
from bot.leasing import Leasing
from storage.database import Database
from storage.tables.conversations import event
from storage.tables.delivery import outbox
from tests.bot.channels.test_zalo_sending import GoodToken
from tests.bot.office import Office
from tests.fakes.zalo import FakeZalo, Phone

LIST, CHAT = "/v2.0/oa/listrecentchat", "/v2.0/oa/conversation"


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copyfile(sqlite_template, tmp_path / "langnghe.db")
    return f"sqlite:///{tmp_path}/langnghe.db"


@dataclass
class World:
    """An office whose webhook hears what it is given, and what reads back the rest."""

    office: Office
    fake: FakeZalo
    zalo: ZaloAccount
    receiver: Receiver
    read_back: ReadBack
    token: GoodToken

    async def hears(self) -> None:
        """Let the webhook take what Zalo holds back for it."""
        for each in self.fake.world.courier.lost:
            await self.receiver.take(json.loads(each.raw))
        self.fake.world.courier.lost.clear()

    async def passes(self, **length: float) -> int:
        """Let time pass, and look; return how many messages were read back."""
        self.office.passes(**length)
        self.token.value = self.fake.world.oauth.issue().access
        return await self.read_back.round()

    async def taken(self) -> int:
        query = select(func.count()).select_from(event).where(event.c.channel == "zalo")
        return await self.office.reads(lambda c: c.execute(query).scalar_one())

    async def said(self) -> list[str]:
        bodies = await self.office.reads(lambda c: list(c.scalars(select(outbox.c.body).order_by(outbox.c.id))))
        return [str(body["text"]) for body in bodies if "text" in body]


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    office = await Office(database).install()
    async with FakeZalo(clock=office.clock) as fake:
        console = fake.console
        zalo = ZaloAccount(console.app_id, console.oa_id, Seal("key", console.oa_id))
        receiver = Receiver(
            "zalo", zalo.account, lambda raw: parse_event(raw, zalo, office.at), office.intake.accept,
            office.intake.bury_raw,
        )  # fmt: skip
        token = GoodToken(fake.world.oauth.issue().access)
        client = ZaloClient(Addresses(fake.bases.oauth, fake.bases.openapi, fake.bases.business), token, timeout=1)
        read_back = ReadBack(zalo, client, receiver, database, Leasing(database, office.clock), office.clock)
        yield World(office, fake, zalo, receiver, read_back, token)
        await client.close()


async def known(world: World, number: int) -> Phone:
    """Return the phone of somebody who wrote when all was well."""
    phone = world.fake.person(number)
    await phone.types("trợ giúp")
    await world.hears()
    return phone


async def test_what_was_missed_is_taken_once_and_what_was_heard_not_again(world: World) -> None:
    first, second = await known(world, 1), await known(world, 2)
    assert await world.passes(hours=3) == 0  # nothing is missing of before the first look
    await first.types("phản ánh")
    await first.types("1")
    await second.types("trợ giúp")
    before = await world.taken()
    assert await world.passes(minutes=30) == 0  # Zalo still brings it by itself
    assert await world.passes(hours=5) == 3
    assert await world.taken() == before + 3
    said = " ".join(await world.said())
    assert "Việc này liên quan đến cơ quan nào" in said  # the two of one chat came in order
    assert await world.passes(hours=1) == 0
    await world.hears()  # and now Zalo brings them after all
    assert await world.taken() == before + 3


async def test_while_the_webhook_stays_off_each_round_finds_the_next(world: World) -> None:
    phone = await known(world, 1)
    await world.passes(hours=3)
    for _ in range(3):
        await phone.types("trợ giúp")
        assert await world.passes(hours=3) == 1


async def test_a_message_of_ours_after_it_hides_nothing_once_something_is_missing(world: World) -> None:
    first, second = await known(world, 1), await known(world, 2)
    await world.passes(hours=3)
    await first.types("trợ giúp")
    world.fake.human_writes(first, "một tin sau đó")
    await second.types("trợ giúp")
    assert await world.passes(hours=4) == 2


async def test_after_an_outage_a_later_message_of_the_same_chat_hides_nothing(world: World) -> None:
    phone = await known(world, 1)
    await world.passes(hours=3)
    await phone.types("phản ánh")
    world.office.passes(hours=5)  # while we were away
    await phone.types("còn ai ở đó không?")
    newest = world.fake.world.courier.lost.pop()
    await world.receiver.take(json.loads(newest.raw))
    assert await world.passes(minutes=1) == 1
    assert await world.passes(hours=3) == 0


@pytest.mark.parametrize("minutes", [20, 150])
async def test_news_of_ours_after_a_message_hides_it_not_though_nobody_else_wrote(world: World, minutes: int) -> None:
    phone = await known(world, 1)
    await world.passes(hours=3)
    await phone.types("phản ánh")
    taken = 0
    for passed in range(15, 400, 15):
        if passed == 15 + minutes // 15 * 15:
            world.fake.human_writes(phone, "tin báo về một phản ánh trước đó")
        taken += await world.passes(minutes=15)
    assert taken == 1


async def test_chats_in_which_the_last_word_is_an_answer_are_not_read(world: World) -> None:
    phone = await known(world, 1)
    await world.passes(hours=3)
    await phone.types("trợ giúp")
    await world.hears()
    world.fake.human_writes(phone, "câu trả lời")
    for _ in range(12):
        await world.passes(minutes=15)
    assert world.fake.called(CHAT) == []


async def test_what_cannot_be_read_back_is_told(world: World) -> None:
    phone = await known(world, 1)
    await world.passes(hours=3)
    await phone.sends_sticker()
    assert await world.passes(hours=4) == 1
    assert "nhãn dán" in (await world.said())[-1]


async def test_what_was_heard_is_known_again_whatever_the_list_calls_it(world: World) -> None:
    phone = await known(world, 1)
    await world.passes(hours=3)
    sends = (
        phone.sends_image, phone.sends_audio, phone.sends_sticker, phone.sends_business_card,
        partial(phone.sends_file, b"%PDF-1.4"), partial(phone.sends_location, 21.0, 105.8),
        partial(phone.types, "trợ giúp"),
    )  # fmt: skip
    for send in sends:
        await send()
        await world.hears()
        assert await world.passes(hours=4) == 0


async def test_a_clock_that_was_set_back_stops_nothing_for_long(world: World) -> None:
    phone = await known(world, 1)
    await world.passes(days=300)
    world.office.passes(days=-300)
    assert await world.passes(hours=3) == 0
    await phone.types("trợ giúp")
    assert await world.passes(hours=4) == 1


async def test_where_lists_name_messages_otherwise_nothing_is_taken(world: World) -> None:
    """Nobody could verify that the ids are the same; else every message would be answered twice."""
    phone = world.fake.person(1)
    await phone.types("trợ giúp")
    await world.passes(hours=3)
    await phone.types("trợ giúp")
    assert await world.passes(hours=4) == 0
    assert await world.taken() == 0


async def test_three_days_and_fifty_messages_of_a_chat_are_the_bounds(world: World) -> None:
    phone, other = await known(world, 1), await known(world, 2)
    await world.passes(hours=3)
    await other.types("trợ giúp")
    world.office.passes(days=5)
    for _ in range(MOST_MESSAGES + 5):
        await phone.types("trợ giúp")
    await other.types("trợ giúp")
    assert await world.passes(hours=4) == MOST_MESSAGES + 1


async def test_a_list_that_fails_is_looked_through_again(world: World) -> None:
    phone = await known(world, 1)
    await world.passes(hours=3)
    await phone.types("trợ giúp")
    world.fake.next_answer(LIST, error=-32)
    with pytest.raises(ReadingFails):
        await world.passes(hours=4)
    assert await world.passes(minutes=1) == 1


async def test_nobody_is_asked_more_often_than_every_quarter_of_an_hour(world: World) -> None:
    await known(world, 1)
    await world.passes(hours=3)
    for _ in range(14):
        await world.passes(minutes=1)
    assert world.fake.called(LIST) == []
    await world.passes(minutes=1)
    assert len(world.fake.called(LIST)) == 1
    assert await world.passes(seconds=timedelta(minutes=1).total_seconds()) == 0
