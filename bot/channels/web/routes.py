"""The web chat: the channel that always works. `/chat` on a phone or a desk, `/kiosk` on a counter tablet."""

import logging
import secrets
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.channels.web.chat import Talk, WebChat
from bot.channels.web.files import follow_link, give_file
from bot.channels.web.forms import Form
from bot.channels.web.pages import NotePage
from bot.channels.web.problems import Problem, problem_of, secure_headers, words_of, words_of_file
from bot.channels.web.reading import chat_response, open_kiosk, show_chat, show_lines, stream_lines
from bot.channels.web.session import UNIT_CODE, Visit, form_token, remember, visit_of
from bot.channels.web.slip import follow_slip
from bot.channels.web.writing import change_language, leave, take_post
from bot.file_links import PATH
from storage.database import StoreUnavailable

log = logging.getLogger(__name__)

Reads = Callable[[WebChat, web.Request, Visit], Awaitable[web.StreamResponse]]
Writes = Callable[[WebChat, web.Request, Visit, Form], Awaitable[web.StreamResponse]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def web_routes(chat: WebChat) -> list[web.RouteDef]:
    """Return every address of the web chat; the application calls `chat.close()` when it begins to stop."""
    return [
        web.get("/chat/static/{name}", chat.assets.serve),
        web.get("/r/{token}", _reading(chat, follow_slip)),
        web.get(f"{PATH}/{{until}}/{{seal}}/{{ref}}/{{name}}", _reading(chat, follow_link)),
        # Of a personal chat only: whatever a counter tablet opened, the next person would find there.
        web.get("/chat/files/{line}", _reading(chat, give_file)),
        web.get("/kiosk", _reading(chat, open_kiosk)),
        *_chat_routes(chat, "/chat"),
        *_chat_routes(chat, f"/kiosk/{{unit:{UNIT_CODE}}}/chat"),
    ]


def _chat_routes(chat: WebChat, base: str) -> list[web.RouteDef]:
    """Return the addresses of one chat page: a person's own, or the one of a counter tablet."""
    return [
        web.get(base, _reading(chat, show_chat)),
        web.get(f"{base}/lines", _reading(chat, show_lines)),
        web.get(f"{base}/events", _reading(chat, stream_lines)),
        web.post(base, _writing(chat, take_post)),
        web.post(f"{base}/language", _writing(chat, change_language)),
        web.post(f"{base}/leave", _writing(chat, leave)),
    ]


def _reading(chat: WebChat, reads: Reads) -> Handler:
    async def handler(request: web.Request, visit: Visit, _form: Form) -> web.StreamResponse:
        return await reads(chat, request, visit)

    return guarded(chat, handler)


def _writing(chat: WebChat, writes: Writes) -> Handler:
    async def handler(request: web.Request, visit: Visit, form: Form) -> web.StreamResponse:
        return await writes(chat, request, visit, form)

    return guarded(chat, handler)


def guarded(chat: WebChat, handler: Callable[[web.Request, Visit, Form], Awaitable[web.StreamResponse]]) -> Handler:
    """Answer with the handler's page or with what went wrong; every answer carries the same headers."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        visit, form = visit_of(request, chat.settings), Form()
        try:
            response = await handler(request, visit, form)
        except ConnectionResetError:
            raise  # the browser has gone: nobody is there to be told
        except Exception as error:  # noqa: BLE001 - the outermost edge: the person is told whatever happened
            response = await _tell(chat, visit, form, error)
        if not response.prepared:
            response.headers.update(secure_headers(https=chat.settings.is_secure))
        return response

    return guarded


async def _tell(chat: WebChat, visit: Visit, form: Form, error: Exception) -> web.StreamResponse:
    """Say what went wrong, on the chat page, with what was typed in its field again."""
    error_id = secrets.token_hex(4)
    problem = problem_of(error, error_id)
    if problem.status >= 500:  # noqa: PLR2004 - ours, not the visitor's
        log.error("web chat: %s %s", problem.key, error_id, exc_info=error)
    talk = await _talk_if_there(chat, visit)
    language = chat.language_of(visit, talk.chat)
    catalogue = chat.pages.catalogue
    words = (
        words_of_file(*form.refused, catalogue, language) if form.refused else words_of(problem, catalogue, language)
    )
    response = _problem_response(chat, visit, form, problem, talk, words)
    response.set_status(problem.status)
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    if problem.new_token:
        remember(response, visit, chat.settings)
    return response


def _problem_response(
    chat: WebChat, visit: Visit, form: Form, problem: Problem, talk: Talk, words: str
) -> web.Response:
    if visit.wants_json:
        token = {"token": form_token(visit.session, chat.settings)} if problem.new_token else {}
        return web.json_response({"message": words, **token})
    if problem.alone:
        frame = chat.frame(visit, chat.language_of(visit, talk.chat), words)
        return web.Response(text=chat.pages.render(NotePage(frame)), content_type="text/html", charset="utf-8")
    return chat_response(chat, visit, talk, start=form.text("start"), draft=form.text("text"), alert=words)


async def _talk_if_there(chat: WebChat, visit: Visit) -> Talk:
    """Read the chat for a page that must be shown even where the store is away."""
    try:
        return await chat.talk_of(visit)
    except StoreUnavailable:
        return Talk(None)
