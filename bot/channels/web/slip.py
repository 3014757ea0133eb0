"""`/r/<code>`: from the QR code or the link of a slip to the rating of its dossier, or of a poster to its ways in.

Opening it changes nothing: only the press on the page that follows uses the code up. So programs that fetch a link
to show a preview of it, and people who open it twice, take nothing away.
"""

from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.web.chat import WebChat
from bot.channels.web.pages import EntryPage, SlipPage
from bot.channels.web.problems import see_other
from bot.channels.web.session import Visit
from bot.channels.web.settings import ACCOUNT, CHANNEL
from bot.starts import start_of
from offices import entry_codes
from storage import chats, visit_tokens
from storage import entry_codes as stored_codes
from surveys.tokens import TokenError

GONE = frozenset({"token_used", "token_dossier_used", "token_expired"})
"""Refusals of codes that were good once."""


async def follow_slip(chat: WebChat, request: web.Request, visit: Visit) -> web.StreamResponse:
    """Answer `GET /r/{token}`: lead to the rating, or say why the code opens none and what can be done instead."""
    typed, key = request.match_info["token"], chat.settings.token_key
    if entry_codes.is_meant(typed):
        return await _show_entry(chat, visit, entry_codes.read(typed))
    try:
        token = key.read(typed)
        await chat.database.read(lambda connection: _look(chat, connection, visit, token))
    except TokenError as refused:
        return await _refuse(chat, visit, refused)
    return see_other(f"/chat?start=d_{token}")


async def _show_entry(chat: WebChat, visit: Visit, code: str | None) -> web.StreamResponse:
    """Show the ways in that a poster's code has; where there is no other than our page, lead there."""
    found = await chat.database.read(lambda connection: stored_codes.start_behind(connection, code or ""))
    language = chat.language_of(visit, (await chat.talk_of(visit)).chat)
    if found is None:
        return _page(chat, SlipPage(chat.frame(visit, language, chat.pages.text("entry.unknown", language))), 404)
    address = f"/chat?{urlencode({'start': found})}"
    if code is None or not chat.settings.zalo_account:
        return see_other(address)
    zalo = f"https://zalo.me/{chat.settings.zalo_account}"
    return _page(chat, EntryPage(chat.frame(visit, language), _about(chat, found, language), code, address, zalo), 200)


def _about(chat: WebChat, start: str, language: str) -> str:
    """Name the unit of a poster; empty for a poster of none, or of one that is not there any more."""
    begun, directory = start_of("start", start), chat.reference.latest.directory
    unit = str(begun.args.get("unit", "")) if begun else ""
    return directory.unit(unit).name[language] if unit in directory else ""


def _page(chat: WebChat, page: SlipPage | EntryPage, status: int) -> web.Response:
    return web.Response(text=chat.pages.render(page), content_type="text/html", charset="utf-8", status=status)


def _look(chat: WebChat, connection: Connection, visit: Visit, token: str) -> None:
    known = chats.find(connection, CHANNEL, ACCOUNT, visit.chat)
    person = known.person_id if known else None
    visit_tokens.look(connection, chat.settings.token_key, token, person, chat.clock())


async def _refuse(chat: WebChat, visit: Visit, refused: TokenError) -> web.Response:
    language = chat.language_of(visit, (await chat.talk_of(visit)).chat)
    words = chat.pages.text(f"errors.{refused.key}", language, refused.params)
    return _page(chat, SlipPage(chat.frame(visit, language, words)), 410 if refused.key in GONE else 404)
