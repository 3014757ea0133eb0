"""What every webhook needs: a body that is small and comes in time, and a calm log about strangers."""

import asyncio
import json
import logging
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from storage.database import StoreUnavailable

log = logging.getLogger(__name__)

READ_SECONDS = 5.0
RETRY_AFTER = "5"
_QUIET_SECONDS = 60.0


async def body_of(request: web.Request, largest: int, read_seconds: float) -> bytes | web.Response:
    """Return the body; 413 when it is, or claims to be, over the limit, 408 when it does not come in time."""
    if request.content.is_eof():  # it came with its head, as nearly all do: nothing to wait for
        body = request.content.read_nowait()
        return body if len(body) <= largest else web.Response(status=413)
    try:
        async with asyncio.timeout(read_seconds):
            return await _read(request, largest)
    except TimeoutError:
        return web.Response(status=408)


async def _read(request: web.Request, largest: int) -> bytes | web.Response:
    if (request.content_length or 0) > largest:
        return web.Response(status=413)
    body = bytearray()
    async for piece in request.content.iter_any():
        body += piece
        if len(body) > largest:
            return web.Response(status=413)
    return bytes(body)


def read_json(body: bytes) -> Any:
    """Read JSON, of the kind that strict readers refuse too. Raises ValueError, RecursionError."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return json.loads(body)


def not_stored(channel: str, error: StoreUnavailable) -> web.Response:
    """Answer that the event is to be brought again."""
    log.warning("nothing can be stored, so %s keeps an event: %s", channel, error)
    return web.Response(status=503, headers={"Retry-After": RETRY_AFTER})


@dataclass(slots=True)
class Strangers:
    """Counts failed checks and logs them once a minute, so that a flood of them does not fill the log.

    what  what they came without, for the log
    """

    what: str
    _count: int = 0
    _told_at: float = field(default=float("-inf"))

    def note(self) -> None:
        """Count one."""
        self._count += 1
        now = asyncio.get_running_loop().time()
        if now - self._told_at >= _QUIET_SECONDS:
            log.warning("%d requests to the %s", self._count, self.what)
            self._count, self._told_at = 0, now
