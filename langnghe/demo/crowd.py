"""The sample citizens: a chat of our own page each, nothing known of them."""

from dataclasses import dataclass, field

from sqlalchemy import Connection

from bot.channels.web.settings import ACCOUNT, CHANNEL
from langnghe.demo.stage import Stage
from storage import chats
from storage.chats import Caller, Chat


@dataclass
class Crowd:
    """Chats by the number of the citizen; a chat is made when its citizen first turns up."""

    stage: Stage
    met: dict[int, Chat] = field(default_factory=dict)

    def chat(self, connection: Connection, number: int) -> Chat:
        """Return the chat of a citizen."""
        if number not in self.met:
            self.met[number] = chats.welcome(connection, caller(number), self.stage.now)
        return self.met[number]


def caller(number: int) -> Caller:
    """Return how a citizen's page names itself; no browser holds its key, so nobody can open it."""
    name = f"cong-dan-mau-{number:05}"
    return Caller(CHANNEL, ACCOUNT, name, name, "vi")
