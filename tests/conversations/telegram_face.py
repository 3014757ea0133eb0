"""Telegram: phones at a strict fake server; updates fetched raw, letters sent by the real client."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from langnghe.service import Service
from tests.conversations.faces import FILES, POSITION, Did, Shown, nothing_more
from tests.conversations.script import Message, file_shown
from tests.fakes.telegram import TOKEN, FakeTelegram, Phone
from tests.fakes.telegram.chats import Message as Bubble

FIRST_ID = 2**51
"""People's ids take up to 52 bits (telegram.md)."""


@dataclass
class TelegramFace:
    """A bot with its people; `offset` is the first update that is not confirmed."""

    fake: FakeTelegram
    name: str = "telegram"
    offset: int = 0

    async def person(self, number: int, language: str) -> "TelegramPerson":
        phone = self.fake.person(FIRST_ID + number, f"Công dân mẫu {number}", language)
        return TelegramPerson(self, phone)

    def connected(self, _service: Service) -> AbstractAsyncContextManager[object]:
        return nothing_more()

    async def take_updates(self, service: Service) -> None:
        """Take all that waits; it is confirmed by the next call, after it has been stored."""
        assert service.telegram is not None
        receiver = service.receiver()
        while updates := await service.telegram.raw_updates(self.offset, wait=0):
            for update in updates:
                await receiver.take(update)
                self.offset = update["update_id"] + 1


@dataclass
class TelegramPerson:
    """Somebody with a phone."""

    face: TelegramFace
    phone: Phone
    shown: Shown = field(default_factory=Shown)
    seen: int = 0
    last_written: int = 0
    messages: dict[str, int] = field(default_factory=dict)

    @property
    def chat(self) -> tuple[str, str, str]:
        return "telegram", TOKEN.partition(":")[0], str(self.phone.person.id)

    async def does(self, service: Service, done: Did) -> None:
        match done.what:
            case "presses" | "presses old" | "presses again":
                data = self.shown.press(done)
                await self.phone.presses_data(data, on=self.messages[data])
            case "opens":
                await self.phone.starts(done.rest)
            case "edits the last message to":
                await self.phone.edits(self.last_written, done.rest)
            case "sends":
                await self._sends(done.rest)
            case _:
                self.last_written = await self.phone.types(done.rest)
        await self.face.take_updates(service)

    async def hears(self, _service: Service) -> list[Message]:
        said = []
        for message in list(self.phone.chat.messages.values())[self.seen :]:
            keyboard = (message.keyboard or {}).get("inline_keyboard", [])
            buttons = {
                button["text"]: button["callback_data"]
                for row in keyboard
                for button in row
                if "callback_data" in button
            }
            if message.mine:
                self.shown.messages.append(buttons)
                self.messages.update(dict.fromkeys(buttons.values(), message.id))
                said.append(Message(message.text, tuple(buttons), _file_in(message)))
        self.seen = len(self.phone.chat.messages)
        return said

    async def _sends(self, what: str) -> None:
        match what:
            case "a position":
                await self.phone.sends_location(*POSITION)
            case "a photo":
                self.last_written = await self.phone.sends_photo(FILES[what][2])
            case "a document" | "a workbook":
                name, mime, content = FILES[what]
                self.last_written = await self.phone.sends_document(content, name=name, mime=mime)
            case "a sticker":
                await self.phone.sends_sticker()
            case "a contact":
                await self.phone.shares_contact("+84900000000")
            case _:
                await self.phone.sends_voice()


def _file_in(message: Bubble) -> str:
    document = message.raw.get("document")
    if document:
        return file_shown(document["file_name"], document["mime_type"])
    return "picture" if "photo" in message.raw else ""
