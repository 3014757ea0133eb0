"""The library's HTTP client, so that every call ends in time and only Telegram's own answers are believed.

The library limits each wait for bytes, so an answer that trickles would never end; and it takes any 403 for a person
who blocked the bot and any 404 for a refused token, also when a firewall or a front on the way says it in its own page.
"""

import asyncio
import json
import ssl
import sys
from functools import cache
from importlib.util import find_spec
from types import ModuleType
from typing import Any, cast

from httpx import create_ssl_context
from telegram.error import NetworkError, TimedOut
from telegram.request import HTTPXRequest

_SERVER_FAILS = 500

if find_spec("sniffio") is None:
    # httpcore tries to import it for each of its locks, and where it is missing each try looks through all folders of
    # the path: a third of the time that sending took. None makes the import fail at once.
    sys.modules["sniffio"] = cast("ModuleType", None)


class NoAnswer(NetworkError):  # noqa: N818 - what came, not a fault of ours
    """What came is none of the Bot API's answers, or says that its server failed: the call may have taken effect."""


class Request(HTTPXRequest):
    """A client that uses no proxy of the environment, for addresses hold the token.

    timeout  seconds for connecting, writing and each piece of an answer; a whole call takes twice as long at most
    """

    def __init__(self, timeout: float, connections: int) -> None:
        """Prepare a pool of so many connections."""
        self._timeout = timeout
        super().__init__(
            connection_pool_size=connections,
            connect_timeout=timeout,
            read_timeout=timeout,
            write_timeout=timeout,
            pool_timeout=timeout,
            httpx_kwargs={"trust_env": False, "verify": _authorities()},
        )

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Return status and body of an answer of the Bot API. Raises TimedOut, NoAnswer, NetworkError.

        It takes what the library's own takes.
        """
        given = kwargs.get("read_timeout")
        longest = self._timeout + (given if isinstance(given, int | float) else self._timeout)
        try:
            async with asyncio.timeout(longest):
                status, body = await super().do_request(*args, **kwargs)
        except TimeoutError:
            raise TimedOut(f"no whole answer within {longest:.0f} s") from None
        if status >= _SERVER_FAILS or not _is_of_the_bot_api(body):
            raise NoAnswer(f"HTTP {status} of a server that fails or is none of the Bot API")
        return status, body


def _is_of_the_bot_api(body: bytes) -> bool:
    """Whether a body is what every answer of the Bot API is: an object with `ok` and a result or a description."""
    try:
        told: Any = json.loads(body)
    except ValueError:
        return False
    return isinstance(told, dict) and (
        ("result" in told) if told.get("ok") is True else (told.get("ok") is False and "description" in told)
    )


@cache
def _authorities() -> ssl.SSLContext:
    """Return whom we trust to name Telegram's server; reading them takes longer than all the rest of a start."""
    return create_ssl_context(trust_env=False)
