"""Whether a form was sent from our own pages (CSRF): the browser's own word first, then the form's token."""

from urllib.parse import urlsplit

from aiohttp import web

from storage import sessions

OWN_SITES = {"same-origin", "none"}


def is_own_form(request: web.Request, secret: str | None, sent_token: str, public_url: str) -> bool:
    """Say whether a POST comes from our pages.

    secret  the session's token, or the visitor cookie of a browser that has not signed in
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in OWN_SITES:
        return False
    origin = request.headers.get("Origin")
    if origin is not None and site is None and not _is_own(origin, request.host, public_url):
        return False
    return secret is not None and sessions.is_form_token(secret, sent_token)


def _is_own(origin: str, host: str, public_url: str) -> bool:
    return origin == public_url or urlsplit(origin).netloc == host
