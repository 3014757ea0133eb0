"""What browsers get: the chat, its new lines as a part or a stream, the counter tablet's door."""

import re
import secrets
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.web.chat import Talk, WebChat
from bot.channels.web.live import TooManyStreams, Watcher
from bot.channels.web.pages import ChatPage, KioskPage, LinesPart
from bot.channels.web.problems import Problem, secure_headers, see_other
from bot.channels.web.session import (
    Visit,
    new_session,
    remember,
    remember_language,
    remember_tablet,
)
from bot.channels.web.view import Reader, ShownLine
from bot.channels.web.writing import forget_talk
from storage.database import StoreUnavailable
from storage.file_types import BY_ENDING
from wording.catalogue import DEFAULT_LANGUAGE

HEARTBEAT = 20.0
"""Seconds after which a silent stream says that it is still there."""
LONGEST_STREAM = timedelta(minutes=10)
"""A stream ends then and the browser opens the next one: connections do not outlive their proxies."""
ACCEPTED = ",".join(kind.mime for kind in BY_ENDING.values())

_START = re.compile(r"[\w:.-]{1,100}")
_NUMBER = re.compile(r"\d{1,18}")


async def show_chat(chat: WebChat, request: web.Request, visit: Visit) -> web.StreamResponse:
    """Answer `GET /chat`: the lines, or a welcome; with `?start=` a button that begins there."""
    talk = await chat.talk_of(visit)
    start = request.query.get("start", "")
    if visit.kiosk and not talk.lines:
        return see_other(visit.door)
    response = chat_response(chat, visit, talk, start=start if _START.fullmatch(start) else "")
    remember(response, visit, chat.settings)
    return response


def chat_response(
    chat: WebChat, visit: Visit, talk: Talk, *, start: str = "", draft: str = "", alert: str | None = None
) -> web.Response:
    """Render the chat page."""
    settings = chat.settings
    language = chat.language_of(visit, talk.chat)
    page = ChatPage(
        frame=chat.frame(visit, language, alert),
        lines=shown_lines(chat, visit, talk, language),
        nonce=secrets.token_hex(16),
        start=start,
        draft=draft,
        ended=talk.has_ended,
        idle=settings.kiosk_idle if visit.kiosk else 0,
        end_after=settings.kiosk_end if visit.kiosk else 0,
        accept=ACCEPTED,
        largest_file=settings.largest_file,
        most_files=settings.most_files,
    )
    return web.Response(text=chat.pages.render(page), content_type="text/html", charset="utf-8")


def shown_lines(chat: WebChat, visit: Visit, talk: Talk, language: str, after: int = 0) -> list[ShownLine]:
    """Return the lines after `after` as the page shows them."""
    reader = Reader(chat.pages.catalogue, language, chat.clock(), at_kiosk=visit.kiosk is not None)
    above = next((line for line in talk.lines if line.id == after), None)
    return reader.shown([line for line in talk.lines if line.id > after], above)


def _part(chat: WebChat, visit: Visit, talk: Talk, after: int) -> str:
    language = chat.language_of(visit, talk.chat)
    part = LinesPart(
        frame=chat.frame(visit, language),
        lines=shown_lines(chat, visit, talk, language, after),
        nonce=secrets.token_hex(16),
        ended=talk.has_ended,
    )
    return chat.pages.render(part)


async def show_lines(chat: WebChat, request: web.Request, visit: Visit) -> web.StreamResponse:
    """Answer `GET /chat/lines?after=`: the lines after that one, to be put into the open page."""
    after = _after(request, visit)
    talk = await chat.talk_of(visit, after)
    return web.Response(text=_part(chat, visit, talk, after), content_type="text/html", charset="utf-8")


