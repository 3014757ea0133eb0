"""The cookies: one names the session, one ties forms to a browser that has not signed in, one keeps the language."""

import secrets

from aiohttp import web

SESSION = "langnghe_session"
VISITOR = "langnghe_form"
LANGUAGE = "langnghe_language"
A_YEAR = 365 * 24 * 60 * 60


def cookie_name(name: str, *, is_https: bool) -> str:
    """Give the name a cookie has: over TLS the prefix binds it to this host and keeps others from planting it."""
    return f"__Host-{name}" if is_https else name


def set_cookie(response: web.StreamResponse, name: str, value: str, *, is_https: bool, keep: int | None = None) -> None:
    """Set a cookie that no script reads and no other site's form brings along; `keep` is in seconds."""
    response.set_cookie(
        cookie_name(name, is_https=is_https),
        value,
        path="/",
        httponly=True,
        secure=is_https,
        samesite="Lax",
        max_age=keep,
    )


def drop_cookie(response: web.StreamResponse, name: str, *, is_https: bool) -> None:
    """Have the browser forget a cookie."""
    response.del_cookie(cookie_name(name, is_https=is_https), path="/", secure=is_https, httponly=True, samesite="Lax")


def cookie_of(request: web.Request, name: str, *, is_https: bool) -> str | None:
    """Read a cookie; None when the browser sent none."""
    return request.cookies.get(cookie_name(name, is_https=is_https)) or None


def new_visitor() -> str:
    """Make the value that ties forms to a browser which has not signed in; 128 random bits."""
    return secrets.token_urlsafe(16)
