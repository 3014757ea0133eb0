"""The one place that builds everything and knows every concrete class."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web

from bot.broadcasting import Broadcaster
from bot.carrying import Channel
from bot.catching_up import CatchingUp
from bot.channels.receiving import Receiver
from bot.channels.telegram.calls import Commands
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.parsing import CHANNEL as TELEGRAM
from bot.channels.telegram.parsing import events_of
from bot.channels.telegram.receiving import telegram_receiver
from bot.channels.telegram.webhook import webhook_handler
from bot.channels.web.chat import WebChat
from bot.channels.web.preview import preview_routes
from bot.channels.web.routes import web_routes
from bot.channels.web.settings import WebSettings
from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.feedback import RatingList
from bot.channels.zalo.listing import TemplateList
from bot.channels.zalo.parsing import CHANNEL as ZALO
from bot.channels.zalo.parsing import parse_event
from bot.channels.zalo.tokens import TokenKeeper
from bot.channels.zalo_bot.channel import ZaloBotChannel
from bot.channels.zalo_bot.parsing import CHANNEL as ZALO_BOT
from bot.checking import Checker
from bot.conversations import Conversations
from bot.delivery import Sender
from bot.fetching import Fetcher, FileSource
from bot.intake import Intake
from bot.leasing import Leasing
from bot.looking import LookBeside
from bot.loops import BEATS
from bot.messages import Clock, Incoming
from bot.retrying import Parser, Retrier
from bot.schedule import Schedule
from bot.scripts import SCRIPTS
from bot.sweeping import Sweeper
from bot.watching import Watcher
from bot.words import Words, load_texts
from langnghe import collector, store, zalo, zalo_bot
from langnghe.clock import utc_now
from langnghe.config import Config
from langnghe.exporting import Exporter
from langnghe.health import Health
from langnghe.late_pages import LatePages
from langnghe.loading import quick_turns
from langnghe.one_server import only_server
from langnghe.stopping import told_to_stop
from langnghe.telegram import TelegramWork, Webhook
from langnghe.whole_file import WholeFile
from langnghe.workers import Workers, plan_housekeeping
from langnghe.zalo_bot import ZaloBotWork
from langnghe.zalo_tokens import keeper_of
from storage.database import Database
from storage.files import FolderStore
from storage.reference import ReferenceHolder
from storage.schema import sqlite_path

log = logging.getLogger(__name__)

WEBHOOK_PATH = "/webhook/telegram"
PAGES = web.AppKey("pages", LatePages)
LAST_REQUESTS_SECONDS = 5.0
"""How long a server that is told to stop finishes requests; with the senders' last answers less than ten seconds."""
COMMAND_NAMES = ("danhgia", "phananh", "tracuu", "dulieu", "ngonngu", "trogiup", "huy")


class _Connected(Channel, FileSource, Protocol):
    """A channel that takes letters and gives files."""


