"""Token buckets, bounded in number: how often one session or address may do something."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

from aiohttp import web

MOST_BUCKETS = 20_000
"""Keys remembered at once; the one unused longest is forgotten first, and then begins full again."""


class Buckets:
    """A bucket per key that holds `burst` tokens and gets `per_second` back."""

    def __init__(self, burst: int, per_second: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Begin with full buckets."""
        self._burst, self._per_second, self._monotonic = burst, per_second, monotonic
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str, amount: int = 1) -> float:
        """Take tokens; return 0, or the seconds after which there would be enough (and take none)."""
        now = self._monotonic()
        held, since = self._buckets.pop(key, (float(self._burst), now))
        held = min(self._burst, held + (now - since) * self._per_second)
        enough = held >= amount
        self._buckets[key] = (held - amount if enough else held, now)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return 0.0 if enough else (amount - held) / self._per_second


class Limits:
    """What one session may do, and what all sessions of one address may do together."""

    def __init__(self, burst: int, per_second: float, address_factor: int) -> None:
        """Give an address `address_factor` times the allowance of a session: offices share one address."""
        self._sessions = Buckets(burst, per_second)
        self._addresses = Buckets(burst * address_factor, per_second * address_factor)

    def take(self, session: str, address: str, amount: int = 1) -> float:
        """Take from both; return 0, or the seconds to wait."""
        return self._addresses.take(address, amount) or self._sessions.take(session, amount)


def address_of(request: web.BaseRequest, trusted_proxies: frozenset[str]) -> str:
    """Return whom to count a request for: the peer, or whom a trusted proxy names; of IPv6 the /64 network."""
    address = request.remote or ""
    if address in trusted_proxies:
        named = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
        address = next((part for part in reversed(named) if part and part not in trusted_proxies), address)
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 6:  # noqa: PLR2004 - IPv6: one household has a whole /64
        return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)
