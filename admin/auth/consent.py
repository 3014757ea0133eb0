"""What goes to another site and back with an administrator: it belongs to his session, and not for long."""

import hmac
from datetime import datetime, timedelta

from admin.forms import read_number

LASTS = timedelta(minutes=30)


def new_state(token: str, now: datetime) -> str:
    """Return a mark that only this session can have been given at this moment."""
    at = int(now.timestamp())
    return f"{at}.{_seal(token, at)}"


def is_own_state(token: str, state: str, now: datetime) -> bool:
    """Say whether this session was given the mark, not longer ago than LASTS."""
    told, _, seal = state.partition(".")
    at = read_number(told)
    if at is None or not hmac.compare_digest(seal.encode("utf-8", "replace"), _seal(token, at).encode()):
        return False
    return timedelta(0) <= now - datetime.fromtimestamp(at, now.tzinfo) <= LASTS


def _seal(token: str, at: int) -> str:
    return hmac.digest(token.encode("utf-8", "replace"), f"consent/{at}".encode(), "sha256").hex()