@dataclass(frozen=True)
class Service:
    """Everything that runs, over one open database."""

    config: Config
    clock: Clock
    database: Database
    reference: ReferenceHolder
    words: Words
    talk: Conversations
    intake: Intake
    files: FolderStore
    web_chat: WebChat
    telegram: TelegramChannel | None
    zalo_bot: ZaloBotChannel | None
    official: ZaloChannel | None
    sender: Sender
    schedule: Schedule
    fetcher: Fetcher
    sweeper: Sweeper
    broadcaster: Broadcaster
    catching_up: CatchingUp
    leasing: Leasing
    beats: dict[str, float]
    zalo_tokens: TokenKeeper | None = None

    def web_application(self) -> web.Application:
        """Return the web server's application: chat, pages, webhook, health."""
        # The largest form of the office's pages holds two long texts; the chat reads its uploads as a stream.
        app = web.Application(client_max_size=1024 * 1024)
        app.add_routes(web_routes(self.web_chat))
        app.add_routes(preview_routes(self.web_chat, self.intake))
        app[PAGES] = LatePages(self._load_pages)
        app.router.register_resource(app[PAGES])
        app.add_routes(self._health().routes())
        secret = self.config.telegram_webhook_secret
        if self.telegram and secret:
            app.router.add_post(WEBHOOK_PATH, webhook_handler(self.receiver(), secret.get_secret_value()))
        if self.config.has_zalo:
            app.router.add_post(
                zalo.WEBHOOK_PATH, zalo.webhook(self.config, self.database, self.intake, self.clock).handle
            )
        if self.zalo_bot:
            receiver = zalo_bot.receiver_of(self.zalo_bot, self.intake, self.clock)
            zalo_bot.add_route(app, receiver, zalo_bot.webhook_of(self.config))
        app.on_shutdown.append(self._stop_watching)
        return app

    def receiver(self) -> Receiver:
        """Return what takes the raw updates of the Telegram bot."""
        telegram = self._bot()
        return telegram_receiver(
            bot=lambda: telegram.identity,
            accept=self.intake.accept,
            dead_letter=self.intake.bury_raw,
            press_heard=telegram.answer_press_soon,
            clock=self.clock,
        )

    def background(self) -> list[Coroutine[Any, Any, None]]:
        """Return the loops of a worker: sending, schedule, fetching, sweeping, broadcasting, checking, bots."""
        # What goes to a bot's chats is sent by whoever holds its lease; what goes onto our own page, by all.
        self.sender.turns = {}
        loops = [self.sender.run(), self.schedule.run(), self.fetcher.run(), self.sweeper.run(), self.broadcaster.run()]
        loops += [self.catching_up.run(), self._retrier().run(), self._watcher().run()]
        loops.append(Checker(self.database, self.clock, LookBeside(self.config.database_url)).run())
        loops += self._exporter().loops()
        if file := sqlite_path(self.config.database_url):
            loops.append(WholeFile(self.database, self.clock, file).look())
        if self.zalo_bot:
            loops += self._zalo_bot_work(self.zalo_bot).loops()
        if self.official:
            loops += self._zalo_work(self.official).loops()
        if self.zalo_tokens:
            loops.append(self.zalo_tokens.run())
        return [*loops, *self._telegram_work().loops()] if self.telegram else loops

    def _zalo_work(self, official: ZaloChannel) -> zalo.ZaloWork:
        client, account = official.client, official.account
        ratings = zalo.ratings_of(self.config, self.database, self.reference, self.clock)
        return zalo.ZaloWork(
            official, self.sender, self.leasing, TemplateList(account, client, self.database, self.clock),
            RatingList(account, client, ratings, self.database, self.clock),
        )  # fmt: skip

    def _exporter(self) -> Exporter:
        return Exporter(self.database, self.config.database_url, self.files, self.config.exports_folder, self.clock)

    def _zalo_bot_work(self, bot: ZaloBotChannel) -> ZaloBotWork:
        receiver = zalo_bot.receiver_of(bot, self.intake, self.clock)
        return ZaloBotWork(bot, receiver, self.sender, self.leasing, zalo_bot.webhook_of(self.config))

    def _retrier(self) -> Retrier:
        def of_telegram(update: Any) -> Sequence[Incoming]:
            return events_of(update, self._bot().identity, self.clock())

        def of_zalo(event: Any) -> Sequence[Incoming]:
            return parse_event(event, zalo.account_of(self.config), self.clock())

        parsers: dict[str, Parser] = {TELEGRAM: of_telegram} if self.telegram else {}
        if self.config.has_zalo:
            parsers[ZALO] = of_zalo
        if self.zalo_bot:
            parsers[ZALO_BOT] = zalo_bot.receiver_of(self.zalo_bot, self.intake, self.clock).parse
        return Retrier(self.database, self.intake, self.clock, parsers)

    def _watcher(self) -> Watcher:
        return Watcher(self.database, self.clock, self._telegram_work().deliveries() if self.telegram else None)

    def _telegram_work(self) -> TelegramWork:
        webhook = None
        if self.config.telegram_mode == "webhook" and self.config.telegram_webhook_secret:
            secret = self.config.telegram_webhook_secret.get_secret_value()
            webhook = Webhook(f"{self.config.public_url}{WEBHOOK_PATH}", secret)
        return TelegramWork(self._bot(), self.receiver(), self.sender, self.leasing, self._commands(), webhook)

    def _commands(self) -> Commands:
        def menu(language: str) -> list[tuple[str, str]]:
            return [(name, self.words.text(f"commands.{name}", language)) for name in COMMAND_NAMES]

        return Commands({"": menu("vi"), "vi": menu("vi"), "en": menu("en")})

    def _bot(self) -> TelegramChannel:
        if self.telegram is None:
            raise RuntimeError("there is no Telegram bot: TELEGRAM_BOT_TOKEN is not set")
        return self.telegram

    async def load_late(self, pages: LatePages) -> None:
        """Load what no event waits for, one after the other: what answers people first, then the pages."""
        with quick_turns():
            if self.telegram:
                await self.telegram.load()
            await asyncio.wait([pages.begin()])

    def _load_pages(self) -> Iterable[web.RouteDef]:
        from langnghe.pages import page_routes  # noqa: PLC0415 - a fifth of a start, for which no event waits

        return page_routes(self.config, self.clock, self.database, self.reference, self.files, self._bot_name)

    def _bot_name(self) -> str | None:  # the bot learns its name only once it has reached Telegram
        return self.telegram.identity.username if self.telegram else None

    def _health(self) -> Health:
        return Health(self.config, self.clock, self.database, self.files, self.intake.tally, self.leasing, self.beats)

    async def _stop_watching(self, app: web.Application) -> None:
        await self.web_chat.close()
        await app[PAGES].stop()


