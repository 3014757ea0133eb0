"""What a worker does for a Zalo bot: send for it, take its updates."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiohttp import web

from bot.channels.alarms import Alarm
from bot.channels.receiving import Receiver
from bot.channels.telegram.channel import pause_before
from bot.channels.telegram.webhook import webhook_handler
from bot.channels.zalo.http import NoAnswer, NotSent
from bot.channels.zalo_bot.allowance import Allowance
from bot.channels.zalo_bot.channel import BotRefused, ZaloBotChannel
from bot.channels.zalo_bot.parsing import CHANNEL, bot_events
from bot.delivery import Sender
from bot.file_links import FileLinks
from bot.intake import Intake
from bot.leasing import Held, Leasing
from bot.messages import Clock, Incoming
from langnghe.config import Config
from langnghe.telegram import Webhook
from storage.claims import Account
from storage.database import Database, StoreUnavailable

log = logging.getLogger(__name__)

WEBHOOK_PATH = "/webhook/zalo-bot"
SECRET_HEADER = "X-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
STORE_SECONDS = 1.0
LAST_SECONDS = 5.0
"""How long the end of the process waits for updates to be stored."""


def channel_of(config: Config, database: Database, clock: Clock) -> ZaloBotChannel | None:
    """Return the bot that the settings name; None without one.

    A refused token is an alarm above every page, and so are messages that are refused for long as too many.
    """
    if config.zalo_bot_token is None:
        return None
    token = config.zalo_bot_token.get_secret_value()
    account = token.partition(":")[0]
    alarm = Alarm(database, clock, (CHANNEL, account))
    allowance = Allowance(database, clock, (CHANNEL, f"{account}:sending"))

    async def heard(why: str | None) -> None:
        await alarm.put("refused" if why else None, why)

    links = FileLinks.of(config.public_url, config.secret_key.get_secret_value())
    return ZaloBotChannel(token, config.zalo_bot_api_base, links, clock, heard=heard, counted=allowance.heard)


def receiver_of(bot: ZaloBotChannel, intake: Intake, clock: Clock, public_url: str) -> Receiver:
    """Return what takes the raw updates of a bot."""
    page = f"{public_url}/chat"

    def parse(update: Any) -> Sequence[Incoming]:
        return bot_events(update, bot.account, clock(), page)

    return Receiver(CHANNEL, bot.account, parse, intake.accept, intake.bury_raw)


def webhook_of(config: Config) -> Webhook | None:
    """Return where updates are to be brought; None when we ask for them."""
    secret = config.zalo_bot_secret
    return Webhook(f"{config.public_url}{WEBHOOK_PATH}", secret.get_secret_value()) if secret else None


def add_route(app: web.Application, receiver: Receiver, webhook: Webhook | None) -> None:
    """Take updates that are brought, where they are."""
    if webhook is not None:
        app.router.add_post(WEBHOOK_PATH, webhook_handler(receiver, webhook.secret, header=SECRET_HEADER))


@dataclass(frozen=True, slots=True)
class ZaloBotWork:
    """The bot's part of a worker. Of several workers one sends and one polls, each under a lease.

    webhook  None: updates come by polling. Zalo gives each of them once: one that is on its way while the process is
             killed is lost
    _taking  updates that have come and are not stored yet
    """

    bot: ZaloBotChannel
    receiver: Receiver
    sender: Sender
    leasing: Leasing
    webhook: Webhook | None
    _taking: set["asyncio.Task[None]"] = field(default_factory=set)

    def loops(self) -> list[Coroutine[Any, Any, None]]:
        """Return what runs beside each other."""
        return [self.send(), self.receive()]

    async def send(self) -> None:
        """Send the bot's letters whenever its lease is ours."""
        account: Account = (CHANNEL, self.bot.account)
        await self.leasing.while_held(f"sending:{CHANNEL}:{account[1]}", partial(self.sender.take_turn, account))

    async def receive(self) -> None:
        """Have updates brought, or ask for them."""
        if self.webhook is not None:
            await self._insist(partial(self.bot.set_webhook, self.webhook.address, self.webhook.secret))
            return
        try:
            await self.leasing.while_held(f"zalo-bot-polling:{self.bot.account}", self._poll)
        finally:
            await self._finish()

    async def _poll(self, held: Held) -> None:
        await self._insist(self.bot.delete_webhook)
        while True:
            await held.prove(self.leasing.database)
            await self._insist(self._round)

    async def _round(self) -> None:
        updates = await self.bot.next_updates()
        taking = asyncio.create_task(self._take_all(updates))
        self._taking.add(taking)
        taking.add_done_callback(self._taking.discard)
        await asyncio.shield(taking)  # a store that is away for long ends the lease, too

    async def _take_all(self, updates: Sequence[Any]) -> None:
        for update in updates:
            await self._take(update)

    async def _take(self, update: Any) -> None:
        """Store an update, however long that takes and whoever has the lease then: Zalo does not give it again."""
        while True:
            try:
                return await self.receiver.take(update)
            except StoreUnavailable as error:
                log.warning("nothing can be stored, so a Zalo bot waits: %s", error)
            await asyncio.sleep(STORE_SECONDS)

    async def _finish(self) -> None:
        """Give what has come a little time to be stored when the process ends."""
        if taking := list(self._taking):
            await asyncio.wait(taking, timeout=LAST_SECONDS)
        for each in taking:
            each.cancel()
        await asyncio.gather(*taking, return_exceptions=True)

    async def _insist(self, step: Callable[[], Awaitable[None]]) -> None:
        """Take a step however long the platform is away or refuses."""
        attempt = 0
        while True:
            try:
                await step()
            except (BotRefused, NotSent, NoAnswer) as error:
                attempt += 1
                log.warning("Zalo's bot platform does not do it: %s", error)
                await asyncio.sleep(pause_before(attempt))
            else:
                return
