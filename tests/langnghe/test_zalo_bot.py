"""A whole service with a Zalo bot: a rating by typed numbers, by polling and by webhook."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession
from pydantic import SecretStr
from sqlalchemy import update

from bot.channels.receiving import Receiver
from bot.channels.zalo_bot.channel import ZaloBotChannel
from bot.channels.zalo_bot.parsing import CHANNEL, bot_events
from bot.delivery import Sender
from bot.file_links import FileLinks
from bot.leasing import Leasing
from bot.messages import Incoming, Outgoing
from bot.words import Words, load_texts
from langnghe.app import serving
from langnghe.service import Service
from langnghe.zalo_bot import ZaloBotWork
from storage import channel_states
from storage.channel_states import ChannelState
from storage.database import Database, StoreUnavailable
from storage.tables.leases import lease
from tests.conversations.world import World, check_whole
from tests.fakes.zalo_bot import SECRET_HEADER, TOKEN, FakeZaloBot

SECRET = "0123456789abcdef"


@asynccontextmanager
async def running(world: World, fake: FakeZaloBot, secret: str | None = None) -> AsyncIterator[tuple[Service, int]]:
    """Serve a commune with a bot; gives the service and its port."""
    await world.install()
    world.watch.now = fake.clock()
    settings = {"zalo_bot_token": SecretStr(TOKEN), "zalo_bot_api_base": fake.base}
    world.settings = settings | ({"zalo_bot_secret": SecretStr(secret)} if secret else {})
    async with world.service() as service, serving(service) as port:
        tasks = [asyncio.create_task(each) for each in service.work.loops()]
        try:
            yield service, port
        finally:
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks)
    await world.writes(check_whole)


async def until(happened: Callable[[], object] | Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(20):
        while not happened():  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.02)


async def test_a_rating_is_given_by_numbers(tmp_path: Path) -> None:
    world = World(tmp_path, f"sqlite:///{tmp_path}/langnghe.db")
    async with FakeZaloBot() as fake, running(world, fake):
        phone = fake.person(1)
        for typed, said in (
            ("/start u_xa-mau_tram-y-te", "5. Rất hài lòng"),
            ("5", "“Bỏ qua”"),
            ("bỏ qua", "đã được ghi nhận"),
            ("Không, cảm ơn", "đã dành thời gian"),
        ):
            await phone.types(typed)
            await until(lambda said=said: said.casefold() in "\n".join(phone.hears()).casefold())


async def test_who_sends_a_picture_is_led_to_the_web_chat(tmp_path: Path) -> None:
    world = World(tmp_path, f"sqlite:///{tmp_path}/langnghe.db")
    async with FakeZaloBot() as fake, running(world, fake):
        for number, begins in enumerate(("/start u_xa-mau_tram-y-te", "")):
            phone = fake.person(number + 1)
            if begins:
                await phone.types(begins)
                await until(phone.hears)
            await phone.sends_image("https://mau.example/anh.jpg")
            await until(lambda phone=phone: "http://127.0.0.1/chat" in "".join(phone.hears()))
            assert "ở đây tôi chỉ đọc được chữ" in "".join(phone.hears())


async def test_updates_are_brought_with_the_secret_only(tmp_path: Path) -> None:
    world = World(tmp_path, f"sqlite:///{tmp_path}/langnghe.db")
    async with FakeZaloBot() as fake, running(world, fake, SECRET) as (_, port):
        await until(lambda: fake.hook)
        assert fake.hook == ("http://127.0.0.1/webhook/zalo-bot", SECRET)
        address = f"http://127.0.0.1:{port}/webhook/zalo-bot"
        fake.hook = (address, SECRET)
        phone = fake.person(1)
        await phone.types("Xin chào")
        await until(phone.hears)
        assert fake.attempts == [200]
        async with ClientSession(trust_env=False) as http, http.post(address, headers={SECRET_HEADER: "x"}) as answer:
            assert answer.status == 403


async def test_a_token_that_is_refused_is_an_alarm_until_it_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("langnghe.zalo_bot.pause_before", lambda _: 0.01)
    world = World(tmp_path, f"sqlite:///{tmp_path}/langnghe.db")
    place = ("zalo_bot", TOKEN.partition(":")[0])
    async with FakeZaloBot() as fake:
        fake.next_answer("deleteWebhook", error=401)
        async with running(world, fake) as (service, _):

            async def state() -> ChannelState | None:
                return await service.database.read(lambda connection: channel_states.find(connection, *place))

            await fake.person(1).types("Xin chào")
            await until(fake.person(1).hears)
            found = await state()
            assert found is not None
            assert (found.problem, found.checked_at) == (None, world.watch.now)
            fake.next_answer("getUpdates", error=401, times=100)
            await fake.person(1).types("x")  # ends the question that waits
            async with asyncio.timeout(20):
                while (found := await state()) is None or found.problem != "refused":  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            assert TOKEN not in str(found.reason)


async def test_messages_that_are_refused_as_too_many_for_long_are_an_alarm_until_one_goes(tmp_path: Path) -> None:
    world = World(tmp_path, f"sqlite:///{tmp_path}/langnghe.db")
    await world.install()
    place = ("zalo_bot", f"{TOKEN.partition(':')[0]}:sending")
    async with FakeZaloBot() as fake:
        world.settings = {"zalo_bot_token": SecretStr(TOKEN), "zalo_bot_api_base": fake.base}
        phone = fake.person(1)

        async def problem_after(service: Service, length: timedelta) -> str | None:
            """Let time pass, and send a message."""
            world.watch.passes(length)
            bot = service.channels.zalo_bot
            assert bot is not None
            await bot.send(phone.id, Outgoing("Mẫu"))
            found = await service.database.read(lambda connection: channel_states.find(connection, *place))
            return found.problem if found else None

        short, long = timedelta(minutes=10), timedelta(hours=1)
        async with world.service() as service:
            assert await problem_after(service, short) is None
            fake.messages_left = 0
            assert [await problem_after(service, short) for _ in range(3)] == [None] * 3
            fake.messages_left = 1  # it was a moment alone
            assert await problem_after(service, short) is None
            assert [await problem_after(service, long) for _ in range(3)] == [None, "allowance", "allowance"]
        async with world.service() as service:  # another process ends it as well
            fake.messages_left = 1
            assert await problem_after(service, long) is None


async def test_a_platform_that_is_away_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("langnghe.zalo_bot.pause_before", lambda _: 0.01)
    world = World(tmp_path, f"sqlite:///{tmp_path}/langnghe.db")
    async with FakeZaloBot() as fake:
        fake.next_answer("deleteWebhook", error=500, times=2)
        fake.next_answer("getUpdates", error=500)
        async with running(world, fake):
            phone = fake.person(1)
            await phone.types("Xin chào")
            await until(phone.hears)


@pytest.mark.parametrize("end", ["lease lost", "orderly stop"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_update_that_cannot_be_stored_now_outlives_the_lease(
    database: Database, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """The platform does not give it again: a store that is away for long ends the lease, too."""
    monkeypatch.setattr("langnghe.zalo_bot.STORE_SECONDS", 0.05)
    refused, is_back, taken = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def accept(_incoming: Incoming) -> None:
        if not is_back.is_set():
            refused.set()
            raise StoreUnavailable("away")
        taken.set()

    async def dead_letter(*_: object) -> None:
        raise AssertionError("nothing is wrong with it")

    async with FakeZaloBot() as fake:
        bot, clock = ZaloBotChannel(TOKEN, fake.base, FileLinks.of("", "khoa-mau"), fake.clock, timeout=1), fake.clock
        receiver = Receiver(
            CHANNEL, bot.account, lambda raw: bot_events(raw, bot.account, clock(), ""), accept, dead_letter
        )
        sender = Sender(database, {}, Words(load_texts(), lambda ref, _: ref.code), clock)
        leasing = Leasing(database, clock, term=timedelta(seconds=0.3))
        working = asyncio.create_task(ZaloBotWork(bot, receiver, sender, leasing, None).receive())
        await fake.person(1).types("Xin chào")
        async with asyncio.timeout(20):
            await refused.wait()
            if end == "orderly stop":
                working.cancel()
            else:
                await database.write(lambda c: c.execute(update(lease).values(epoch=lease.c.epoch + 1, holder="x")))
                await asyncio.sleep(0.3)
            await asyncio.sleep(0.1)
            is_back.set()
            await taken.wait()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await bot.close()
