"""`/r/<code>`: from the QR code or the link of a slip to the rating of its dossier.

Opening it changes nothing: only the press on the page that follows uses the code up. So programs that fetch a link
to show a preview of it, and people who open it twice, take nothing away.
"""

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.web_chat import WebChat
from bot.channels.web_pages import SlipPage
from bot.channels.web_problems import see_other
from bot.channels.web_session import Visit
from bot.channels.web_settings import ACCOUNT, CHANNEL
from storage import chats, visit_tokens
from surveys.tokens import TokenError

GONE = frozenset({"token_used", "token_dossier_used", "token_expired"})
"""Refusals of codes that were good once."""


async def follow_slip(chat: WebChat, request: web.Request, visit: Visit) -> web.StreamResponse:
    """Answer `GET /r/{token}`: lead to the rating, or say why the code opens none and what can be done instead."""
    typed, key = request.match_info["token"], chat.settings.token_key
    try:
        token = key.read(typed)
        await chat.database.read(lambda connection: _look(chat, connection, visit, token))
    except TokenError as refused:
        return await _refuse(chat, visit, refused)
    return see_other(f"/chat?start=d_{token}")


def _look(chat: WebChat, connection: Connection, visit: Visit, token: str) -> None:
    known = chats.find(connection, CHANNEL, ACCOUNT, visit.chat)
    person = known.person_id if known else None
    visit_tokens.look(connection, chat.settings.token_key, token, person, chat.clock())


async def _refuse(chat: WebChat, visit: Visit, refused: TokenError) -> web.Response:
    language = chat.language_of(visit, (await chat.talk_of(visit)).chat)
    words = chat.pages.text(f"errors.{refused.key}", language, refused.params)
    page = SlipPage(chat.frame(visit, language, words))
    status = 410 if refused.key in GONE else 404
    return web.Response(text=chat.pages.render(page), content_type="text/html", charset="utf-8", status=status)
