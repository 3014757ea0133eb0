"""The desks at which bot and admin get things done, over one open transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from storage.chats import Chat


@dataclass(frozen=True, slots=True)
class Desks:
    """What a conversation can have done: its transaction, its moment, and the chat that it is held in."""

    connection: Connection
    now: datetime
    chat: Chat
