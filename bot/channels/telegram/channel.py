"""The Telegram channel: the library's `Bot`, called so that nothing is raised, lost or told twice by mistake."""

import asyncio
import json
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from telegram import Bot, BotCommandScopeAllPrivateChats
from telegram.error import TelegramError

from bot.channels.telegram import files, sending
from bot.channels.telegram.errors import result_of
from bot.channels.telegram.parsing import ALLOWED_UPDATES, Telegram
from bot.channels.telegram.rendering import LONGEST_TEXT, MOST_BUTTONS
from bot.channels.telegram.request import Request
from bot.channels.untrusted_json import encodable
from bot.messages import Capabilities, Outgoing, SendOutcome, SendResult

log = logging.getLogger(__name__)

API_BASE = "https://api.telegram.org"
CAPABILITIES = Capabilities(
    longest_text=LONGEST_TEXT, buttons=MOST_BUTTONS, edits=True, files=True, location=True, contact=True
)
_LONGEST_TOAST = 200
MOST_PRESSES = 50
"""Presses being answered at once. A Telegram that is away would gather ever more; their spinners stop by themselves."""
PRESSES_REST = 5.0
"""Seconds for which presses are left alone after one that got no answer: while Telegram is away each would cost as much
as taking the press itself, and leave a hundred objects behind for the collector."""
LONGEST_POLL = 50
ANSWER_SECONDS = 10.0
"""How long connecting, writing and each piece of an answer may take."""
LONGEST_PAUSE = 20.0
"""The longest rest after failures: with a call that hangs, all is taken up within a minute of a recovery (R3)."""


class TokenRefused(Exception):  # noqa: N818 - an answer, not a fault
    """Telegram does not know the bot's token: the channel stands still until an administrator acts."""


@dataclass(frozen=True, slots=True)
class Commands:
    """The menu of commands in private chats: (name, description) pairs, per language; "" is for all others."""

    by_language: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WebhookHealth:
    """What Telegram says about its deliveries: the address it calls, how much waits, the last trouble and when."""

    url: str
    pending: int
    last_error: str
    last_error_at: datetime | None = None


