"""What goes wrong on purpose: answers by script, and the server's pace."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fakes.telegram.errors import Refused


@dataclass(frozen=True)
class Fault:
    """How one call is answered.

    status           HTTP status of a refusal; None lets the call be answered as usual
    body             a raw body instead of JSON, as a broken gateway sends
    delay            seconds before the answer
    drop_connection  no answer at all
    does_it          whether the call takes effect although its answer is lost or bad
    """

    status: int | None = None
    reason: str = ""
    parameters: dict[str, int] = field(default_factory=dict)
    body: bytes | None = None
    delay: float = 0.0
    drop_connection: bool = False
    does_it: bool = False


@dataclass
class _Bucket:
    """A bucket that refills steadily: `level` tokens at the moment `at`."""

    level: float
    at: float


class Pace:
    """The server's limits on sending (telegram.md, section 3): 429 with retry_after beyond them.

    now       seconds, any origin
    per_chat  messages a second to one chat, after a burst of `burst`
    overall   messages a second to all chats together
    """

    def __init__(
        self, now: Callable[[], float], *, per_chat: float = 1.0, burst: int = 3, overall: float = 30.0
    ) -> None:
        self.now, self.per_chat, self.burst, self.overall = now, per_chat, burst, overall
        self._buckets: dict[int | None, _Bucket] = {}

    def check(self, chat: int) -> None:
        """Count a message to `chat`. Raises Refused 429 when it comes too early."""
        self._take(chat, self.per_chat, self.burst)
        self._take(None, self.overall, self.overall)

    def _take(self, key: int | None, rate: float, most: float) -> None:
        """Take one token from a bucket."""
        now = self.now()
        bucket = self._buckets.setdefault(key, _Bucket(most, now))
        bucket.level, bucket.at = min(most, bucket.level + (now - bucket.at) * rate), now
        if bucket.level < 1:
            wait = max(1, round((1 - bucket.level) / rate))
            raise Refused(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        bucket.level -= 1