@asynccontextmanager
async def open_service(config: Config, clock: Clock = utc_now, *, looked: bool = False) -> AsyncIterator[Service]:
    """Open the database, bring its tables up to date, and build everything over it.

    looked  somebody has just looked for damage in it

    Raises NotInstalledError when it holds no authority yet; StoreUnavailable; DataError.
    """
    async with AsyncExitStack() as stack:
        await store.prepare(config, looked=looked)
        database = await Database.open(config.database_url)
        stack.push_async_callback(database.close)
        yield await stack.enter_async_context(service_over(database, config, clock))


@asynccontextmanager
async def service_over(database: Database, config: Config, clock: Clock) -> AsyncIterator[Service]:
    """Build everything over an open database of this version. Raises NotInstalledError, StoreUnavailable, DataError."""
    async with AsyncExitStack() as stack:
        reference = ReferenceHolder()
        await database.read(reference.refresh)
        await database.write(lambda connection: plan_housekeeping(connection, clock()))
        service = _build(config, clock, database, reference, await _leasing(config, clock, database, stack))
        if service.telegram:
            stack.push_async_callback(service.telegram.close)
        if service.zalo_bot:
            stack.push_async_callback(service.zalo_bot.close)
        if service.official:
            stack.push_async_callback(service.official.close)
        if service.zalo_tokens:
            stack.push_async_callback(service.zalo_tokens.close)
        yield service


async def _leasing(config: Config, clock: Clock, database: Database, stack: AsyncExitStack) -> Leasing:
    """Make what keeps our leases, over connections of its own, where it waits for no other work."""
    if database.dialect == "sqlite":
        # Only one process serves the file (`only_server`), so a lease of an earlier one is nobody's.
        return Leasing(database, clock, alone=True)
    own = await Database.open(config.database_url)
    stack.push_async_callback(own.close)
    return Leasing(own, clock)


