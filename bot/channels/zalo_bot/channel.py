"""A bot of the Zalo Bot Platform: a small channel for demonstrations and for alerts to staff (zalo.md, part B).

It knows text only: no buttons, no editing, no files but by a link, at most fifty people. Citizens are served by the
Official Account. The token stands in the address of each call, so no address is ever logged.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from bot.channels.file_words import with_link
from bot.channels.numbered import in_numbers
from bot.channels.parts import send_parts
from bot.channels.splitting import split_text
from bot.channels.untrusted_json import encodable, words
from bot.channels.zalo.http import ANSWER_SECONDS, Http, NoAnswer, NotSent
from bot.file_links import FileLinks
from bot.messages import Capabilities, Clock, FileGone, Outgoing, SendOutcome, SendResult

LONGEST_TEXT = 2000
CAPABILITIES = Capabilities(
    longest_text=LONGEST_TEXT, buttons=0, edits=False, files=False, location=False, contact=False
)
LONGEST_POLL = 25
"""Seconds; the answer of a question that waits comes before the client gives up."""
IDLE, UNAUTHORIZED, TOO_MANY = 408, 401, 429
QUOTA_SECONDS = 3600.0
"""3,000 messages a month are what the Basic plan gives: later is no sooner than in an hour."""
_OUTCOME = {400: SendOutcome.REFUSED, UNAUTHORIZED: SendOutcome.CHANNEL_DOWN, 404: SendOutcome.REFUSED}

Heard = Callable[[str | None], Awaitable[None]]


class BotRefused(Exception):  # noqa: N818 - an answer, not a fault
    """The platform's `ok: false`: `number` as in HTTP, whatever status the answer had."""

    def __init__(self, number: int, words: str) -> None:
        super().__init__(f"Zalo Bot {number}: {words}"[:200])
        self.number = number


class ZaloBotChannel:
    """One bot. Opens no connection before the first call; `close` ends it.

    token    `<number>:<secret>`, as the Bot Creator gives it
    links    make the addresses under which our files can be had
    heard    told of each answer whether the platform takes the token: why not, or None
    counted  told of each message whether the bot may still send: why not, or None
    """

    capabilities = CAPABILITIES

    def __init__(
        self,
        token: str,
        api_base: str,
        links: FileLinks,
        clock: Clock,
        *,
        timeout: float = ANSWER_SECONDS,
        heard: Heard | None = None,
        counted: Heard | None = None,
    ) -> None:
        self.account = token.partition(":")[0]
        self._heard, self._counted = heard, counted
        self._links, self._clock = links, clock
        self._base = f"{api_base.rstrip('/')}/bot{token}"
        self._http, self._polling = Http(timeout), Http(LONGEST_POLL + timeout)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()
        await self._polling.close()

    async def send(self, chat: str, outgoing: Outgoing) -> SendResult:
        """Send a message as text with numbers, in parts where it is long, a file as a link. Never raises."""
        if outgoing.file is not None:
            outgoing = with_link(outgoing, outgoing.file, self._links, self._clock())
        return await send_parts(
            split_text(in_numbers(outgoing), LONGEST_TEXT), lambda part: self._send_part(chat, part)
        )

    async def clear_buttons(self, chat: str, message_ref: str) -> SendResult:  # noqa: ARG002 - as delivery calls it
        """There are no buttons to take away."""
        return SendResult(SendOutcome.SENT, message_ref=message_ref)

    async def fetch_file(self, ref: str, limit: int) -> bytes:  # noqa: ARG002 - as fetching calls it
        """Raise FileGone: files are not taken here, people are led to the web chat."""
        raise FileGone("a Zalo bot takes no files")

    async def name(self) -> str:
        """Return the bot's name. Raises BotRefused, NotSent, NoAnswer."""
        return words(await self._call("getMe", {}), "account_name")

    async def next_updates(self, wait: int = LONGEST_POLL) -> Sequence[Any]:
        """Return what came, nothing when nothing does within `wait` seconds; it is gone at Zalo with that.

        Raises BotRefused, NotSent, NoAnswer.
        """
        try:
            told = await self._call("getUpdates", {"timeout": str(wait)}, self._polling)
        except BotRefused as refused:
            if refused.number == IDLE:
                return ()
            raise
        return told if isinstance(told, list) else (told,)

    async def set_webhook(self, url: str, secret: str) -> None:
        """Have updates brought to `url`. Raises BotRefused, NotSent, NoAnswer."""
        await self._call("setWebhook", {"url": url, "secret_token": secret})

    async def delete_webhook(self) -> None:
        """Have updates wait for `next_updates`. Raises BotRefused, NotSent, NoAnswer."""
        await self._call("deleteWebhook", {})

    async def _send_part(self, chat: str, text: str) -> SendResult:
        try:
            sent = await self._call("sendMessage", {"chat_id": chat, "text": encodable(text)})
        except NotSent as error:
            return SendResult(SendOutcome.RETRY, reason=str(error))
        except NoAnswer as error:
            return SendResult(SendOutcome.UNKNOWN, reason=str(error))
        except BotRefused as refused:
            after = QUOTA_SECONDS if refused.number == TOO_MANY else None
            if after:
                await _tell(self._counted, str(refused))
            outcome = _OUTCOME.get(refused.number, SendOutcome.RETRY)
            return SendResult(outcome, retry_after=after, reason=str(refused))
        await _tell(self._counted, None)
        return SendResult(SendOutcome.SENT, message_ref=words(sent, "message_id") or None)

    async def _call(self, method: str, values: Mapping[str, str], http: Http | None = None) -> Any:
        told, _ = await (http or self._http).call("POST", f"{self._base}/{method}", {}, json=values)
        if told.get("ok") is not True:
            number = told.get("error_code")
            refused = BotRefused(number if type(number) is int else 0, words(told, "description"))
            if refused.number == UNAUTHORIZED:
                await _tell(self._heard, str(refused))
            raise refused
        await _tell(self._heard, None)
        result = told.get("result")
        return result if isinstance(result, dict | list) else {}


async def _tell(whom: Heard | None, why: str | None) -> None:
    if whom:
        await whom(why)
