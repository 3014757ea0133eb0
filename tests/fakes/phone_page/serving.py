"""A fake with its page, on fixed ports of this machine."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from tests.fakes.phone_page.handset import Stage
from tests.fakes.phone_page.page import PhonePage
from tests.fakes.phone_page.telegram_stage import telegram_stage
from tests.fakes.phone_page.zalo_stage import zalo_stage
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram.webhook import Delivery as TelegramDelivery
from tests.fakes.zalo import Delivery, FakeZalo

REAL_PACE = 1.0

Shown = tuple[str, list[str]]


@asynccontextmanager
async def zalo_page(port: int, language: str, webhook: str) -> AsyncIterator[Shown]:
    """Serve the fake Zalo: the page at `port` (0 = a free one), the hosts behind it.

    webhook  the server's address; the console of the real Zalo would hold it

    Gives the page's address and the lines of settings.
    """
    fake = FakeZalo(delivery=Delivery(pace=REAL_PACE), port=port and port + 1)
    async with fake:
        fake.world.courier.point_at(webhook)
        async with _served(zalo_stage(fake), language, port) as shown:
            yield shown


@asynccontextmanager
async def telegram_page(port: int, language: str, _webhook: str) -> AsyncIterator[Shown]:
    """Serve the fake Telegram: the page at `port`, the Bot API behind it; a server sets its webhook itself."""
    fake = FakeTelegram(webhook=TelegramDelivery(pace=REAL_PACE), port=port and port + 1)
    async with fake, _served(telegram_stage(fake), language, port) as shown:
        yield shown


@dataclass(frozen=True)
class Page:
    """How a page is served, with how many hosts at the ports after its own."""

    serve: Callable[[int, str, str], AbstractAsyncContextManager[Shown]]
    hosts: int


PAGES = {"zalo": Page(zalo_page, hosts=4), "telegram": Page(telegram_page, hosts=1)}


@asynccontextmanager
async def _served(stage: Stage, language: str, port: int) -> AsyncIterator[Shown]:
    runner = web.AppRunner(PhonePage(stage, language).application(), shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        settings = [f"{name}={value}" for name, value in stage.settings().items()]
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", settings
    finally:
        await runner.cleanup()
