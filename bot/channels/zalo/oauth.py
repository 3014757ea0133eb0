"""Zalo's OAuth (v4, with PKCE): the link by which an administrator consents, and pairs of tokens for codes and tokens.

A refresh token can be used once. So every reply is handed on as it came (`Reply.text`), to be written down before it
is used.
"""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from bot.channels.untrusted_json import words
from bot.channels.zalo.client import NO_CODE, OAUTH_BASE, code_of
from bot.channels.zalo.http import Http
from storage.zalo_tokens import Pair

TOKEN_PATH = "/v4/oa/access_token"  # noqa: S105 - a path
CONSENT_PATH = "/v4/oa/permission"
TOO_MANY = -32
"""The one refusal that passes by itself."""
ANSWER_SECONDS = 4.0
"""Shorter than a lease lasts; with the pauses between, three tries end within half a minute."""
_SHORTEST_LIFE, _LONGEST_LIFE, _USUAL_LIFE = 60, 90 * 24 * 3600, 3600


class OAuthRefused(Exception):  # noqa: N818 - an answer, not a fault
    """Zalo gives no tokens; `code` is its number, the text what it said."""

    def __init__(self, code: int, message: str) -> None:
        """Keep both."""
        super().__init__(f"Zalo {code}: {message}"[:200])
        self.code = code


@dataclass(frozen=True, slots=True)
class App:
    """The application as Zalo's console knows it.

    verifier  the PKCE secret whose challenge stands in the console; empty where none does
    """

    app_id: str
    secret: str = field(repr=False)
    verifier: str = field(repr=False)

    @property
    def challenge(self) -> str:
        """The PKCE challenge (S256), as it is entered in the console."""
        digest = hashlib.sha256(self.verifier.encode("ascii")).digest()
        return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


@dataclass(frozen=True, slots=True)
class Reply:
    """A success: the text as it came, and the pair in it."""

    text: str = field(repr=False)
    pair: Pair


class ZaloOAuth:
    """Asks Zalo's OAuth host. Opens no connection before the first call; `close` ends it."""

    def __init__(self, app: App, base: str = OAUTH_BASE, *, timeout: float = ANSWER_SECONDS) -> None:
        """Prepare; `timeout` is in seconds, see `zalo_http.Http`."""
        self.app = app
        self._base = base
        self._http = Http(timeout)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()

    def consent_url(self, back: str, state: str) -> str:
        """Return the page of Zalo on which the owner of an account consents; it leads to `back` with a code."""
        query = {"app_id": self.app.app_id, "redirect_uri": back, "state": state}
        if self.app.verifier:
            query["code_challenge"] = self.app.challenge
        return f"{self._base}{CONSENT_PATH}?{urlencode(query)}"

    async def exchange(self, code: str) -> Reply:
        """Return the first pair for the code of a consent. Raises OAuthRefused, NotSent, NoAnswer."""
        verifier = {"code_verifier": self.app.verifier} if self.app.verifier else {}
        return await self._ask({"code": code, "grant_type": "authorization_code", **verifier})

    async def refresh(self, token: str) -> Reply:
        """Return the next pair; the refresh token and the access token beside it are dead then.

        Raises OAuthRefused, NotSent, NoAnswer: after the last, nobody knows whether they are.
        """
        return await self._ask({"refresh_token": token, "grant_type": "refresh_token"})

    async def _ask(self, form: dict[str, str]) -> Reply:
        url, headers = self._base + TOKEN_PATH, {"secret_key": self.app.secret}
        told, text = await self._http.call("POST", url, headers, data={**form, "app_id": self.app.app_id})
        return Reply(text, _pair(told))


def pair_of(text: str) -> Pair:
    """Read the text of a reply that was written down. Raises OAuthRefused, ValueError for no JSON object."""
    told: Any = json.loads(text)
    if not isinstance(told, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - what is wrong is the text
    return _pair(told)


def _pair(told: dict[str, Any]) -> Pair:
    access, refresh = words(told, "access_token"), words(told, "refresh_token")
    if access and refresh:
        return Pair(access, refresh, timedelta(seconds=_life(told.get("expires_in"))))
    said = words(told, "error_description") or words(told, "error_reason") or words(told, "message")
    code = code_of(told["error"]) if "error" in told else NO_CODE
    raise OAuthRefused(code or NO_CODE, said or words(told, "error_name") or "no tokens in the reply")


def _life(given: Any) -> int:
    """Return the seconds that an access token lives; Zalo writes them as text. A strange value: an hour."""
    seconds = code_of(given)
    return seconds if _SHORTEST_LIFE <= seconds <= _LONGEST_LIFE else _USUAL_LIFE
