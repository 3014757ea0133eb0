"""The terminal: events handed to the intake, lines read where they are stored."""

import itertools
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.messages import FileRef, Incoming, IncomingKind, Place
from langnghe.app import Service
from storage import chats, web_messages
from tests.conversations.faces import POSITION, Did, Shown, nothing_more
from tests.conversations.script import Message
from tests.storage.pictures import png

CHANNEL = "terminal"
_keys = itertools.count(1)


@dataclass
class TerminalPerson:
    """Somebody at a terminal of his own."""

    number: int
    language: str
    shown: Shown = field(default_factory=Shown)
    last_line: int = 0
    last_written: str = ""

    @property
    def chat(self) -> tuple[str, str, str]:
        return CHANNEL, "local", f"terminal-{self.number}"

    async def does(self, service: Service, done: Did) -> None:
        event = await self._event(service, done)
        if event.kind in (IncomingKind.TEXT, IncomingKind.FILE):
            self.last_written = event.message_ref or ""
        await service.intake.accept(event)

    async def hears(self, service: Service) -> list[Message]:
        chat = await service.database.read(lambda connection: chats.find(connection, *self.chat))
        if chat is None:
            return []
        found = await service.database.read(
            lambda connection: web_messages.lines(connection, chat.id, after=self.last_line)
        )
        self.last_line = max([self.last_line, *(line.id for line in found)])
        said = []
        for line in found:
            buttons = {button["label"]: button["data"] for button in line.body.get("buttons", ())}
            if not line.own:
                self.shown.messages.append(buttons)
                said.append(Message(line.body["text"], tuple(buttons)))
        return said

    async def _event(self, service: Service, done: Did) -> Incoming:
        event = self._plain(service.clock())
        match done.what:
            case "presses" | "presses old" | "presses again":
                return replace(event, kind=IncomingKind.PRESS, data=self.shown.press(done), message_ref=None)
            case "opens":
                return replace(event, kind=IncomingKind.START, data=done.rest)
            case "edits the last message to":
                return replace(event, kind=IncomingKind.EDIT, text=done.rest, message_ref=self.last_written)
            case "sends":
                return await self._sent(service, event, done.rest)
            case _:
                return replace(event, text=done.rest)

    async def _sent(self, service: Service, event: Incoming, what: str) -> Incoming:
        match what:
            case "a position":
                return replace(event, kind=IncomingKind.LOCATION, place=Place(*POSITION))
            case "a photo":
                kept = await service.files.keep(_blocks(png()), largest=1_000_000)
                file = FileRef(kept.ref, "photo", "", kept.size, kept.mime)
                return replace(event, kind=IncomingKind.FILE, file=file)
            case _:
                return replace(event, kind=IncomingKind.UNSUPPORTED)

    def _plain(self, at: datetime) -> Incoming:
        key = f"t{next(_keys)}"
        return Incoming(
            *self.chat, f"person-{self.number}", key, at, IncomingKind.TEXT, message_ref=key, language=self.language,
            name=f"Công dân mẫu {self.number}",
        )  # fmt: skip


async def _blocks(content: bytes) -> AsyncIterator[bytes]:
    yield content


class TerminalFace:
    """Terminals, one for each person."""

    name = "terminal"

    async def person(self, number: int, language: str) -> TerminalPerson:
        return TerminalPerson(number, language)

    def connected(self, _service: Service) -> AbstractAsyncContextManager[object]:
        return nothing_more()
