"""Files that we send, handed to browsers: to the visit whose chat they came to, and to whoever has a sealed link.

A picture is shown, everything else is saved: what a file is was found out from its content when it was kept, and stands
in its name. Nothing in a file can run here, and no copy of it is kept on the way.
"""

import math
import re
from datetime import datetime
from urllib.parse import quote

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.web.chat import WebChat
from bot.channels.web.limits import address_of
from bot.channels.web.problems import Problem, secure_headers
from bot.channels.web.session import Visit
from bot.channels.web.settings import ACCOUNT, CHANNEL
from bot.messages import OutgoingFile
from bot.posting import file_of
from storage import chats, web_messages
from storage.files import mime_of
from storage.served import serve_file

SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""What a browser writes around a picture that it shows alone is styled in place."""

_NUMBER = re.compile(r"\d{1,18}")
_PLAIN = re.compile(r"[\w.-]+", re.ASCII)


async def give_file(chat: WebChat, request: web.Request, visit: Visit) -> web.StreamResponse:
    """Answer `GET /chat/files/{line}`: the file that came with a line of the visitor's own chat."""
    number = request.match_info["line"]
    file = await _file_of_line(chat, visit, int(number)) if _NUMBER.fullmatch(number) else None
    if file is None:
        raise Problem(404, "file_gone", alone=True)
    _count(chat, request, visit.session)
    return await _hand_over(chat, request, file.ref, file.name)


async def follow_link(chat: WebChat, request: web.Request, _visit: Visit) -> web.StreamResponse:
    """Answer `GET /f/{until}/{seal}/{ref}/{name}`: the file of a link that we gave."""
    until, seal, ref, name = (request.match_info[part] for part in ("until", "seal", "ref", "name"))
    _check(chat.links.holds_until(until, seal, ref, name), chat.clock())
    _count(chat, request, ref)
    return await _hand_over(chat, request, ref, name)


def _check(until: datetime | None, now: datetime) -> None:
    if until is None:
        raise Problem(404, "file_link_unknown", alone=True)
    if now >= until:
        raise Problem(410, "file_link_expired", alone=True)


async def _file_of_line(chat: WebChat, visit: Visit, line_id: int) -> OutgoingFile | None:
    def find(connection: Connection) -> OutgoingFile | None:
        own = chats.find(connection, CHANNEL, ACCOUNT, visit.chat)
        line = web_messages.find(connection, own.id, line_id) if own else None
        return file_of(line.body) if line else None

    return await chat.database.read(find)


def _count(chat: WebChat, request: web.Request, whose: str) -> None:
    """Let a file be fetched so often and no more. Raises Problem."""
    wait = math.ceil(chat.downloads.take(whose, address_of(request, chat.settings.trusted_proxies)))
    if wait:
        raise Problem(429, "file_too_often", {"seconds": wait}, retry_after=wait, alone=True)


async def _hand_over(chat: WebChat, request: web.Request, ref: str, name: str) -> web.StreamResponse:
    """Send a file piece by piece. Raises Problem for one that is gone, OSError for one that cannot be read."""
    mime = mime_of(ref) or "application/octet-stream"
    headers = {**secure_headers(https=chat.settings.is_secure), **_own_headers(mime, name)}
    response = web.StreamResponse(headers=headers)
    response.content_type = mime
    try:
        await serve_file(request, response, chat.files, ref)
    except FileNotFoundError:
        raise Problem(404, "file_gone", alone=True) from None
    return response


def _own_headers(mime: str, name: str) -> dict[str, str]:
    way = "inline" if mime.startswith("image/") else "attachment"
    plain = name if _PLAIN.fullmatch(name) else "tep"
    return {
        "Content-Disposition": f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": SANDBOX,
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Robots-Tag": "noindex, nofollow",
    }
