"""The library's `Bot`, called so that nothing is told twice by mistake; each failure is a `CallFailed`.

Whoever imports this loads the library, so `bot.channels.telegram.channel` does it late.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from telegram import Bot, BotCommandScopeAllPrivateChats
from telegram.error import Conflict, TelegramError

from bot.channels.authorities import authorities
from bot.channels.telegram import files, sending
from bot.channels.telegram.attachments import Files
from bot.channels.telegram.calls import CallFailed, Commands, WebhookHealth
from bot.channels.telegram.errors import result_of
from bot.channels.telegram.parsing import ALLOWED_UPDATES, Telegram
from bot.channels.telegram.request import Request
from bot.messages import Outgoing, SendResult


class Client:
    """The calls of one bot. Opens no connection before the first one; `close` ends them.

    token    "<id>:<secret>" from BotFather
    base     where the Bot API is, without a slash at its end
    timeout  seconds for connecting, writing, and each piece of an answer
    files    what goes with messages

    Every method that asks Telegram for something raises CallFailed, but those that return a SendResult.
    """

    def __init__(self, token: str, base: str, timeout: float, files: Files | None) -> None:
        """Prepare the connections, for which the certificate authorities are read: take it in a thread."""
        authorities()
        self._base, self._token, self._timeout, self._files = base, token, timeout, files
        self._request = Request(timeout, connections=64)
        self._polling = Request(timeout, connections=2)
        self._bot = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._request,
            get_updates_request=self._polling,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._request.shutdown()
        await self._polling.shutdown()

    async def send(self, chat: str, outgoing: Outgoing) -> SendResult:
        """Send a message; see `sending.send`. Never raises."""
        return await sending.send(self._bot, chat, outgoing, self._files)

    async def clear_buttons(self, chat: str, message_ref: str) -> SendResult:
        """Take the buttons of an old message away; see `sending.clear_buttons`. Never raises."""
        return await sending.clear_buttons(self._bot, chat, message_ref)

    async def answer_press(self, press_id: str, text: str) -> None:
        """Stop the spinner of a pressed button; an empty text shows none."""
        with _telling():
            await self._bot.answer_callback_query(press_id, text or None)

    async def fetch_file(self, ref: str, limit: int) -> bytes:
        """Return the content of a file that a person sent; see `files.fetch_file`, which says what it raises."""
        return await files.fetch_file(self._bot, ref, limit)

    async def identity(self) -> Telegram:
        """Return which bot the token is of."""
        with _telling():
            me = await self._bot.get_me()
        return Telegram(str(me.id), me.username)

    async def set_commands(self, commands: Commands) -> None:
        """Set the menu."""
        with _telling():
            for language, pairs in commands.by_language.items():
                await self._bot.set_my_commands(
                    list(pairs), scope=BotCommandScopeAllPrivateChats(), language_code=language or None
                )

    async def set_webhook(self, url: str, secret: str) -> None:
        """Have updates delivered to `url`, with `secret` in a header; what waits is kept."""
        with _telling():
            await self._bot.set_webhook(url, secret_token=secret, allowed_updates=ALLOWED_UPDATES)

    async def delete_webhook(self) -> None:
        """Have updates wait for polling; what waits is kept."""
        with _telling():
            await self._bot.delete_webhook()

    async def webhook_health(self) -> WebhookHealth:
        """Return what Telegram says about its deliveries."""
        with _telling():
            info = await self._bot.get_webhook_info()
        return WebhookHealth(info.url, info.pending_update_count, info.last_error_message or "", info.last_error_date)

    async def raw_updates(self, offset: int, seconds: int) -> list[Any]:
        """Return the updates from `offset` on as they came, confirming those before; wait so long for some.

        The library's own get_updates decodes the batch and raises for one bad update.
        """
        query = urlencode({"offset": offset, "timeout": seconds, "allowed_updates": json.dumps(ALLOWED_UPDATES)})
        # Public calls of the library only: do_api_request warns that getUpdates has a method of its own.
        address = f"{self._base}/bot{self._token}/getUpdates?{query}"
        with _telling():
            found = await self._polling.post(address, read_timeout=seconds + self._timeout)
        return found if isinstance(found, list) else []


@contextmanager
def _telling() -> Iterator[None]:
    """Tell of an error of the library without the library, whose texts may hold the token."""
    try:
        yield
    except TelegramError as error:
        raise CallFailed(result_of(error), is_conflict=isinstance(error, Conflict)) from None
