"""Where a Telegram receiver ends in tests: what was accepted, what was buried, failures by script."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.channels.receiving import Receiver
from bot.channels.telegram.parsing import Telegram
from bot.channels.telegram.receiving import telegram_receiver
from bot.messages import Incoming
from storage.database import StoreUnavailable

MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class Recorder:
    """Accepts events and keeps dead letters; fails where it is told to.

    unavailable  so many calls more find the store away
    trouble      raises for an event that cannot be handled
    """

    def __init__(self) -> None:
        self.accepted: list[Incoming] = []
        self.buried: list[tuple[Mapping[str, Any], str]] = []
        self.pressed: list[str] = []
        self.unavailable = 0
        self.trouble: Callable[[Incoming], None] = lambda _: None

    async def accept(self, incoming: Incoming) -> None:
        self._reach()
        self.trouble(incoming)
        self.accepted.append(incoming)

    async def bury(self, channel: str, account: str, raw: Mapping[str, Any], reason: str) -> None:
        assert (channel, account) == ("telegram", "123456789")
        self._reach()
        self.buried.append((raw, reason))

    def _reach(self) -> None:
        if self.unavailable:
            self.unavailable -= 1
            raise StoreUnavailable("away")

    def receiver(self) -> Receiver:
        """Return a receiver that ends here."""
        return telegram_receiver(
            bot=lambda: Telegram("123456789", "langnghe_mau_bot"),
            accept=self.accept,
            dead_letter=self.bury,
            press_heard=self.pressed.append,
            clock=lambda: MORNING,
        )

    def said(self) -> list[str]:
        """Return the accepted texts, once each, in order."""
        return [each.text for each in {each.event_key: each for each in self.accepted}.values()]


def broken_by(text: str) -> Callable[[Incoming], None]:
    """Return a trouble that only this text meets."""

    def raise_for(incoming: Incoming) -> None:
        if incoming.text == text:
            raise KeyError("a bug")

    return raise_for
