"""Updates by webhook: the secret before the body, 200 only when the event is durable, never a repeat of poison."""

import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.channels.receiving import Receiver
from bot.channels.webhooks import READ_SECONDS, Strangers, body_of, not_stored, read_json
from storage.database import StoreUnavailable

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.Response]]
Reply = Callable[[Any], bytes]

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
LARGEST_BODY = 1024 * 1024
_SHORTEST_SECRET = 16


def no_reply(_update: Any) -> bytes:
    """Answer with nothing but 200."""
    return b""


def webhook_handler(
    receiver: Receiver,
    secret: str,
    read_seconds: float = READ_SECONDS,
    *,
    header: str = SECRET_HEADER,
    reply_to: Reply = no_reply,
) -> Handler:
    """Return the handler of the webhook's route, Telegram's or another that is known by a secret in a header.

    secret        what Telegram sends in its header, as given to set_webhook; 16 characters or more
    read_seconds  how long the body may take
    header        in which the secret comes
    reply_to      a call, in JSON, that the platform is to do when the update is durable

    Answers 403 for a wrong or missing secret without reading the body, 413 over 1 MiB, 408 for a body that does
    not come in time, 503 with Retry-After when nothing can be stored, otherwise 200: also for what is no
    JSON, because any other answer would bring the same again and hold up its chat.

    Raises ValueError for a secret that is too short.
    """
    if len(secret) < _SHORTEST_SECRET:
        raise ValueError(
            f"the secret of the webhook of {receiver.channel} must have {_SHORTEST_SECRET} characters or more"
        )
    expected = secret.encode()
    strangers = Strangers(f"webhook of {receiver.channel} without its secret")

    async def handle(request: web.Request) -> web.Response:
        given = request.headers.get(header, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, expected):
            strangers.note()
            return web.Response(status=403)
        return await _take(request, receiver, read_seconds, reply_to)

    return handle


async def _take(request: web.Request, receiver: Receiver, read_seconds: float, reply_to: Reply) -> web.Response:
    body = await body_of(request, LARGEST_BODY, read_seconds)
    if isinstance(body, web.Response):
        return body
    try:
        update = await _understand(body, receiver)
    except StoreUnavailable as error:
        return not_stored(receiver.channel, error)
    reply = reply_to(update)
    return web.Response(body=reply, content_type="application/json") if reply else web.Response()


async def _understand(body: bytes, receiver: Receiver) -> Any:
    """Take the update in a body and return it, None for what is no JSON. Raises StoreUnavailable."""
    try:
        update = read_json(body)
    except (ValueError, RecursionError) as error:
        log.warning("%s sent what is no JSON: %s", receiver.channel, type(error).__name__)
        await receiver.bury(body.decode("utf-8", "replace"), f"no JSON: {type(error).__name__}")
        return None
    await receiver.take(update)
    return update
