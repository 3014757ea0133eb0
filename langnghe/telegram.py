"""What a worker does for the Telegram bot: introduce it, send for it, take its updates."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.channels.receiving import Receiver
from bot.channels.telegram.calls import CallFailed, Commands
from bot.channels.telegram.channel import TelegramChannel, TokenRefused, pause_before
from bot.channels.telegram.parsing import CHANNEL
from bot.channels.telegram.polling import Poller
from bot.delivery import Sender
from bot.leasing import Held, Leasing
from bot.messages import SendOutcome
from bot.watching import Deliveries
from storage.claims import Account

log = logging.getLogger(__name__)

REFUSED_SECONDS = 300.0
"""How long a refused token is left alone. Telegram now and then refuses good ones, too, for a few minutes."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram is to bring updates, and the secret that it sends along."""

    address: str
    secret: str


@dataclass(frozen=True, slots=True)
class TelegramWork:
    """The bot's part of a worker. Of several workers one sends and one polls, each under a lease.

    webhook  None: updates come by polling
    """

    telegram: TelegramChannel
    receiver: Receiver
    sender: Sender
    leasing: Leasing
    commands: Commands
    webhook: Webhook | None

    def loops(self) -> list[Coroutine[Any, Any, None]]:
        """Return what runs beside each other."""
        return [self.send(), self.receive()]

    def deliveries(self) -> Deliveries:
        """Say how updates are to come, for whoever watches whether they do."""
        if self.webhook is None:
            return Deliveries(self.telegram, "", self.telegram.delete_webhook)
        address, secret = self.webhook.address, self.webhook.secret
        return Deliveries(self.telegram, address, partial(self.telegram.set_webhook, address, secret))

    async def send(self) -> None:
        """Send the bot's letters whenever its lease is ours, so that its pace is kept by one process."""
        account: Account = (CHANNEL, self.telegram.account)
        await self.leasing.while_held(f"sending:{CHANNEL}:{account[1]}", partial(self.sender.take_turn, account))

    async def receive(self) -> None:
        """Introduce the bot and take its updates; while Telegram refuses the token, ask now and then."""
        await _once_accepted(self._begin)
        if self.webhook is None:
            await self.leasing.while_held(f"telegram-polling:{self.telegram.account}", self._poll)

    async def _begin(self) -> None:
        await self.telegram.prepare(self.commands)
        if self.webhook is not None:
            # Any worker may say it, and the updates come to whichever stands behind the address.
            await _insist(partial(self.telegram.set_webhook, self.webhook.address, self.webhook.secret))

    async def _poll(self, held: Held) -> None:
        async def ask() -> None:
            await _insist(self.telegram.delete_webhook)
            await Poller(self.telegram, self.receiver, partial(held.prove, self.leasing.database)).run()

        await _once_accepted(ask)


async def _once_accepted(step: Callable[[], Awaitable[None]]) -> None:
    """Take a step, from its beginning after each time that Telegram refused the token.

    Whoever watches (`bot.watching`) keeps the alarm up meanwhile.
    """
    while True:
        try:
            return await step()
        except TokenRefused as error:
            pause = REFUSED_SECONDS
            log.error("the bot stands still for %d seconds, then asks again: %s", pause, error)  # noqa: TRY400
        await asyncio.sleep(pause)


async def _insist(step: Callable[[], Awaitable[None]]) -> None:
    """Take a step however long Telegram is away. Raises TokenRefused."""
    attempt = 0
    while True:
        try:
            await step()
        except CallFailed as failed:
            if failed.result.outcome is SendOutcome.CHANNEL_DOWN:
                raise TokenRefused(failed.result.reason) from None
            attempt += 1
            log.warning("Telegram does not answer: %s", failed)
            await asyncio.sleep(pause_before(attempt))
        else:
            return
