"""Who is at the page: a random session in a cookie, and the proof that a form came from our own page."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from bot.channels.web_settings import WebSettings

REMEMBERED = timedelta(days=180)
"""How long a browser is known: as long as a petition can take, and longer."""

_SESSION = re.compile(r"[A-Za-z0-9_-]{22}")
_UNIT = re.compile(r"[\w.-]{1,60}")
_LANGUAGES = ("vi", "en")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request's visitor.

    session   128 random bits, known only to the browser; `chat` is the hash under which we keep the chat,
              so that neither the database nor a log lets anyone into it
    language  what the browser chose, None when it did not
    kiosk     the unit at whose counter the tablet stands, None for a person's own device
    """

    session: str
    language: str | None
    kiosk: str | None
    wants_json: bool

    @property
    def chat(self) -> str:
        """The chat's external id."""
        return hashlib.sha256(f"chat:{self.session}".encode()).hexdigest()[:40]


def visit_of(request: web.Request, settings: WebSettings) -> Visit:
    """Read the cookies of a request; a browser without a session gets a new one."""
    session = request.cookies.get(_name("chat", settings), "")
    language = request.cookies.get(_name("language", settings))
    kiosk = request.cookies.get(_name("kiosk", settings), "")
    return Visit(
        session=session if _SESSION.fullmatch(session) else new_session(),
        language=language if language in _LANGUAGES else None,
        kiosk=kiosk if _UNIT.fullmatch(kiosk) else None,
        wants_json="application/json" in request.headers.get("Accept", ""),
    )


def new_session() -> str:
    """Draw a session of 128 random bits."""
    return secrets.token_urlsafe(16)


def is_unit_code(text: str) -> bool:
    """Whether a text could be a unit's code."""
    return _UNIT.fullmatch(text) is not None


def form_token(session: str, settings: WebSettings) -> str:
    """Return the token that our forms of this session carry."""
    return hmac.new(settings.secret_key.encode(), f"form:{session}".encode(), hashlib.sha256).hexdigest()[:32]


def is_own_form(request: web.Request, visit: Visit, token: str, settings: WebSettings) -> bool:
    """Say whether a post comes from a form of ours in the session that its cookie names."""
    return _is_same_site(request, settings) and hmac.compare_digest(
        token.encode(), form_token(visit.session, settings).encode()
    )


def _is_same_site(request: web.Request, settings: WebSettings) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or origin in (settings.origin, f"{request.scheme}://{request.host}")


def remember(response: web.StreamResponse, visit: Visit, settings: WebSettings) -> None:
    """Give the browser its session; a counter tablet forgets it when it is closed."""
    lasting = None if visit.kiosk else REMEMBERED
    _set(response, "chat", visit.session, settings, lasting)


def remember_language(response: web.StreamResponse, language: str, settings: WebSettings) -> None:
    """Give the browser its language."""
    _set(response, "language", language, settings, REMEMBERED)


def remember_kiosk(response: web.StreamResponse, unit: str, settings: WebSettings) -> None:
    """Make the browser a counter tablet of a unit."""
    _set(response, "kiosk", unit, settings, REMEMBERED)


def forget_kiosk(response: web.StreamResponse, settings: WebSettings) -> None:
    """Make a counter tablet a plain browser again."""
    response.del_cookie(_name("kiosk", settings), path="/", secure=settings.is_secure, httponly=True, samesite="Lax")


def _set(response: web.StreamResponse, name: str, value: str, settings: WebSettings, lasting: timedelta | None) -> None:
    response.set_cookie(
        _name(name, settings),
        value,
        path="/",
        max_age=int(lasting.total_seconds()) if lasting else None,
        secure=settings.is_secure,
        httponly=True,
        samesite="Lax",
    )


def _name(name: str, settings: WebSettings) -> str:
    """Name a cookie; over https the prefix keeps other hosts of the domain from setting it."""
    return f"__Host-{name}" if settings.is_secure else f"ln_{name}"
