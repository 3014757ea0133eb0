"""How fast a bot and a chat may be used."""

from dataclasses import dataclass

from bot.turns import Turn


@dataclass(slots=True)
class Pace:
    """A token bucket: `rate` sends a second, `burst` at once."""

    rate: float
    burst: float
    tokens: float = -1.0
    at: float = 0.0

    def wait(self, now: float) -> float:
        """Take one token; return how many seconds the send must wait for it."""
        if self.tokens < 0 and not self.at:
            self.tokens = self.burst
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        self.tokens -= 1
        return max(0.0, -self.tokens / self.rate)

    def free_in(self, now: float) -> float:
        """Return in how many seconds a send would not have to wait; takes nothing."""
        if self.tokens < 0 and not self.at:
            return 0.0
        return max(0.0, (1 - self.tokens) / self.rate - (now - self.at))


def begun(rate: float, burst: float, turn: Turn) -> Pace:
    """Return the pace of a bot or a chat; a turn begins with one send, for the last sender may have had his burst."""
    return Pace(rate, burst) if turn.held is None else Pace(rate, burst, tokens=1.0, at=turn.began)
