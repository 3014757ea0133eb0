"""The HTTP client behind the library's `Bot`: every call ends in time, and only Telegram's own answers are believed.

The library's own client limits each wait for bytes, so an answer that trickles never ends there; and a call that is
given up at the end of its answer leaves its connection occupied for ever (httpcore 1.0.9), until nothing is sent any
more. And the library takes any 403 for a person who blocked the bot and any 404 for a refused token, also when a
firewall or a front on the way says it in a page of its own.
"""

import asyncio
import json
from contextlib import suppress
from typing import Any

import aiohttp
from telegram.error import BadRequest, NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.channels.authorities import authorities
from bot.channels.telegram.uploads import form_of, short_of_room

LONGEST_CALL = 210.0
"""Seconds, whatever it carries: 10 MB at 50 KB each. What goes on for longer would outlast the lease of its letter."""
_TOO_LARGE, _SERVER_FAILS = 413, 500


class NotSent(NetworkError):  # noqa: N818 - what happened, not a fault of ours
    """There was no connection: the call had no effect."""


class NoAnswer(NetworkError):  # noqa: N818 - what came, not a fault of ours
    """What came is none of the Bot API's answers, or says that its server failed: the call may have taken effect."""


class Request(BaseRequest):
    """A client that uses no proxy of the environment, for addresses hold the token; errors never name an address.

    timeout      seconds for connecting and each piece of an answer; a whole call takes twice as long at most, counted
                 from the last piece of a file that went out with it
    connections  how many at once; further calls wait for one
    """

    def __init__(self, timeout: float, connections: int) -> None:
        """Open nothing before the first call."""
        self._timeout, self._connections = timeout, connections
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds for each piece of an answer."""
        return self._timeout

    async def initialize(self) -> None:
        """Do nothing: the first call opens what it needs."""

    async def shutdown(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **timeouts: Any
    ) -> tuple[int, bytes]:
        """Return status and body of an answer of the Bot API. Raises NotSent, TimedOut, NoAnswer.

        Raises BadRequest for what is too large, whether the server says so or a front: it will be so the next time.

        Of the library's timeouts only `read_timeout` counts: a question for updates is answered late.
        """
        given = timeouts.get("read_timeout")
        piece = float(given) if isinstance(given, int | float) else self._timeout
        status, body = await self._call(url, method, request_data, piece)
        if status == _TOO_LARGE:
            raise BadRequest("Request Entity Too Large")
        if status >= _SERVER_FAILS or not _is_of_the_bot_api(body):
            raise NoAnswer(f"HTTP {status} of a server that fails or is none of the Bot API")
        return status, body

    async def _call(self, url: str, method: str, data: RequestData | None, piece: float) -> tuple[int, bytes]:
        limits = aiohttp.ClientTimeout(
            total=LONGEST_CALL, connect=self._timeout, sock_connect=self._timeout, sock_read=piece
        )
        patience, now = self._timeout + piece, asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(patience) as standing:

                def moved() -> None:
                    with suppress(RuntimeError):  # the call has come to its end meanwhile
                        standing.reschedule(now() + patience)

                form = form_of(data, moved)
                call = self._open().request(method, url, data=form, timeout=limits, allow_redirects=False)
                async with call as answer:
                    return answer.status, await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(f"no connection: {type(error).__name__}") from None
        except TimeoutError:
            raise TimedOut("no whole answer in time") from None
        except aiohttp.ClientError as error:
            raise NoAnswer(f"no whole answer: {type(error).__name__}") from None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(limit=self._connections, ssl=authorities(), socket_factory=short_of_room)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


def _is_of_the_bot_api(body: bytes) -> bool:
    """Whether a body is what every answer of the Bot API is: an object with `ok` and a result or a description."""
    try:
        told: Any = json.loads(body)
    except ValueError:
        return False
    return isinstance(told, dict) and (
        ("result" in told) if told.get("ok") is True else (told.get("ok") is False and "description" in told)
    )
