"""What browsers send: texts, presses, files and places become events; the language; leaving."""

import hashlib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.web.chat import WebChat
from bot.channels.web.forms import Form, forget_files, read_form
from bot.channels.web.limits import address_of
from bot.channels.web.problems import Problem, refused_file, see_other
from bot.channels.web.quota import CountedStore
from bot.channels.web.session import Visit, is_own_form, new_session, remember, remember_language
from bot.channels.web.settings import ACCOUNT, CHANNEL
from bot.messages import Incoming, IncomingKind, Place
from storage import chats, web_messages

LONGEST_PRESS = 64
NORTHMOST, EASTMOST = 90, 180

_NONCE = re.compile(r"[A-Za-z0-9.]{8,64}")


async def take_post(chat: WebChat, request: web.Request, visit: Visit, form: Form) -> web.StreamResponse:
    """Answer `POST /chat`: hand what was posted to the intake; then the page again.

    `form` is filled while it is read, so that the page can give the text back whatever goes wrong.
    """
    try:
        await _read(chat, request, visit, form)
        events = list(_events(chat, visit, form, caption=await _is_caption(chat, visit, form)))
    except BaseException:
        await forget_files(form, chat.files)
        raise
    for event in events:
        await chat.intake.accept(event)
        form.fields["text"] = ""  # taken with the first event, so a failure of a later one must not offer it again
    return _back_to_chat(visit)


async def _read(chat: WebChat, request: web.Request, visit: Visit, form: Form) -> None:
    """Read the form; whether it is ours and not too often is known before a file is kept."""

    def check(fields: Mapping[str, str], files: int) -> None:
        if files <= 1:
            check_form(chat, request, visit, fields)

    address = address_of(request, chat.settings.trusted_proxies)
    await read_form(request, form, check, CountedStore(chat.files, chat.quota, visit.session, address), chat.settings)
    if form.refused is not None:
        raise refused_file(form.refused[1])
    length, longest = len(form.text("text")), chat.settings.longest_text
    if length > longest:
        raise Problem(413, "text_too_long", {"length": length, "longest": longest})


def check_form(chat: WebChat, request: web.Request, visit: Visit, fields: Mapping[str, str]) -> None:
    """Refuse a form that is not ours or comes too often. Raises Problem."""
    if not is_own_form(request, visit, fields.get("token", ""), chat.settings):
        raise Problem(403, "stale_form", new_token=True)
    _take(chat.posts.take(visit.session, address_of(request, chat.settings.trusted_proxies)))


def _take(wait: float) -> None:
    if wait:
        seconds = math.ceil(wait)
        raise Problem(429, "too_fast", {"seconds": seconds}, retry_after=seconds)


async def _is_caption(chat: WebChat, visit: Visit, form: Form) -> bool:
    """Say whether the text belongs to the files: it does where a file was asked for, else it is an answer itself."""
    if not (form.files and form.text("text").strip()):
        return False
    talk = await chat.talk_of(visit)
    return bool(talk.lines) and talk.lines[-1].body.get("wants") == "file"


def _events(chat: WebChat, visit: Visit, form: Form, *, caption: bool) -> Iterator[Incoming]:
    """Give what a form says as events, in the order in which they are to be heard. Raises Problem."""
    nonce = form.text("nonce")
    if not _NONCE.fullmatch(nonce):
        raise Problem(400, "form_broken")
    # The chat's hash in the key keeps one browser from taking the keys of another's events.
    key = f"{hashlib.sha256(visit.chat.encode()).hexdigest()[:16]}.{nonce}"
    event = Incoming(
        CHANNEL, ACCOUNT, visit.chat, visit.chat, key, chat.clock(), IncomingKind.TEXT,
        language=chat.language_of(visit), message_ref=key,
    )  # fmt: skip
    press, start, text = form.text("press"), form.text("start"), form.text("text").strip()
    if press:
        yield replace(event, kind=IncomingKind.PRESS, data=press[:LONGEST_PRESS], message_ref=None)
    elif start:
        yield replace(event, kind=IncomingKind.START, data=start[:LONGEST_PRESS])
    elif form.text("latitude"):
        yield replace(event, kind=IncomingKind.LOCATION, place=_place(form))
    elif text or form.files:
        yield from _messages(event, text, form, caption=caption)
    else:
        raise Problem(422, "nothing_sent")


def _messages(event: Incoming, text: str, form: Form, *, caption: bool) -> Iterator[Incoming]:
    group = event.event_key if len(form.files) > 1 else None
    if text and not caption:
        yield replace(event, text=text)
    for position, file in enumerate(form.files):
        yield replace(
            event,
            kind=IncomingKind.FILE,
            event_key=f"{event.event_key}.{position}",
            message_ref=f"{event.event_key}.{position}",
            file=replace(file, group=group),
            text=text if caption and position == 0 else "",
        )


def _place(form: Form) -> Place:
    try:
        place = Place(float(form.text("latitude")), float(form.text("longitude")))
    except ValueError as error:
        raise Problem(422, "place_broken") from error
    if not (abs(place.latitude) <= NORTHMOST and abs(place.longitude) <= EASTMOST):
        raise Problem(422, "place_broken")
    return place


def _back_to_chat(visit: Visit) -> web.StreamResponse:
    """Lead back to the end of the page; a script that posted only wants to know that it is done."""
    if visit.wants_json:
        return web.Response(status=204)
    return see_other(visit.base if visit.kiosk else f"{visit.base}#end")


async def change_language(chat: WebChat, request: web.Request, visit: Visit, form: Form) -> web.StreamResponse:
    """Answer `POST /chat/language`: speak it in the chat and on the pages around it."""
    await _read_plain(chat, request, visit, form)
    language = form.text("language")
    if language not in chat.pages.catalogue.languages:
        raise Problem(400, "form_broken")

    def speak(connection: Connection) -> None:
        found = chats.find(connection, CHANNEL, ACCOUNT, visit.chat)
        if found is not None:
            chats.set_language(connection, found.id, language)

    await chat.database.write(speak)
    response = see_other(visit.base)
    remember_language(response, visit, language, chat.settings)
    return response


async def leave(chat: WebChat, request: web.Request, visit: Visit, form: Form) -> web.StreamResponse:
    """Answer `POST /chat/leave`: nothing of the conversation stays on this device; a tablet is ready for the next."""
    await _read_plain(chat, request, visit, form)
    await forget_talk(chat, visit)
    response = see_other(f"{visit.door}&clear=1" if visit.kiosk else visit.base)
    remember(response, replace(visit, session=new_session()), chat.settings)
    return response


async def forget_talk(chat: WebChat, visit: Visit) -> None:
    """Clear the lines of a chat whose person goes away for good, and write nothing more into it."""

    def forget(connection: Connection) -> None:
        found = chats.find(connection, CHANNEL, ACCOUNT, visit.chat)
        if found is not None:
            web_messages.clear(connection, found.id)
            chats.set_state(connection, found.id, "unreachable")

    await chat.database.write(forget)


async def _read_plain(chat: WebChat, request: web.Request, visit: Visit, form: Form) -> None:
    """Read a form without files."""

    def check(fields: Mapping[str, str], files: int) -> None:
        if files:
            raise Problem(400, "form_broken")
        check_form(chat, request, visit, fields)

    await read_form(request, form, check, chat.files, chat.settings)
