"""Who is at the page: a random session in a cookie, and the proof that a form came from our own page."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from aiohttp import web

from bot.channels.web.settings import WebSettings
from storage.chats import TABLET

REMEMBERED = timedelta(days=180)
"""How long a browser is known: as long as a petition can take, and longer."""

_SESSION = re.compile(r"[A-Za-z0-9_-]{22}")
UNIT_CODE = r"[\w.-]{1,60}"
"""What a unit's code looks like in an address."""
_LANGUAGES = ("vi", "en")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request's visitor.

    session   128 random bits, known only to the browser; `chat` is the hash under which we keep the chat,
              so that neither the database nor a log lets anyone into it
    language  what the browser chose, None when it did not
    kiosk     the unit at whose counter the tablet stands, None for a person's own device; a tablet has a session and
              a language of its own, so that following a link to a tablet's page takes nobody out of his chat
    tablet    mark of the tablet, given at its door and kept through all who use it; None before, and on own devices,
              which are never marked
    """

    session: str
    language: str | None
    kiosk: str | None
    tablet: str | None
    wants_json: bool

    @property
    def chat(self) -> str:
        """The chat's external id; of one at a tablet it begins with the tablet's, which the integrity checks read."""
        own = hashlib.sha256(f"chat:{self.session}".encode()).hexdigest()[:40]
        if self.tablet is None:
            return own
        return f"{TABLET}{hashlib.sha256(f'tablet:{self.tablet}'.encode()).hexdigest()[:16]}:{own}"

    @property
    def base(self) -> str:
        """The address of the chat's page, under which everything else of it lies."""
        return f"/kiosk/{quote(self.kiosk)}/chat" if self.kiosk else "/chat"

    @property
    def door(self) -> str:
        """Where the conversation begins: the tablet's invitation, else the chat itself."""
        return f"/kiosk?unit={quote(self.kiosk)}" if self.kiosk else "/chat"


def visit_of(request: web.Request, settings: WebSettings) -> Visit:
    """Read the address and the cookies of a request; a browser without a session gets a new one."""
    unit = request.match_info.get("unit") or (request.query.get("unit", "") if request.path == "/kiosk" else "")
    kiosk = unit if is_unit_code(unit) else None
    session = request.cookies.get(_name("chat", kiosk, settings), "")
    language = request.cookies.get(_name("language", kiosk, settings))
    tablet = request.cookies.get(_name("tablet", kiosk, settings), "") if kiosk else ""
    return Visit(
        session=session if _SESSION.fullmatch(session) else new_session(),
        language=language if language in _LANGUAGES else None,
        kiosk=kiosk,
        tablet=tablet if _SESSION.fullmatch(tablet) else None,
        wants_json="application/json" in request.headers.get("Accept", ""),
    )


def new_session() -> str:
    """Draw a session, or the mark of a tablet: 128 random bits."""
    return secrets.token_urlsafe(16)


def is_unit_code(text: str) -> bool:
    """Whether a text could be a unit's code."""
    return re.fullmatch(UNIT_CODE, text) is not None


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
    _set(response, _name("chat", visit.kiosk, settings), visit.session, settings, lasting)


def remember_tablet(response: web.StreamResponse, visit: Visit, settings: WebSettings) -> None:
    """Give a tablet its mark for as long as it stands there; each opening begins the time anew."""
    _set(response, _name("tablet", visit.kiosk, settings), visit.tablet or "", settings, REMEMBERED)


def remember_language(response: web.StreamResponse, visit: Visit, language: str, settings: WebSettings) -> None:
    """Give the browser its language."""
    _set(response, _name("language", visit.kiosk, settings), language, settings, REMEMBERED)


def _set(response: web.StreamResponse, name: str, value: str, settings: WebSettings, lasting: timedelta | None) -> None:
    response.set_cookie(
        name,
        value,
        path="/",
        max_age=int(lasting.total_seconds()) if lasting else None,
        secure=settings.is_secure,
        httponly=True,
        samesite="Lax",
    )


def _name(name: str, kiosk: str | None, settings: WebSettings) -> str:
    """Name a cookie; over https the prefix keeps other hosts of the domain from setting it.

    The tablet's cookies have names of their own, not only a path: a cookie with that prefix is sent everywhere.
    """
    own = f"kiosk_{name}" if kiosk else name
    return f"__Host-{own}" if settings.is_secure else f"ln_{own}"
