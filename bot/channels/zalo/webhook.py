"""Zalo's webhook: the signature over the raw bytes, 200 only when the event is durable, unsigned ones never handled.

Zalo wants its answer within two seconds and brings an event again for two hours, then switches the webhook off; so
what is signed and cannot be stored is answered 503, and everything else 200 at once (zalo.md A3).
"""

import hashlib
import hmac
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from aiohttp import web

from bot.channels.receiving import Receiver
from bot.channels.untrusted_json import words
from bot.channels.webhooks import READ_SECONDS, Strangers, body_of, not_stored, read_json
from bot.channels.zalo.parsing import ZaloAccount, id_of, moment_of, unknown_name
from bot.messages import Clock
from storage.database import StoreUnavailable

log = logging.getLogger(__name__)

SIGNATURE_HEADER = "X-ZEvent-Signature"
LARGEST_BODY = 256 * 1024
REPLAY_WINDOW = timedelta(days=3)
"""How old an event may be, or how far ahead: less than the keys of taken events are kept, so that a replay changes
nothing, and so much more than the two hours of Zalo's repeats that a clock which is hours wrong loses nothing."""
SilentEvent = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Takes an event that is none of a chat. Raises StoreUnavailable when it is to be delivered again."""

StrangeEvent = Callable[[str, Mapping[str, Any]], Awaitable[None]]

_MAC = re.compile(r"^\s*mac\s*=\s*", re.IGNORECASE)


class Alarm(Protocol):
    """Whoever tells administrators of events that came with a wrong signature, or with a right one."""

    async def signed(self) -> None:
        """Note that an event was signed as it should be."""

    async def unsigned(self, reason: str | None) -> None:
        """Note that an event of our own app was not; `reason` is how it was signed instead, where that is known."""


def signature(app_id: str, body: bytes, timestamp: str, key: str) -> str:
    """Return the signature of a body: SHA-256 of a concatenation, no HMAC (zalo.md A3)."""
    return hashlib.sha256(app_id.encode() + body + timestamp.encode() + key.encode()).hexdigest()


def signed_instead(zalo: ZaloAccount, body: bytes, timestamp: str, keys: Sequence[str], given: str) -> str | None:
    """Say which other way of signing that people tell of gives this signature; None for none of them.

    keys  the OA's key and the app's secret

    Such an event is refused all the same: this is for whoever looks for the reason.
    """
    key, app_secret = keys
    said = zalo.app_id.encode() + body + timestamp.encode()
    ways = {
        "app_secret": signature(zalo.app_id, body, timestamp, app_secret) if app_secret else "",
        "oa_first": signature(zalo.account, body, timestamp, key),
        "hmac": hmac.new(key.encode(), said, hashlib.sha256).hexdigest(),
    }
    mac = _mac(given)
    return next((way for way, made in ways.items() if hmac.compare_digest(made.encode(), mac)), None)


def _mac(header: str) -> bytes:
    return _MAC.sub("", header).strip().lower().encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class ZaloWebhook:
    """The webhook of one official account.

    key      "Khóa bí mật OA"; empty in set-up, when everything is answered and dropped
    app_secret  the app's secret, only to recognise that Zalo signs with that one
    silent   what is to be done with events that are none of a chat, by their name
    strange  keeps an event of a kind that nobody knows, by its name. Raises StoreUnavailable
    """

    zalo: ZaloAccount
    key: str = field(repr=False)
    receiver: Receiver
    clock: Clock
    alarm: Alarm
    strange: StrangeEvent
    app_secret: str = field(default="", repr=False)
    silent: Mapping[str, SilentEvent] = field(default_factory=dict)
    read_seconds: float = READ_SECONDS
    strangers: Strangers = field(default_factory=lambda: Strangers("Zalo webhook without a right signature"))
    dropped: Strangers = field(default_factory=lambda: Strangers("Zalo webhook dropped: ZALO_OA_SECRET_KEY is not set"))

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one delivery.

        401 for a wrong or missing signature, 413 over 256 KiB, 408 for a body that does not come in time, 503 with
        Retry-After when nothing can be stored, otherwise 200: also for what is not ours, not new or not understood.
        """
        body = await body_of(request, LARGEST_BODY, self.read_seconds)
        if isinstance(body, web.Response):
            return body
        if not self.key:
            self.dropped.note()
            return web.Response()
        try:
            return await self._judge(body, request.headers.get(SIGNATURE_HEADER, ""))
        except StoreUnavailable as error:
            return not_stored("Zalo", error)

    async def _judge(self, body: bytes, given: str) -> web.Response:
        try:
            raw = read_json(body)
        except (ValueError, RecursionError):
            raw = None
        timestamp = timestamp_of(raw)
        is_of_our_app = isinstance(raw, dict) and id_of(raw.get("app_id")) == self.zalo.app_id
        if timestamp is None or not self._is_signed(body, timestamp, given):
            self.strangers.note()
            if is_of_our_app:
                keys = (self.key, self.app_secret)
                await self.alarm.unsigned(signed_instead(self.zalo, body, timestamp or "", keys, given))
            return web.Response(status=401)
        if is_of_our_app:
            await self.alarm.signed()
        await self._take(raw)
        return web.Response()

    def _is_signed(self, body: bytes, timestamp: str, given: str) -> bool:
        wanted = signature(self.zalo.app_id, body, timestamp, self.key)
        return hmac.compare_digest(wanted.encode(), _mac(given))

    async def _take(self, raw: Any) -> None:
        if not self.zalo.is_ours(raw):
            log.info("Zalo brings an event of another app or account, such as the console's test: dropped")
        elif not is_fresh(raw, self.clock()):
            log.warning("Zalo brings an event that is older than %s, or of the future: dropped", REPLAY_WINDOW)
        elif (name := unknown_name(raw)) is not None:
            await self.receiver.safely(raw, partial(self.strange, name))
        elif (handle := self.silent.get(words(raw, "event_name"))) is not None:
            await self.receiver.safely(raw, handle)
        else:
            await self.receiver.take(raw)


def timestamp_of(raw: Any) -> str | None:
    """Return the time as it stands in the body, for the signature; None for a body that has none."""
    given = raw.get("timestamp") if isinstance(raw, dict) else None
    return str(given) if type(given) in (int, str) else None


def is_fresh(raw: Mapping[str, Any], now: datetime) -> bool:
    """Say whether an event is new enough to be a first or repeated delivery and no replay."""
    at = moment_of(dict(raw))
    return at is not None and abs(now - at) <= REPLAY_WINDOW
