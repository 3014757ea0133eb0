"""Files of ours to people in Zalo: uploaded, then sent; what cannot go is said instead.

An upload is nothing that anybody sees, so a kill or a lost answer before the message itself leaves no doubt: the file
is uploaded anew. What Zalo does not carry, or refuses, becomes a message with a link; a file that is no longer kept,
one that says so.
"""

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, field

from bot.channels.file_words import with_link, without_file
from bot.channels.numbered import in_numbers
from bot.channels.splitting import split_text
from bot.channels.zalo.client import Family, ZaloClient
from bot.channels.zalo.errors import ErrorClass, class_of
from bot.channels.zalo.http import NoAnswer
from bot.channels.zalo.rendering import LONGEST_TEXT, Message
from bot.channels.zalo.sending import send_consultation
from bot.channels.zalo.uploading import Ready, make_ready, upload
from bot.file_links import FileLinks
from bot.messages import Clock, Outgoing, OutgoingFile, SendOutcome, SendResult
from storage.files import FileStore, read_whole

log = logging.getLogger(__name__)

LATER_SECONDS = 60.0
"""When a file is looked for again that our disk did not give."""
MOST_LOST = 5
"""Uploads of a file without an answer after which it goes as a link: its chat waits for it, and a line may be slow."""


@dataclass(slots=True)
class Attachments:
    """What sends files.

    _lost  how many uploads of a file stayed without an answer; forgotten with the process, which costs a few uploads
    """

    client: ZaloClient
    store: FileStore
    links: FileLinks
    clock: Clock
    _decoding: asyncio.Lock = field(default_factory=asyncio.Lock)
    _lost: Counter[str] = field(default_factory=Counter)

    async def send(self, chat: str, outgoing: Outgoing, file: OutgoingFile) -> SendResult | Outgoing:
        """Send a message with its file; return how it ended, or the message that is to be said instead. Never raises.

        PARKED where our disk does not give the file now.
        """
        try:
            content = await read_whole(self.store, file.ref)
        except FileNotFoundError:
            return without_file(outgoing, file)
        except OSError as error:
            reason = f"the file cannot be read: {type(error).__name__}"
            return SendResult(SendOutcome.PARKED, retry_after=LATER_SECONDS, reason=reason)
        ready = None if self._lost[file.ref] >= MOST_LOST else await make_ready(file, content, self._decoding)
        if ready is None:
            return self._link(outgoing, file)
        try:
            result = await self._upload_and_send(chat, outgoing, ready)
        except NoAnswer as error:
            self._lost[file.ref] += 1
            return SendResult(SendOutcome.RETRY, reason=f"an upload: {error}")
        self._lost.pop(file.ref, None)
        return result or self._link(outgoing, file)

    async def _upload_and_send(self, chat: str, outgoing: Outgoing, ready: Ready) -> SendResult | None:
        """Return how it ended; None where Zalo does not take this file. Raises NoAnswer for an upload."""
        result = await self._once(chat, outgoing, ready)
        if result and not result.is_begun and class_of(result.code, Family.OPENAPI) is ErrorClass.ATTACHMENT:
            result = await self._once(chat, outgoing, ready)
        if result and result.outcome is SendOutcome.REFUSED and not result.is_begun:
            log.error("Zalo refuses a message with a file: %s", result.reason)
            return None
        return result

    async def _once(self, chat: str, outgoing: Outgoing, ready: Ready) -> SendResult | None:
        uploaded = await upload(self.client, ready)
        if not isinstance(uploaded, str):
            return uploaded
        return await send_consultation(self.client, chat, _messages(outgoing, ready, uploaded), ())

    def _link(self, outgoing: Outgoing, file: OutgoingFile) -> Outgoing:
        return with_link(outgoing, file, self.links, self.clock())


def _messages(outgoing: Outgoing, ready: Ready, uploaded: str) -> list[Message]:
    """Return what is sent: the file, under a picture its caption. Only choices are said before a document."""
    *earlier, caption = split_text(in_numbers(outgoing), LONGEST_TEXT)
    if ready.kind == "file":
        earlier = [*earlier, caption] if outgoing.buttons else []
    return [*({"text": part} for part in earlier), ready.message(uploaded, caption)]
