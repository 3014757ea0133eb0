"""Signing in and out, and the choice of language."""

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from aiohttp import web

from admin.auth import cookies
from admin.calls import Call, see_other
from admin.pages import Page
from admin.problems import problem, words_of
from offices.errors import DomainError
from storage import sessions
from storage.sign_in import sign_in


@dataclass(frozen=True)
class SignInPage(Page):
    """The door; `then` is the own page to go to afterwards."""

    login: str = ""
    problem: str = ""
    then: str = "/admin"
    template: ClassVar[str] = "sign_in.html"


async def show(call: Call) -> web.StreamResponse:
    """Show the door, or go on when one is inside already."""
    if call.session:
        return see_other("/admin")
    told = call.words.t("sign_in.missed") if call.query("missed") else ""
    return call.page(SignInPage(then=_own_path(call.query("next")), problem=told))


async def enter(call: Call) -> web.StreamResponse:
    """Let an official in with a new session; every refusal looks the same."""
    if not call.context.limits.sign_in.allows(address_of(call), call.now):
        return problem(call, 429)
    form, then = call.form, _own_path(call.form.raw("next"))
    try:
        official = await sign_in(call.context.database, form.text("login"), form.raw("password"), call.now)
    except DomainError as error:
        text = words_of(error, call.words, call.reference)
        return call.refused(SignInPage(login=form.text("login"), problem=text, then=then))
    is_https = call.context.settings.is_https
    previous = cookies.cookie_of(call.request, cookies.SESSION, is_https=is_https)
    device = call.request.headers.get("User-Agent", "")
    token = await call.write(
        lambda connection: sessions.begin(connection, official, now=call.now, device=device, previous=previous)
    )
    response = see_other(then)
    cookies.set_cookie(response, cookies.SESSION, token, is_https=is_https)
    cookies.drop_cookie(response, cookies.VISITOR, is_https=is_https)
    return response


async def leave(call: Call) -> web.StreamResponse:
    """End the session."""
    session = call.session
    if session:
        await call.write(lambda connection: sessions.end(connection, session.staff.id, session.id, call.now))
    response = see_other("/admin/sign-in")
    cookies.drop_cookie(response, cookies.SESSION, is_https=call.context.settings.is_https)
    return response


async def speak(call: Call) -> web.StreamResponse:
    """Keep the language that the reader chose, and go back to where he was."""
    response = see_other(_own_path(call.form.raw("back"), otherwise="/"))
    language = call.form.raw("language")
    if language in call.context.catalogue.languages:
        is_https = call.context.settings.is_https
        cookies.set_cookie(response, cookies.LANGUAGE, language, is_https=is_https, keep=cookies.A_YEAR)
    return response


def address_of(call: Call) -> str:
    """Give the address of the reader: the last one in the chain that is none of our own proxies."""
    address, trusted = call.request.remote or "unknown", call.context.settings.trusted_proxies
    if address not in trusted:
        return address
    named = [part.strip() for part in call.request.headers.get("X-Forwarded-For", "").split(",")]
    return next((part for part in reversed(named) if part and part not in trusted), address)


def _own_path(path: str, otherwise: str = "/admin") -> str:
    """Keep a path of this site; anything that could lead elsewhere is replaced."""
    parts = urlsplit(path)
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.netloc and path.isprintable()
    return path if is_own and "\\" not in path else otherwise
