"""`/preview/<ticket>`: a draft of a questionnaire, asked on the real chat page, and nothing of it kept.

Only who was given a ticket gets in. What was said stands in the page itself and comes back with each form.
"""

import json
import math
import secrets
from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import replace

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.web.chat import WebChat
from bot.channels.web.forms import Form, read_form
from bot.channels.web.limits import address_of
from bot.channels.web.pages import ChatPage
from bot.channels.web.problems import Problem, see_other
from bot.channels.web.routes import guarded
from bot.channels.web.session import Visit, remember_language
from bot.channels.web.settings import ACCOUNT, CHANNEL
from bot.channels.web.view import Reader
from bot.intake import Intake
from bot.messages import Incoming, IncomingKind
from bot.rehearsal import Rehearsed, Said, rehearse
from offices.errors import DataError, DomainError
from offices.links import questionnaire_parameter
from storage import questionnaire_drafts
from storage.files import StoredFile
from storage.posted import FormRefused
from surveys.drafting import read_draft
from surveys.preview_tickets import Previews
from surveys.questionnaires import Questionnaire

PREVIEW = "/preview/{ticket}"
MOST_SAID = 80
"""Things said in one preview: more than the longest questionnaire asks, and each is said again for the next."""
KINDS = {"press": IncomingKind.PRESS, "text": IncomingKind.TEXT}


class _NoFiles:
    """Keeps no file: a preview keeps nothing."""

    async def keep(self, content: AsyncIterable[bytes], *, largest: int) -> StoredFile:  # noqa: ARG002
        """Refuse every file."""
        raise FormRefused("form_broken")


def preview_routes(chat: WebChat, intake: Intake) -> list[web.RouteDef]:
    """Return the addresses of the preview; `intake` is the real one, over the same database."""

    async def begin(request: web.Request, visit: Visit, _form: Form) -> web.StreamResponse:
        return await _show(chat, intake, request, visit, ())

    async def go_on(request: web.Request, visit: Visit, form: Form) -> web.StreamResponse:
        await _read(chat, request, form)
        return await _show(chat, intake, request, visit, _said(chat, form))

    async def speak(request: web.Request, visit: Visit, form: Form) -> web.StreamResponse:
        await _read(chat, request, form)
        language = form.text("language")
        if language not in chat.pages.catalogue.languages:
            raise Problem(400, "form_broken", alone=True)
        response = see_other(PREVIEW.format(ticket=request.match_info["ticket"]))
        remember_language(response, visit, language, chat.settings)
        return response

    return [
        web.get(PREVIEW, guarded(chat, begin)),
        web.post(PREVIEW, guarded(chat, go_on)),
        web.post(f"{PREVIEW}/language", guarded(chat, speak)),
    ]


async def _show(
    chat: WebChat, intake: Intake, request: web.Request, visit: Visit, said: Sequence[Said]
) -> web.StreamResponse:
    """Rehearse what was said, after the link that opens the rating, and show the chat as it would stand."""
    language = chat.language_of(visit)
    ticket = request.match_info["ticket"]
    like = Incoming(CHANNEL, ACCOUNT, "", "", "", chat.clock(), IncomingKind.START, language=language)

    def job(connection: Connection) -> Rehearsed:
        reference = chat.reference.refresh(connection)
        draft = _draft(chat, connection, ticket)
        opening = Said(IncomingKind.START, questionnaire_parameter(draft.code, reference.root))
        return rehearse(connection, intake, draft, [opening, *said], like)

    return _response(chat, visit, ticket, said, await chat.database.write(job))


def _draft(chat: WebChat, connection: Connection, ticket: str) -> Questionnaire:
    """Find the draft that a ticket opens. Raises Problem."""
    known = chat.reference.refresh(connection).questionnaires
    try:
        number = Previews(chat.settings.token_key).draft_of(ticket, chat.clock())
        draft = questionnaire_drafts.by_id(connection, number)
        return read_draft(draft.text, draft.code, known)
    except DomainError as error:
        key = error.key if error.key.startswith("preview_") else "preview_gone"
        raise Problem(404, key, alone=True) from error
    except DataError as error:
        raise Problem(409, "preview_faulty", alone=True) from error


def _response(chat: WebChat, visit: Visit, ticket: str, said: Sequence[Said], talk: Rehearsed) -> web.Response:
    language, settings = chat.language_of(visit), chat.settings
    base = PREVIEW.format(ticket=ticket)
    written = json.dumps([[name, each.words] for each in said for name, kind in KINDS.items() if kind is each.kind])
    page = ChatPage(
        frame=replace(chat.frame(visit, language), base=base, door=base, kiosk=None, said=written),
        lines=Reader(chat.pages.catalogue, language, chat.clock(), at_kiosk=False).shown(talk.lines),
        nonce=secrets.token_hex(16),
        ended=bool(talk.lines) and not talk.is_open,
        largest_file=settings.largest_file,
        most_files=settings.most_files,
    )
    return web.Response(text=chat.pages.render(page), content_type="text/html", charset="utf-8")


async def _read(chat: WebChat, request: web.Request, form: Form) -> None:
    """Read a form; nothing that it asks for is kept, so it is enough that it does not come too often."""

    def check(_fields: Mapping[str, str], _files: int) -> None:
        address = address_of(request, chat.settings.trusted_proxies)
        wait = chat.posts.take(request.match_info["ticket"], address)
        if wait:
            seconds = math.ceil(wait)
            raise Problem(429, "too_fast", {"seconds": seconds}, retry_after=seconds, alone=True)

    await read_form(request, form, check, _NoFiles(), chat.settings)


def _said(chat: WebChat, form: Form) -> list[Said]:
    """Read what was said before and what is said now. Raises Problem for what no page of ours sends."""
    try:
        before = [Said(KINDS[kind], words) for kind, words in json.loads(form.text("said") or "[]")]
    except (ValueError, TypeError, KeyError) as error:
        raise Problem(400, "form_broken", alone=True) from error
    press, text = form.text("press"), form.text("text").strip()
    now = [Said(IncomingKind.PRESS, press)] if press else [Said(IncomingKind.TEXT, text)] if text else []
    said = [*before, *now]
    longest = chat.settings.longest_text
    if len(said) > MOST_SAID or any(not isinstance(each.words, str) or len(each.words) > longest for each in said):
        raise Problem(413, "form_too_large", alone=True)
    return said
