"""The faces of a conversation: terminal, web page, Telegram and Zalo, each with the people who use it.

A person does what a line of a file says; `hears` returns what the bot has said since the last look.
"""

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from langnghe.service import Service
from tests.bot.channels.outgoing_files import xlsx
from tests.conversations.script import Message
from tests.storage.documents import pdf
from tests.storage.pictures import png

POSITION = (21.02851, 105.85417)
FILES = {
    "a photo": ("anh.png", "image/png", png()),
    "a document": ("van-ban.pdf", "application/pdf", pdf()),
    "a workbook": ("bang.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx()),
}
"""What can be sent: its name, its media type as a phone tells it, its content."""
_PRESSES = re.compile(r"presses (?P<old>old )?\[(?P<label>.+)\]")


@dataclass(frozen=True)
class Did:
    """What a line says that somebody did.

    what  types, presses, presses old, presses again, opens, edits, sends
    """

    what: str
    rest: str = ""


def did(line: str) -> Did:
    """Read the part of a line after the colon; whatever is nothing else was typed."""
    pressed = _PRESSES.fullmatch(line)
    if pressed:
        return Did("presses old" if pressed["old"] else "presses", pressed["label"])
    for what in ("presses again", "opens", "sends", "edits the last message to"):
        if line == what or line.startswith(f"{what} "):
            return Did(what, line[len(what) + 1 :])
    return Did("types", line)


@dataclass
class Shown:
    """The messages that somebody has got, with what each button sends, oldest first."""

    messages: list[dict[str, str]] = field(default_factory=list)
    pressed: str = ""

    def press(self, done: Did) -> str:
        """Return what the button sends that is pressed, and remember it."""
        if done.what == "presses again":
            return self.pressed
        keyboards = [buttons for buttons in self.messages if buttons]
        keyboards = keyboards[:-1] if done.what == "presses old" else keyboards[-1:]
        for buttons in reversed(keyboards):
            if done.rest in buttons:
                self.pressed = buttons[done.rest]
                return self.pressed
        raise AssertionError(f"no button {done.rest!r} among {[list(buttons) for buttons in keyboards]}")


class Person(Protocol):
    """Somebody at one face."""

    @property
    def chat(self) -> tuple[str, str, str]:
        """Channel, account and the channel's id of the chat."""

    async def does(self, service: Service, done: Did) -> None:
        """Do something, and have the service take it."""

    async def hears(self, service: Service) -> list[Message]:
        """Return what the bot has said since the last look."""


class Face(Protocol):
    """A channel with its people."""

    name: str

    async def person(self, number: int, language: str) -> Person:
        """Return a new person who speaks `language`."""

    def connected(self, service: Service) -> AbstractAsyncContextManager[object]:
        """Return a context in which the service serves this face."""


@asynccontextmanager
async def nothing_more() -> AsyncIterator[None]:
    """Serve a face that needs no server."""
    yield
