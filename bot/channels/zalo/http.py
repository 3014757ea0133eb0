"""HTTP towards Zalo's hosts: every call ends in time, and says whether it may have taken effect."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from bot.channels.authorities import authorities

ANSWER_SECONDS = 10.0
"""How long connecting, writing and each piece of an answer may take; a whole call takes twice as long at most."""
LARGEST_ANSWER = 1024 * 1024
CONNECTIONS = 64
_SERVER_FAILS = 500


class NotSent(Exception):  # noqa: N818 - what happened, not a fault of ours
    """There was no connection: nothing left this machine."""


class NoAnswer(Exception):  # noqa: N818 - what came, not a fault of ours
    """No answer of Zalo came, or its server failed: the call may have taken effect."""


class Http:
    """A client that uses no proxy of the environment and keeps no cookies; its errors name no address.

    timeout  seconds for connecting and each piece of an answer
    """

    def __init__(self, timeout: float = ANSWER_SECONDS) -> None:
        """Open nothing before the first call."""
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def call(
        self, method: str, url: str, headers: Mapping[str, str], *, longest: float | None = None, **parts: Any
    ) -> tuple[dict[str, Any], str]:
        """Return the JSON object that came, and its text. Raises NotSent, NoAnswer.

        longest  seconds that the whole may take, where there is much to write: what lies in the system's buffer looks
                 sent while it still goes up, so the wait for an answer is no shorter
        parts    what aiohttp takes: `json`, `data` (a form), `params`

        Zalo tells its errors with status 200, but now and then with another one: only a failing server's is not read.
        """
        status, text = await self._exchange(method, url, headers, longest, parts)
        if status >= _SERVER_FAILS:
            raise NoAnswer(f"HTTP {status}")
        try:
            told: Any = json.loads(text)
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict):
            raise NoAnswer(f"HTTP {status} without a JSON object")
        return told, text

    async def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], longest: float | None, parts: Mapping[str, Any]
    ) -> tuple[int, str]:
        seconds = self._timeout
        total, read = (2 * seconds, seconds) if longest is None else (longest, longest)
        limits = aiohttp.ClientTimeout(total=total, connect=seconds, sock_connect=seconds, sock_read=read)
        try:
            session = await self._open()
            async with session.request(
                method, url, headers=headers, timeout=limits, allow_redirects=False, **parts
            ) as answer:
                body = await answer.content.read(LARGEST_ANSWER + 1)
                while len(body) <= LARGEST_ANSWER and (piece := await answer.content.read(LARGEST_ANSWER)):
                    body += piece
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(f"no connection: {type(error).__name__}") from None
        except (TimeoutError, aiohttp.ClientError) as error:
            raise NoAnswer(f"no whole answer: {type(error).__name__}") from None
        if len(body) > LARGEST_ANSWER:
            raise NoAnswer("an answer too long to be Zalo's")
        return answer.status, body.decode("utf-8", "replace")

    async def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            await asyncio.to_thread(authorities)  # kept from then on
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(limit=CONNECTIONS, ssl=authorities())
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session