class TelegramChannel:
    """One bot. Opens no connection before the first call; `close` ends it.

    token     "<id>:<secret>" from BotFather
    api_base  where the Bot API is; another one for tests and own servers
    timeout   seconds for connecting, writing, reading; None: ANSWER_SECONDS
    problem   what an administrator should know, empty when all is well
    """

    capabilities = CAPABILITIES

    def __init__(self, token: str, api_base: str = API_BASE, *, timeout: float | None = None) -> None:
        """Prepare the client; raises ValueError for a token of the wrong shape."""
        account, _, secret = token.partition(":")
        if not account.isdigit() or not secret:
            raise ValueError("TELEGRAM_BOT_TOKEN is not of the form 123456:ABC-DEF; copy it from @BotFather")
        self.identity = Telegram(account)
        self.problem = ""
        self._base = api_base.rstrip("/")
        self._token = token
        self._timeout = ANSWER_SECONDS if timeout is None else timeout
        self._request = Request(self._timeout, connections=64)
        self._polling = Request(self._timeout, connections=2)
        self.bot = Bot(
            token,
            base_url=f"{self._base}/bot",
            base_file_url=f"{self._base}/file/bot",
            request=self._request,
            get_updates_request=self._polling,
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._presses_rest_until = 0.0

    @property
    def account(self) -> str:
        """The bot's numeric id as text."""
        return self.identity.account

    async def close(self) -> None:
        """End what runs in the background and close the connections."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._request.shutdown()
        await self._polling.shutdown()

    async def send(self, chat: str, outgoing: Outgoing) -> SendResult:
        """Send a message; see `sending.send`. Never raises."""
        return self._noted(await sending.send(self.bot, chat, outgoing))

    async def clear_buttons(self, chat: str, message_ref: str) -> SendResult:
        """Take the buttons of an old message away; see `sending.clear_buttons`. Never raises."""
        return self._noted(await sending.clear_buttons(self.bot, chat, message_ref))

    async def answer_press(self, press_id: str, text: str = "") -> None:
        """Stop the spinner of a pressed button, perhaps with a short text; by itself it turns for a while.

        Never raises: a press that is too old or that Telegram forgot is no loss.
        """
        try:
            await self.bot.answer_callback_query(press_id, encodable(text)[:_LONGEST_TOAST] or None)
        except TelegramError as error:
            result = result_of(error)
            log.debug("a press could not be answered: %s", result.reason)
            if result.outcome in (SendOutcome.RETRY, SendOutcome.UNKNOWN):
                self._presses_rest_until = asyncio.get_running_loop().time() + PRESSES_REST

    def answer_press_soon(self, press_id: str) -> None:
        """Stop the spinner in the background: the first thing after a press, without holding up its handling.

        Of more than MOST_PRESSES at once the others are left to stop by themselves, and for a while all of them after
        one that got no answer.
        """
        if len(self._tasks) >= MOST_PRESSES or asyncio.get_running_loop().time() < self._presses_rest_until:
            return
        task = asyncio.create_task(self.answer_press(press_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def fetch_file(self, ref: str, limit: int = files.LARGEST_DOWNLOAD) -> bytes:
        """Return the content of a file that a person sent.

        Raises FileGone (never to be had) or downloads.FileUnavailable (try again).
        """
        return await files.fetch_file(self.bot, ref, limit)

    async def prepare(self, commands: Commands = Commands()) -> None:
        """Learn the bot's name and set its menu, however long Telegram is away; runs beside everything else.

        Raises TokenRefused.
        """
        attempt = 0
        while not await self._introduced(commands):
            attempt += 1
            await asyncio.sleep(pause_before(attempt))

    async def _introduced(self, commands: Commands) -> bool:
        try:
            me = await self.bot.get_me()
            self.identity = Telegram(str(me.id), me.username)
            for language, pairs in commands.by_language.items():
                await self.bot.set_my_commands(
                    list(pairs), scope=BotCommandScopeAllPrivateChats(), language_code=language or None
                )
        except TelegramError as error:
            result = self._noted(result_of(error))
            if result.outcome is SendOutcome.CHANNEL_DOWN:
                raise TokenRefused(result.reason) from None
            log.warning("Telegram does not answer: %s", result.reason)
            self.problem = result.reason
            return False
        self.problem = ""
        return True

    async def set_webhook(self, url: str, secret: str) -> None:
        """Have updates delivered to `url`, with `secret` in a header; what waits is kept.

        Unchanged values change nothing, so every worker may call it. Raises TelegramError.
        """
        await self.bot.set_webhook(url, secret_token=secret, allowed_updates=ALLOWED_UPDATES)

    async def delete_webhook(self) -> None:
        """Have updates wait for polling; what waits is kept. Raises TelegramError."""
        await self.bot.delete_webhook()

    async def webhook_health(self) -> WebhookHealth:
        """Return what Telegram says about its deliveries. Raises TelegramError."""
        info = await self.bot.get_webhook_info()
        return WebhookHealth(info.url, info.pending_update_count, info.last_error_message or "", info.last_error_date)

    async def raw_updates(self, offset: int, wait: int | None = None) -> list[Any]:
        """Return the updates from `offset` on as they came, confirming those before; wait up to `wait` seconds.

        The library's own get_updates decodes the batch and raises for one bad update. Raises TelegramError.
        """
        seconds = LONGEST_POLL if wait is None else wait
        query = urlencode({"offset": offset, "timeout": seconds, "allowed_updates": json.dumps(ALLOWED_UPDATES)})
        # Public calls of the library only: do_api_request warns that getUpdates has a method of its own.
        address = f"{self._base}/bot{self._token}/getUpdates?{query}"
        found = await self._polling.post(address, read_timeout=seconds + self._timeout)
        return found if isinstance(found, list) else []

    def _noted(self, result: SendResult) -> SendResult:
        if result.outcome is SendOutcome.CHANNEL_DOWN:
            self.problem = result.reason
        return result


def pause_before(attempt: int) -> float:
    """Return the seconds before a repeat: growing to LONGEST_PAUSE, spread so that workers do not march in step."""
    return min(2.0 ** (attempt - 1), LONGEST_PAUSE) * random.uniform(0.5, 1.0)  # noqa: S311 - spreading, not secrecy
