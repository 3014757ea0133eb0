"""How often one address may ask: a token bucket each, in memory, for a bounded number of addresses."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

MOST_ADDRESSES = 10_000


@dataclass(slots=True)
class RateLimit:
    """Allows `burst` requests at once and `per_minute` in the long run, for each key.

    Only as many keys are remembered as fit: the one unseen for longest goes first, so strangers cannot fill the memory.
    """

    burst: int
    per_minute: float
    _buckets: OrderedDict[str, tuple[float, datetime]] = field(default_factory=OrderedDict)

    def allows(self, key: str, now: datetime) -> bool:
        """Take one token of the key's bucket; False when it is empty."""
        tokens, since = self._buckets.pop(key, (float(self.burst), now))
        passed = max((now - since).total_seconds(), 0.0)
        tokens = min(self.burst, tokens + passed * self.per_minute / 60)
        self._buckets[key] = (tokens - 1 if tokens >= 1 else tokens, now)
        if len(self._buckets) > MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        return tokens >= 1
