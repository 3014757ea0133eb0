"""The Telegram channel: one bot, its calls made by the library, which is loaded when the first of them is due.

Taking an update needs nothing of the library, and half of a start was loading it.
"""

import asyncio
import logging
import random
from typing import TYPE_CHECKING, Any

from bot.channels.telegram.attachments import Files
from bot.channels.telegram.calls import LONGEST_TEXT, MOST_BUTTONS, NO_COMMANDS, CallFailed, Commands, WebhookHealth
from bot.channels.telegram.parsing import Telegram
from bot.channels.untrusted_json import encodable
from bot.messages import Capabilities, Outgoing, SendOutcome, SendResult

if TYPE_CHECKING:
    from bot.channels.telegram.client import Client

log = logging.getLogger(__name__)

API_BASE = "https://api.telegram.org"
CAPABILITIES = Capabilities(
    longest_text=LONGEST_TEXT, buttons=MOST_BUTTONS, edits=True, files=True, location=True, contact=True
)
LARGEST_DOWNLOAD = 20 * 1024 * 1024
"""Bytes that getFile gives (Bot API server: Client.h)."""
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


class TelegramChannel:
    """One bot. Opens no connection before the first call; `close` ends it.

    token     "<id>:<secret>" from BotFather
    api_base  where the Bot API is; another one for tests and own servers
    timeout   seconds for connecting, writing, reading; None: ANSWER_SECONDS
    files     what goes with messages; whoever sends none needs none
    problem   what an administrator should know, empty when all is well
    """

    capabilities = CAPABILITIES

    def __init__(
        self, token: str, api_base: str = API_BASE, *, timeout: float | None = None, files: Files | None = None
    ) -> None:
        """Prepare the client; raises ValueError for a token of the wrong shape."""
        account, _, secret = token.partition(":")
        if not account.isdigit() or not secret:
            raise ValueError("TELEGRAM_BOT_TOKEN is not of the form 123456:ABC-DEF; copy it from @BotFather")
        self.identity = Telegram(account)
        self.problem = ""
        self._base = api_base.rstrip("/")
        self._token = token
        self._timeout = ANSWER_SECONDS if timeout is None else timeout
        self._files = files
        self._client: Client | None = None
        self._loading = asyncio.Lock()
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
        if self._client is not None:
            await self._client.close()

    async def load(self) -> "Client":
        """Return what calls Telegram, loaded in a thread if nothing has called it yet: a third of a second."""
        if self._client is not None:
            return self._client
        async with self._loading:
            if self._client is None:
                self._client = await asyncio.to_thread(self._loaded)
            return self._client

    def _loaded(self) -> "Client":
        from bot.channels.telegram.client import Client  # noqa: PLC0415 - see the top of the module

        return Client(self._token, self._base, self._timeout, self._files)

    async def send(self, chat: str, outgoing: Outgoing) -> SendResult:
        """Send a message; see `sending.send`. Never raises."""
        return self._noted(await (await self.load()).send(chat, outgoing))

    async def clear_buttons(self, chat: str, message_ref: str) -> SendResult:
        """Take the buttons of an old message away; see `sending.clear_buttons`. Never raises."""
        return self._noted(await (await self.load()).clear_buttons(chat, message_ref))

    async def answer_press(self, press_id: str, text: str = "") -> None:
        """Stop the spinner of a pressed button, perhaps with a short text; by itself it turns for a while.

        Never raises: a press that is too old or that Telegram forgot is no loss.
        """
        try:
            await (await self.load()).answer_press(press_id, encodable(text)[:_LONGEST_TOAST])
        except CallFailed as failed:
            log.debug("a press could not be answered: %s", failed)
            if failed.result.outcome in (SendOutcome.RETRY, SendOutcome.UNKNOWN):
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

    async def fetch_file(self, ref: str, limit: int = LARGEST_DOWNLOAD) -> bytes:
        """Return the content of a file that a person sent.

        Raises FileGone (never to be had) or downloads.FileUnavailable (try again).
        """
        return await (await self.load()).fetch_file(ref, limit)

    async def introduce(self) -> Telegram:
        """Learn which bot it is, with its name. Raises CallFailed."""
        self.identity = await (await self.load()).identity()
        return self.identity

    async def prepare(self, commands: Commands = NO_COMMANDS) -> None:
        """Learn the bot's name and set its menu, however long Telegram is away; runs beside everything else.

        Raises TokenRefused.
        """
        attempt = 0
        while not await self._introduced(commands):
            attempt += 1
            await asyncio.sleep(pause_before(attempt))

    async def _introduced(self, commands: Commands) -> bool:
        try:
            await self.introduce()
            await (await self.load()).set_commands(commands)
        except CallFailed as failed:
            result = self._noted(failed.result)
            if result.outcome is SendOutcome.CHANNEL_DOWN:
                raise TokenRefused(result.reason) from None
            log.warning("Telegram does not answer: %s", result.reason)
            self.problem = result.reason
            return False
        self.problem = ""
        return True

    async def set_webhook(self, url: str, secret: str) -> None:
        """Have updates delivered to `url`, with `secret` in a header; what waits is kept.

        Unchanged values change nothing, so every worker may call it. Raises CallFailed.
        """
        await (await self.load()).set_webhook(url, secret)

    async def delete_webhook(self) -> None:
        """Have updates wait for polling; what waits is kept. Raises CallFailed."""
        await (await self.load()).delete_webhook()

    async def webhook_health(self) -> WebhookHealth:
        """Return what Telegram says about its deliveries. Raises CallFailed."""
        return await (await self.load()).webhook_health()

    async def raw_updates(self, offset: int, wait: int | None = None) -> list[Any]:
        """Return the updates from `offset` on as they came, confirming those before; wait up to `wait` seconds.

        Raises CallFailed.
        """
        return await (await self.load()).raw_updates(offset, LONGEST_POLL if wait is None else wait)

    def _noted(self, result: SendResult) -> SendResult:
        if result.outcome is SendOutcome.CHANNEL_DOWN:
            self.problem = result.reason
        return result


def pause_before(attempt: int) -> float:
    """Return the seconds before a repeat: growing to LONGEST_PAUSE, spread so that workers do not march in step."""
    return min(2.0 ** (attempt - 1), LONGEST_PAUSE) * random.uniform(0.5, 1.0)  # noqa: S311 - spreading, not secrecy
