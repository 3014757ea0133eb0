"""The own account: password, open sessions, linked chats."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from aiohttp import web
from sqlalchemy import Connection

from admin.alarms import CHANNEL_NAMES
from admin.auth import cookies
from admin.calls import Call, see_other
from admin.devices import device_name
from admin.forms import Form
from admin.pages import Page
from admin.problems import words_of
from admin.qr import Code, code_of
from offices.errors import DomainError
from storage import sessions, staff, staff_chats
from storage.passwords import SHORTEST, check_password, hash_password, is_password
from storage.sessions import Session
from storage.staff_chats import LinkedChat


@dataclass(frozen=True)
class LinkCode:
    """A code that links the next chat: to type, and as a picture to scan where a bot can be opened with it."""

    written: str
    expires_at: datetime
    deep_link: str | None
    picture: Code | None


@dataclass(frozen=True)
class MePage(Page):
    """The own account."""

    login: str
    roles: Sequence[str]
    sessions: Sequence[Session]
    current: int
    chats: Sequence[LinkedChat]
    shortest: int = SHORTEST
    problem: str = ""
    code: LinkCode | None = None
    channels = CHANNEL_NAMES
    template: ClassVar[str] = "me.html"

    @staticmethod
    def device(session: Session) -> str:
        """Name the device of a session."""
        return device_name(session.device)


async def show(call: Call) -> web.StreamResponse:
    """Show the account."""
    return call.page(await _page(call))


async def end_session(call: Call) -> web.StreamResponse:
    """End another of the own sessions."""
    chosen = call.form.number("session") or 0
    await call.write(lambda connection: sessions.end(connection, call.me.id, chosen, call.now))
    return see_other("/admin/me", done="session_ended")


async def change_password(call: Call) -> web.StreamResponse:
    """Set a new password: the present one is asked for again, all other sessions end, this one gets a new token."""
    session, form = call.session, call.form
    if session is None:
        raise web.HTTPForbidden
    account = await call.read(lambda connection: staff.account(connection, call.me.id))
    stored = await call.read(lambda connection: staff.password_hash_of(connection, account.login))
    try:
        is_right = await asyncio.to_thread(is_password, form.raw("password"), stored)
        _check_change(form, account.login, is_right=is_right)
    except DomainError as error:
        return call.refused(await _page(call, problem=words_of(error, call.words, call.reference)))
    hashed = await asyncio.to_thread(hash_password, form.raw("password_new"))

    def change(connection: Connection) -> str:
        staff.set_password(connection, call.me.id, hashed, now=call.now, actor=call.actor, keep_session=session.id)
        return sessions.rotate(connection, session, call.now)

    token = await call.write(change)
    response = see_other("/admin/me", done="password_changed")
    cookies.set_cookie(response, cookies.SESSION, token, is_https=call.context.settings.is_https)
    return response


async def make_code(call: Call) -> web.StreamResponse:
    """Make a code that links a chat, and show it this once."""
    written = await call.write(lambda connection: staff_chats.make_link_code(connection, call.me.id, call.now))
    bot = call.context.settings.telegram_bot()
    deep_link = f"https://t.me/{bot}?start=l_{written.replace('-', '')}" if bot else None
    expires_at = call.now + staff_chats.VALID_FOR
    code = LinkCode(written, expires_at, deep_link, code_of(deep_link) if deep_link else None)
    return call.page(await _page(call, code=code))


async def unlink(call: Call) -> web.StreamResponse:
    """End the link of an own chat."""
    number = call.form.text("chat")
    chosen = int(number) if number.isdecimal() else 0
    await call.write(
        lambda connection: staff_chats.unlink(connection, call.me.id, chosen, now=call.now, actor=call.actor)
    )
    return see_other("/admin/me", done="chat_unlinked")


def _check_change(form: Form, login: str, *, is_right: bool) -> None:
    """Refuse a change with a wrong present password, two different new ones, or one that is easily guessed."""
    if not is_right:
        raise DomainError("password_wrong")
    if form.raw("password_new") != form.raw("password_again"):
        raise DomainError("password_differs")
    check_password(form.raw("password_new"), login)


async def _page(call: Call, problem: str = "", code: LinkCode | None = None) -> MePage:
    def look(connection: Connection) -> MePage:
        return MePage(
            login=staff.account(connection, call.me.id).login,
            roles=sorted(call.me.roles),
            sessions=sessions.own(connection, call.me.id, call.now),
            current=call.session.id if call.session else 0,
            chats=staff_chats.linked_chats(connection, call.me.id),
            problem=problem,
            code=code,
        )

    return await call.read(look)
