"""Whether the addresses that Zalo calls lead to this service, with the key and the code of these settings.

Two events of another app are brought to it, as the console's test button brings one: a signed one, which must be
taken, and one with a wrong signature, which must not. Neither changes anything, nor raises an alarm.
Of the file that verifies the domain the content is looked at.
"""

import json
from datetime import datetime
from http import HTTPStatus

import aiohttp

from bot.channels.authorities import authorities
from bot.channels.zalo.webhook import SIGNATURE_HEADER, signature
from langnghe.checks.finding import Finding, good, warning, wrong
from langnghe.config import Config
from langnghe.zalo import WEBHOOK_PATH
from langnghe.zalo_domain import file_of, page_of

SECONDS = 2.0
"""Zalo waits no longer."""
_NOBODY = "0"


async def webhook(config: Config, now: datetime) -> list[Finding]:
    """Call our own webhook from outside, by PUBLIC_URL."""
    address, key = f"{config.public_url}{WEBHOOK_PATH}", config.zalo_oa_secret_key.get_secret_value()
    found = [] if config.is_https else [warning("zalo_webhook", "zalo_webhook_http", url=address)]
    if not key:
        return found
    body, timestamp = _event(now)
    try:
        taken = await _bring(address, body, signature(config.zalo_app_id, body, timestamp, key))
        refused = await _bring(address, body, "0" * 64)
    except (TimeoutError, aiohttp.ClientError) as error:
        return [*found, wrong("zalo_webhook", "zalo_webhook_away", url=address, reason=type(error).__name__)]
    return [*found, _judged(address, taken, refused)]


async def domain(config: Config) -> list[Finding]:
    """Look for the file by which Zalo verifies the domain, from outside, by PUBLIC_URL; nothing without its code."""
    code = config.zalo_domain_code
    if not code:
        return []
    url = f"{config.public_url}/{file_of(code)}"
    try:
        async with _session() as session, session.get(url, allow_redirects=False) as answer:
            is_there = answer.status == HTTPStatus.OK and await answer.text() == page_of(code)
    except (TimeoutError, aiohttp.ClientError, UnicodeDecodeError) as error:
        return [wrong("zalo_domain", "zalo_domain_away", url=url, reason=type(error).__name__)]
    if not is_there:
        return [wrong("zalo_domain", "zalo_domain_missing", url=url)]
    return [good("zalo_domain", "zalo_domain", url=url)]


def _judged(address: str, taken: int, refused: int) -> Finding:
    match taken, refused:
        case 200, 401:
            return good("zalo_webhook", "zalo_webhook", url=address)
        case 401, 401:
            return wrong("zalo_webhook", "zalo_webhook_key", url=address)
        case 200, 200:
            return wrong("zalo_webhook", "zalo_webhook_setup", url=address)
        case (200, other) | (other, _):
            return wrong("zalo_webhook", "zalo_webhook_other", url=address, status=other)


def _event(now: datetime) -> tuple[bytes, str]:
    """Return the body of an event that concerns nobody, and its timestamp."""
    timestamp = str(int(now.timestamp() * 1000))
    event = {
        "app_id": _NOBODY, "event_name": "user_send_text", "timestamp": timestamp, "sender": {"id": _NOBODY},
        "recipient": {"id": _NOBODY}, "message": {"msg_id": "doctor", "text": "doctor"},
    }  # fmt: skip
    return json.dumps(event).encode(), timestamp


async def _bring(address: str, body: bytes, mac: str) -> int:
    """Return the status of the answer. Raises TimeoutError, ClientError."""
    headers = {SIGNATURE_HEADER: f"mac={mac}", "Content-Type": "application/json"}
    async with (
        _session() as session,
        session.post(address, data=body, headers=headers, allow_redirects=False) as answer,
    ):
        return answer.status


def _session() -> aiohttp.ClientSession:
    limits = aiohttp.ClientTimeout(total=SECONDS)
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=authorities()), timeout=limits)