def _build(config: Config, clock: Clock, database: Database, reference: ReferenceHolder, leasing: Leasing) -> Service:
    words = Words(load_texts(), reference.name_of)
    talk = Conversations(SCRIPTS, words, config.token_key)
    intake = Intake(database, talk, reference, clock, by_hand_for=zalo.by_hand_for(config))
    files = FolderStore(config.data_dir / "files", config.spare_bytes)
    token = config.telegram_bot_token
    telegram = TelegramChannel(token.get_secret_value(), config.telegram_api_base) if token else None
    bot = zalo_bot.channel_of(config)
    keeper = keeper_of(config, database, leasing, clock) if config.has_zalo else None
    official = zalo.channel_of(config, zalo.client_of(config, keeper)) if keeper else None
    channels: dict[str, _Connected] = {}
    if telegram:
        channels[TELEGRAM] = telegram
    if bot:
        channels[ZALO_BOT] = bot
    if official:
        channels[ZALO] = official
    senders: dict[str, Channel] = dict(channels)
    if official:
        senders[ZALO] = zalo.carrier_of(config, official, database, words, clock)
    return Service(
        config=config, clock=clock, database=database, reference=reference, words=words, talk=talk, intake=intake,
        files=files, web_chat=WebChat(database, intake, files, reference, clock, _web_settings(config)),
        telegram=telegram, zalo_bot=bot, official=official,
        sender=Sender(database, senders, words, clock, tally=intake.tally),
        schedule=Schedule(database, talk, reference, Workers(reference, talk, config.token_key).by_kind(), clock),
        fetcher=Fetcher(database, files, channels, clock),
        sweeper=Sweeper(database, files, clock),
        broadcaster=Broadcaster(database, reference, clock), catching_up=CatchingUp(database, talk, reference, clock),
        leasing=leasing, beats={},
        zalo_tokens=keeper,
    )  # fmt: skip


def _web_settings(config: Config) -> WebSettings:
    return WebSettings(
        public_url=config.public_url,
        secret_key=config.secret_key.get_secret_value(),
        trusted_proxies=config.trusted_proxies,
        zalo_account=config.zalo_oa_id,
    )


async def serve(config: Config, role: str = "all", clock: Clock = utc_now, *, looked: bool = False) -> None:
    """Run until SIGTERM or SIGINT; `role` is all, web (pages and webhooks only) or worker (no pages).

    looked  somebody has just looked for damage in the database

    Raises ServerRunningError where another process serves the same SQLite file; what `open_service` raises.
    """
    with only_server(config.database_url), told_to_stop() as stopping:
        async with open_service(config, clock, looked=looked) as service:
            collector.settle()
            await run_until(service, stopping, role)


async def run_until(service: Service, stopping: asyncio.Event, role: str = "all") -> None:
    """Serve pages and run the loops until `stopping` is set; then finish what is being handled."""
    async with AsyncExitStack() as stack:
        if role != "worker":
            await stack.enter_async_context(serving(service))
        BEATS.set(service.beats)
        tasks = [] if role == "web" else [asyncio.create_task(each) for each in service.background()]
        for task in tasks:
            task.add_done_callback(_tell_end)
        try:
            await stopping.wait()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _tell_end(task: asyncio.Task[None]) -> None:
    """Tell of a loop that ended by an error: nothing else would."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a part of the service has ended", exc_info=error)


@asynccontextmanager
async def serving(service: Service) -> AsyncIterator[int]:
    """Serve the pages; gives the port, which the system chose if HTTP_PORT is 0."""
    runner = web.AppRunner(service.web_application(), shutdown_timeout=LAST_REQUESTS_SECONDS)
    await runner.setup()
    site = web.TCPSite(runner, service.config.http_host, service.config.http_port)
    loading = asyncio.create_task(service.load_late(runner.app[PAGES]))
    loading.add_done_callback(_tell_end)
    try:
        await site.start()
        port = runner.addresses[0][1]
        log.info("serving on http://%s:%s", service.config.http_host, port)
        yield port
    finally:
        loading.cancel()
        await runner.cleanup()
