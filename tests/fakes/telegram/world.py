"""Everything the fake server knows: the bot, chats, files, callback queries, updates."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.telegram.chats import Chat, Message
from tests.fakes.telegram.errors import bad_request
from tests.fakes.telegram.faults import Pace
from tests.fakes.telegram.files import Files
from tests.fakes.telegram.mailbox import Mailbox
from tests.fakes.telegram.webhook import Courier

_QUERY_LIVES = timedelta(seconds=150)


@dataclass
class Query:
    """A press of a button; `toast` is what the answer showed, None while the spinner turns."""

    id: str
    person: int
    expires: datetime
    answered: bool = False
    toast: str | None = None


@dataclass
class World:
    """The state behind the server.

    bot      the bot's User object
    clock    aware UTC
    privacy  groups show the bot only what is meant for it (the default of real bots)
    """

    bot: dict[str, Any]
    clock: Callable[[], datetime]
    mailbox: Mailbox
    courier: Courier
    pace: Pace | None = None
    privacy: bool = True
    chats: dict[int, Chat] = field(default_factory=dict)
    files: Files = field(default_factory=Files)
    queries: dict[str, Query] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[dict[str, str]]] = field(default_factory=dict)

    def date(self) -> int:
        """Return now as the API writes it: whole seconds since 1970."""
        return int(self.clock().timestamp())

    def chat(self, chat_id: str | None) -> Chat:
        """Return a chat by id or @username. Raises Refused when it is missing or unknown."""
        if not chat_id:
            raise bad_request("chat_id is empty")
        if chat_id.lstrip("-").isdigit() and int(chat_id) in self.chats:
            return self.chats[int(chat_id)]
        for chat in self.chats.values():
            if chat.person is not None and chat_id == f"@{chat.person.username}":
                return chat
        raise bad_request("chat not found")

    def own_message(self, chat: Chat, message_id: int, lost: str) -> Message:
        """Return a message of the bot. Raises Refused with `lost` when there is none, or when it is not the bot's."""
        message = chat.messages.get(message_id)
        if message is None:
            raise bad_request(lost)
        if not message.mine:
            raise bad_request("message can't be edited")
        return message

    def new_query(self, person: int) -> Query:
        """Return a fresh callback query."""
        query = Query(str(4_380_000_000_000_000_000 + len(self.queries)), person, self.clock() + _QUERY_LIVES)
        self.queries[query.id] = query
        return query