async def stream_lines(chat: WebChat, request: web.Request, visit: Visit) -> web.StreamResponse:
    """Answer `GET /chat/events?after=`: server-sent events `lines`, each with HTML and the number of its last line."""
    after = _after(request, visit)
    talk = await chat.talk_of(visit, after)
    if talk.chat is None:
        return web.Response(status=204)  # nobody has written yet: a browser does not ask again after 204
    try:
        with chat.live.watching(talk.chat.id) as watcher:
            return await _stream(chat, request, visit, watcher, after)
    except TooManyStreams as error:
        raise Problem(503, "too_many_pages", retry_after=30) from error


async def _stream(
    chat: WebChat, request: web.Request, visit: Visit, watcher: Watcher, after: int
) -> web.StreamResponse:
    headers = {**secure_headers(https=chat.settings.is_secure), "X-Accel-Buffering": "no"}
    response = web.StreamResponse(headers=headers)
    response.content_type = "text/event-stream"
    response.charset = "utf-8"
    await response.prepare(request)
    await response.write(b"retry: 2000\n\n")
    ends = chat.clock() + LONGEST_STREAM
    sent = after
    with suppress(ConnectionResetError):  # the page was closed: the end of a stream, not a fault
        while not chat.live.is_closing and chat.clock() < ends:
            sent = await _send_news(chat, visit, response, sent)
            await watcher.wait(HEARTBEAT)
            await response.write(b":\n\n")
    return response


async def _send_news(chat: WebChat, visit: Visit, response: web.StreamResponse, sent: int) -> int:
    """Write the lines after `sent` into the stream; return the number of the last one."""
    above = 0 if visit.kiosk else sent
    try:
        talk = await chat.talk_of(visit, above)
    except StoreUnavailable:
        return sent  # the page keeps what it has; the next beat looks again
    newest = talk.lines[-1].id if talk.lines else 0
    if newest > sent:
        await response.write(_event(newest, _part(chat, visit, talk, above)))
    return max(sent, newest)


def _event(number: int, html: str) -> bytes:
    data = "\n".join(f"data: {line}" for line in html.splitlines() if line.strip())
    return f"event: lines\nid: {number}\n{data}\n\n".encode()


def _after(request: web.Request, visit: Visit) -> int:
    """Return the number of the last line that the page has; a counter tablet always gets its one question whole."""
    given = request.headers.get("Last-Event-ID") or request.query.get("after", "")
    if visit.kiosk and request.path.endswith("/lines"):
        return 0
    return int(given) if _NUMBER.fullmatch(given) else 0


async def open_kiosk(chat: WebChat, request: web.Request, visit: Visit) -> web.StreamResponse:
    """Answer `GET /kiosk?unit=`: the door of a counter tablet, for a new person; without a unit it is none.

    What the person before left is cleared here too, because without scripts the page can only come here by itself.
    A link from elsewhere may lead here: only the tablet's own session is looked at, never that of a personal chat.
    """
    if not request.query.get("unit"):
        return see_other("/chat")
    name = await _unit_name(chat, visit, visit.kiosk or "")
    if (await chat.talk_of(visit)).chat is not None:
        await forget_talk(chat, visit)
    renewed = replace(visit, session=new_session(), tablet=visit.tablet or new_session())
    language = DEFAULT_LANGUAGE if "clear" in request.query else chat.language_of(visit)
    page = KioskPage(chat.frame(renewed, language), name, secrets.token_hex(16), chat.settings.kiosk_idle)
    response = web.Response(text=chat.pages.render(page), content_type="text/html", charset="utf-8")
    remember(response, renewed, chat.settings)
    remember_tablet(response, renewed, chat.settings)
    remember_language(response, renewed, language, chat.settings)
    return response


async def _unit_name(chat: WebChat, visit: Visit, code: str) -> str:
    def named(connection: Connection) -> str | None:
        directory = chat.reference.refresh(connection).directory
        return directory.unit(code).name[chat.language_of(visit)] if code in directory else None

    name = await chat.database.read(named) if code else None
    if name is None:
        raise Problem(404, "unknown_unit", alone=True)
    return name
