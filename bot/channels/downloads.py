"""Files that people sent, fetched from their channel piece by piece under a limit."""

import aiohttp

from bot.messages import FileGone

PATIENCE = aiohttp.ClientTimeout(total=120, sock_connect=10, sock_read=20)
_PIECE = 65_536
_OK = 200
_GONE = frozenset({400, 404, 410})


class FileUnavailable(Exception):  # noqa: N818 - a state of the network
    """The file cannot be fetched now; try again later."""


def check_status(status: int, channel: str) -> None:
    """Raise FileGone or FileUnavailable for an answer that is no file."""
    if status in _GONE:
        raise FileGone(f"the file is gone: {status}")
    if status != _OK:
        raise FileUnavailable(f"{channel} answered {status}")


async def read_limited(stream: aiohttp.StreamReader, limit: int) -> bytes:
    """Return what comes, at most `limit` bytes. Raises FileGone for more."""
    content = bytearray()
    async for piece in stream.iter_chunked(_PIECE):
        content += piece
        if len(content) > limit:
            raise FileGone(f"more than {limit} bytes came")
    return bytes(content)
