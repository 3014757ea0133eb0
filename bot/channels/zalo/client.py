"""The client of Zalo's OpenAPI and business API: one call, one answer, with a token that is good.

What Zalo tells stands in its envelope `{"error": 0, "message": …, "data": {…}}`, errors with HTTP status 200 too. A
refused token is mended here, once: whoever calls sees a refusal only when there is no good token to be had.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import aiohttp

from bot.channels.untrusted_json import member, words
from bot.channels.upward import Upward
from bot.channels.zalo.http import ANSWER_SECONDS, Http

OAUTH_BASE = "https://oauth.zaloapp.com"
OPENAPI_BASE = "https://openapi.zalo.me"
BUSINESS_BASE = "https://business.openapi.zalo.me"


class Family(StrEnum):
    """Whose codes an error is of: the same number means different things on the two hosts."""

    OPENAPI = "openapi"
    BUSINESS = "business"


TOKEN_REFUSED = {
    Family.OPENAPI: frozenset({-216, -220, 216, 401, -401}),
    Family.BUSINESS: frozenset({-124}),
}
"""Answers that say the access token is wrong, too old, or was taken back."""
UPLOAD_SECONDS = 60.0
"""How long an upload may take: 5 MB need 0.7 Mbit/s upwards. Letters with a file have the lease for two of them."""
NO_CODE = -1_000_000
"""Stands for an `error` that is no whole number: Zalo has no such code, so it is treated as an unknown one."""
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where Zalo's hosts are, without a slash at the end; others for tests."""

    oauth: str = OAUTH_BASE
    openapi: str = OPENAPI_BASE
    business: str = BUSINESS_BASE


@dataclass(frozen=True, slots=True)
class Answer:
    """What Zalo told: `error` 0 is success; `data` is empty where there is none.

    A list under `data` (templates, ratings) stands in `rows`.
    """

    error: int
    message: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether Zalo did what it was asked to."""
        return self.error == 0


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and which one in the line of the account's tokens it is."""

    value: str = field(repr=False)
    version: int


class NoToken(Exception):  # noqa: N818 - how it is, not a fault of ours
    """There is no token that Zalo would take: an administrator has to authorise us (anew)."""


class Tokens(Protocol):
    """Where tokens come from."""

    async def current(self) -> Token:
        """Return the token in use. Raises NoToken."""

    async def after_refusal(self, refused: Token) -> Token:
        """Return the token to try after this one was refused: a newer one, refreshed if need be. Raises NoToken."""


class ZaloClient:
    """Calls in the name of one official account. Opens no connection before the first; `close` ends it.

    Every method raises NotSent (nothing left this machine), NoAnswer (it may have taken effect), NoToken.
    """

    def __init__(self, addresses: Addresses, tokens: Tokens, *, timeout: float = ANSWER_SECONDS) -> None:
        """Prepare; `timeout` is in seconds, see `zalo_http.Http`."""
        self._addresses = addresses
        self._tokens = tokens
        self._http = Http(timeout)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()

    async def post(self, path: str, body: Mapping[str, Any], *, business: bool = False) -> Answer:
        """Send a JSON body to a path such as `/v3.0/oa/message/cs`."""
        return await self._call(_family(business), "POST", path, lambda: {"json": body})

    async def get(self, path: str, data: Mapping[str, Any], *, business: bool = False) -> Answer:
        """Ask a path: OpenAPI takes its parameters as one JSON text under `data`, the business host one by one."""
        params = {key: str(value) for key, value in data.items()} if business else {"data": json.dumps(data)}
        return await self._call(_family(business), "GET", path, lambda: {"params": params})

    async def upload(self, path: str, name: str, content: bytes, mime: str) -> Answer:
        """Upload a file to a path such as `/v2.0/oa/upload/image`."""

        def form() -> Mapping[str, Any]:  # a form can be sent once only
            parts = aiohttp.FormData()
            parts.add_field("file", Upward(content), filename=name, content_type=mime)
            return {"data": parts, "longest": UPLOAD_SECONDS}

        return await self._call(Family.OPENAPI, "POST", path, form)

    async def _call(self, family: Family, method: str, path: str, parts: Any) -> Answer:
        token = await self._tokens.current()
        answer = await self._once(family, method, path, parts(), token)
        if answer.error in TOKEN_REFUSED[family]:
            token = await self._tokens.after_refusal(token)
            answer = await self._once(family, method, path, parts(), token)
        return answer

    async def _once(self, family: Family, method: str, path: str, parts: Mapping[str, Any], token: Token) -> Answer:
        base = self._addresses.business if family is Family.BUSINESS else self._addresses.openapi
        told, _ = await self._http.call(method, base + path, {"access_token": token.value}, **parts)
        return answer_of(told)


def answer_of(told: dict[str, Any]) -> Answer:
    """Read an envelope; whatever is not as it should be is left out, and a strange `error` becomes NO_CODE."""
    data = told.get("data")
    rows = tuple(row for row in data if isinstance(row, dict)) if isinstance(data, list) else ()
    return Answer(code_of(told.get("error")), words(told, "message"), member(told, "data"), rows)


def code_of(error: Any) -> int:
    """Return an error's number, which some answers write as text."""
    if type(error) is int:
        return error
    return int(error) if isinstance(error, str) and _WHOLE.fullmatch(error) else NO_CODE


def _family(business: bool) -> Family:  # noqa: FBT001 - the flag of the caller's signature
    return Family.BUSINESS if business else Family.OPENAPI
