"""What calls of the Bot API come to, told without the library that makes them: loading it takes a third of a second."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.messages import SendResult

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
"""UTF-16 units under a file."""
MOST_BUTTONS = 100


class CallFailed(Exception):  # noqa: N818 - what happened, not a fault of ours
    """A call did not succeed.

    result       what it means for the message that was to be sent, or whatever else was to be done
    is_conflict  somebody else asks for the bot's updates, or they go to a webhook
    """

    def __init__(self, result: SendResult, *, is_conflict: bool = False) -> None:
        """Keep what is known; the text of the error is the reason."""
        super().__init__(result.reason)
        self.result = result
        self.is_conflict = is_conflict


@dataclass(frozen=True, slots=True)
class Commands:
    """The menu of commands in private chats: (name, description) pairs, per language; "" is for all others."""

    by_language: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)


NO_COMMANDS = Commands()


@dataclass(frozen=True, slots=True)
class WebhookHealth:
    """What Telegram says about its deliveries: the address it calls, how much waits, the last trouble and when."""

    url: str
    pending: int
    last_error: str
    last_error_at: datetime | None = None
