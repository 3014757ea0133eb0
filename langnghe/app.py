"""The running service: its web server, what a worker does, and the order in which they are loaded and begun."""

import asyncio
import errno
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from aiohttp import web

from bot.channels.receiving import nobody_waits
from bot.channels.telegram.receiving import reply_to
from bot.channels.telegram.webhook import webhook_handler
from bot.loops import BEATS
from bot.messages import Clock
from langnghe import collector
from langnghe.clock import utc_now
from langnghe.config import Config
from langnghe.health import Health
from langnghe.late_pages import LatePages
from langnghe.loading import quick_turns
from langnghe.one_server import only_server
from langnghe.service import TELEGRAM_WEBHOOK, Service, open_service
from langnghe.stopping import told_to_stop
from offices.errors import DomainError

log = logging.getLogger(__name__)

LAST_REQUESTS_SECONDS = 3.0
"""How long a server that is told to stop finishes requests, and once more for a browser that does not read what it is
given; with the senders' last answers less than ten seconds."""


@dataclass(frozen=True)
class Website:
    """All addresses of a service; those of pages are loaded when chats are served already, the web chat's first."""

    service: Service
    chat: LatePages
    office: LatePages

    @classmethod
    def of(cls, service: Service) -> "Website":
        """Load nothing yet."""
        return cls(service, LatePages(lambda: _chat_routes(service)), LatePages(lambda: _office_routes(service)))

    def application(self) -> web.Application:
        """Return the web server's application: webhooks and health at once, then the pages."""
        # The largest form of the office's pages holds two long texts; the chat reads its uploads as a stream.
        app = web.Application(client_max_size=1024 * 1024)
        _add_webhooks(app, self.service)
        app.add_routes(_health_of(self.service).routes())
        app.router.register_resource(self.chat)
        app.router.register_resource(self.office)
        app.on_shutdown.append(self._stop)
        return app

    async def load(self) -> None:
        """Load the pages, one part after the other."""
        for pages in (self.chat, self.office):
            await asyncio.wait([pages.begin()])

    async def _stop(self, _app: web.Application) -> None:
        await self.chat.stop()
        if self.chat.is_loaded:
            await self.service.web_chat.close()
        await self.office.stop()


def _add_webhooks(app: web.Application, service: Service) -> None:
    """Let the platforms bring what they have for us."""
    config, secret = service.config, service.config.telegram_webhook_secret
    if service.telegram and secret:
        receiver = replace(service.receiver(), heard=nobody_waits)  # a press is told of in the reply
        handler = webhook_handler(receiver, secret.get_secret_value(), reply_to=reply_to)
        app.router.add_post(TELEGRAM_WEBHOOK, handler)
    if config.zalo_domain_code:
        from langnghe import zalo_domain  # noqa: PLC0415 - one console asks for it, once

        zalo_domain.add_route(app, config)
    if config.has_zalo:
        from langnghe import zalo  # noqa: PLC0415 - a channel that few connect

        hook = zalo.webhook(config, service.database, service.intake, service.clock)
        app.router.add_post(zalo.WEBHOOK_PATH, hook.handle)
    if service.channels.zalo_bot:
        from langnghe import zalo_bot  # noqa: PLC0415 - another one

        receiver = zalo_bot.receiver_of(
            service.channels.zalo_bot, service.intake, service.clock, service.config.public_url
        )
        zalo_bot.add_route(app, receiver, zalo_bot.webhook_of(config))


def _health_of(service: Service) -> Health:
    return Health(
        service.config, service.clock, service.database, service.files, service.intake.tally, service.leasing,
        service.beats,
    )  # fmt: skip


def _chat_routes(service: Service) -> Iterable[web.RouteDef]:
    from bot.channels.web.preview import preview_routes  # noqa: PLC0415 - no event waits for pages
    from bot.channels.web.routes import web_routes  # noqa: PLC0415

    return [*web_routes(service.web_chat), *preview_routes(service.web_chat, service.intake)]


def _office_routes(service: Service) -> Iterable[web.RouteDef]:
    from langnghe.pages import page_routes  # noqa: PLC0415 - a fifth of a start, for which no event waits

    def bot_name() -> str | None:  # the bot learns its name only once it has reached Telegram
        return service.telegram.identity.username if service.telegram else None

    config, clock = service.config, service.clock
    return page_routes(config, clock, service.database, service.reference, service.files, bot_name)


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
    """Serve pages and run the loops until `stopping` is set; then finish what is being handled.

    Raises what kept the rest from being loaded: a service that takes events and never does a thing about them is worse
    than none.
    """
    async with AsyncExitStack() as stack:
        website = None if role == "worker" else Website.of(service)
        if website:
            await stack.enter_async_context(_listening(website))
        BEATS.set(service.beats)
        going_on = asyncio.create_task(_go_on(service, website, works=role != "web"))
        told = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait([told, going_on], return_when=asyncio.FIRST_COMPLETED)
            if not told.done():
                going_on.result()  # raises what it met; else there are only pages, and nothing more to load
                await told
        finally:
            for task in (told, going_on):
                task.cancel()
            await asyncio.gather(told, going_on, return_exceptions=True)


async def _go_on(service: Service, website: Website | None, *, works: bool) -> None:
    """Load what no event waits for, one after the other, and do a worker's work until cancelled."""
    loops: list[asyncio.Task[None]] = []
    try:
        with quick_turns():
            if works:
                work = await asyncio.to_thread(lambda: service.work)
                loops += [asyncio.create_task(each) for each in work.loops()]
                for loop in loops:
                    loop.add_done_callback(_tell_end)
            if service.telegram:
                await service.telegram.load()
            if website:
                await website.load()
        collector.settle()
        await asyncio.gather(*loops, return_exceptions=True)
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)


def _tell_end(task: asyncio.Task[None]) -> None:
    """Tell of a loop that ended by an error: nothing else would."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a part of the service has ended", exc_info=error)


@asynccontextmanager
async def serving(service: Service) -> AsyncIterator[int]:
    """Serve the pages; gives the port, which the system chose if HTTP_PORT is 0."""
    async with _listening(Website.of(service)) as port:
        yield port


async def _start(site: web.TCPSite, port: int) -> None:
    """Begin to listen. Raises DomainError `port_taken` where another program does so already."""
    try:
        await site.start()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise DomainError("port_taken", port=str(port)) from error


@asynccontextmanager
async def _listening(website: Website) -> AsyncIterator[int]:
    config = website.service.config
    runner = web.AppRunner(website.application(), shutdown_timeout=LAST_REQUESTS_SECONDS)
    await runner.setup()
    site = web.TCPSite(runner, config.http_host, config.http_port)
    try:
        await _start(site, config.http_port)
        port = runner.addresses[0][1]
        log.info("serving on http://%s:%s", config.http_host, port)
        yield port
    finally:
        await runner.cleanup()
