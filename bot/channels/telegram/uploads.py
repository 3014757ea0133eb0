"""Files on their way to Telegram, in small pieces: each one taken shows that the line still carries.

The library's own client has one limit for a whole upload. A limit that suits a slow line would leave a chat waiting for
minutes behind a dead one; so the limit here is on standing still.
"""

import socket
from collections.abc import Callable

import aiohttp
from telegram.request import RequestData

from bot.channels.upward import Upward

IN_THE_SYSTEM = 64 * 1024
"""Bytes that the system holds for a connection. By itself it takes megabytes, and nobody sees them stand still."""


def form_of(data: RequestData | None, taken: Callable[[], None]) -> aiohttp.FormData | None:
    """Return the parameters of a call, with its files; None without any.

    taken  called for each piece of a file that goes out
    """
    if data is None or not (data.json_parameters or data.contains_files):
        return None
    form = aiohttp.FormData(data.json_parameters)
    for name, (file, content, kind) in (data.multipart_data if data.contains_files else {}).items():
        assert isinstance(content, bytes)  # noqa: S101 - the library reads whatever else it is given
        form.add_field(name, Upward(content, taken), filename=file, content_type=kind)
    return form


def short_of_room(address: aiohttp.AddrInfoType) -> socket.socket:
    """Make the socket of a connection in which little is under way at once."""
    family, kind, protocol, *_ = address
    made = socket.socket(family=family, type=kind, proto=protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, IN_THE_SYSTEM)
    return made
