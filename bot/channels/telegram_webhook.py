"""Updates by webhook: the secret before the body, 200 only when the event is durable, never a repeat of poison."""

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

from bot.channels.receiving import Receiver
from storage.database import StoreUnavailable

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.Response]]

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
LARGEST_BODY = 1024 * 1024
READ_SECONDS = 5.0
_RETRY_AFTER = "5"
_QUIET_SECONDS = 60.0
_SHORTEST_SECRET = 16


def webhook_handler(receiver: Receiver, secret: str, read_seconds: float = READ_SECONDS) -> Handler:
    """Return the handler of the webhook's route.

    secret        what Telegram sends in its header, as given to set_webhook; 16 characters or more
    read_seconds  how long the body may take

    Answers 403 for a wrong or missing secret without reading the body, 413 over 1 MiB, 408 for a body that does
    not come in time, 503 with Retry-After when nothing can be stored, otherwise 200: also for what is no
    JSON, because any other answer would bring the same again and hold up its chat.

    Raises ValueError for a secret that is too short.
    """
    if len(secret) < _SHORTEST_SECRET:
        raise ValueError(f"TELEGRAM_WEBHOOK_SECRET must have {_SHORTEST_SECRET} characters or more")
    expected = secret.encode()
    strangers = _Strangers()

    async def handle(request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, expected):
            strangers.note()
            return web.Response(status=403)
        return await _take(request, receiver, read_seconds)

    return handle


async def _take(request: web.Request, receiver: Receiver, read_seconds: float) -> web.Response:
    if request.content.is_eof():  # it came with its head, as nearly all do: nothing to wait for
        body = _within_limit(request.content.read_nowait())
    else:
        try:
            async with asyncio.timeout(read_seconds):
                body = await _read(request)
        except TimeoutError:
            return web.Response(status=408)
    if body is None:
        return web.Response(status=413)
    try:
        await _understand(body, receiver)
    except StoreUnavailable as error:
        log.warning("nothing can be stored, so Telegram keeps an update: %s", error)
        return web.Response(status=503, headers={"Retry-After": _RETRY_AFTER})
    return web.Response()


def _within_limit(body: bytes) -> bytes | None:
    return body if len(body) <= LARGEST_BODY else None


async def _read(request: web.Request) -> bytes | None:
    """Return the body; None when it is, or claims to be, over the limit."""
    if (request.content_length or 0) > LARGEST_BODY:
        return None
    body = bytearray()
    async for piece in request.content.iter_any():
        body += piece
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


async def _understand(body: bytes, receiver: Receiver) -> None:
    """Take the update in a body. Raises StoreUnavailable."""
    try:
        update = _read_json(body)
    except (ValueError, RecursionError) as error:
        log.warning("Telegram sent what is no JSON: %s", type(error).__name__)
        await receiver.bury(body.decode("utf-8", "replace"), f"no JSON: {type(error).__name__}")
        return
    await receiver.take(update)


def _read_json(body: bytes) -> Any:
    """Read JSON, of the kind that strict readers refuse too. Raises ValueError, RecursionError."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return json.loads(body)


class _Strangers:
    """Counts failed checks and logs them once a minute, so that a flood of them does not fill the log."""

    def __init__(self) -> None:
        self._count, self._told_at = 0, float("-inf")

    def note(self) -> None:
        """Count one."""
        self._count += 1
        now = asyncio.get_running_loop().time()
        if now - self._told_at >= _QUIET_SECONDS:
            log.warning("%d requests to the Telegram webhook without its secret", self._count)
            self._count, self._told_at = 0, now
