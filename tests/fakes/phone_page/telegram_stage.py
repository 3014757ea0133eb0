"""The fake Telegram on the stage: two citizens, the settings that lead to it, its logs."""

from collections.abc import Sequence

from tests.fakes.phone_page.handset import Corner, File, Key, Line, Note, Row, Stage
from tests.fakes.phone_page.zalo_stage import PICTURES, PLACE
from tests.fakes.telegram import FakeTelegram, Phone
from tests.fakes.telegram.chats import Message

FIRST_ID = 2**51
ASKING = "getupdates"


class TelegramHandset:
    """The phone of one citizen with Telegram."""

    deeds: Sequence[str] = ("start", "place", "contact", "sticker", "voice", "block", "unblock")
    corners: Sequence[Corner] = ()

    def __init__(self, phone: Phone, number: str) -> None:
        self.phone, self.name, self.number = phone, phone.person.name, number

    def lines(self) -> list[Line]:
        """Return the chat."""
        return [_line(each, _file(self.phone, each)) for each in self.phone.chat.messages.values()]

    def notes(self) -> list[Note]:
        """Return nothing: Telegram has no windows, and nobody but the bot answers."""
        return []

    async def types(self, text: str) -> None:
        """Send a text or a command."""
        await self.phone.types(text)

    async def presses(self, address: str) -> None:
        """Press a button: `<message>:<number>`."""
        message, _, number = address.partition(":")
        found = self.phone.chat.messages.get(int(message)) if message.isdigit() else None
        keys = _keys(found) if found else ()
        if not number.isdigit() or int(number) >= len(keys):
            raise LookupError(address)
        await self.phone.presses(keys[int(number)].label, on=int(message))

    async def sends(self, content: bytes, name: str) -> None:
        """Send a picture, or a document."""
        if name.rpartition(".")[2].lower() in PICTURES:
            await self.phone.sends_photo(content)
        else:
            await self.phone.sends_document(content, name=name)

    async def does(self, deed: str, text: str = "") -> None:  # noqa: ARG002 - no deed here takes one
        """Do one of the deeds."""
        match deed:
            case "start":
                await self.phone.starts()
            case "place":
                await self.phone.sends_location(*PLACE)
            case "contact":
                await self.phone.shares_contact(self.number)
            case "sticker":
                await self.phone.sends_sticker()
            case "voice":
                await self.phone.sends_voice()
            case "block":
                await self.phone.blocks()
            case "unblock":
                await self.phone.unblocks()
            case _:
                raise LookupError(deed)


def telegram_stage(fake: FakeTelegram) -> Stage:
    """Return the stage of a fake that is listening."""
    phones = [
        TelegramHandset(fake.person(FIRST_ID + number, f"Công dân mẫu {number}"), f"+8490000000{number}")
        for number in (1, 2)
    ]

    def settings() -> dict[str, str]:
        return {"TELEGRAM_BOT_TOKEN": fake.token, "TELEGRAM_API_BASE": fake.base}

    return Stage("Telegram", phones, settings, lambda: _deliveries(fake), lambda: _calls(fake))


def _deliveries(fake: FakeTelegram) -> list[Row]:
    """Return what was brought to a webhook, or how often the bot asked itself."""
    if fake.world.courier.hook is None:
        return [Row("getUpdates", f"× {len(fake.called(ASKING))}")]
    return [
        Row(f"update {each.update_id}", str(each.status or ""), not 200 <= each.status < 300)
        for each in fake.world.courier.attempts
    ]


def _calls(fake: FakeTelegram) -> list[Row]:
    return [Row(each.method, "") for each in fake.calls if each.method != ASKING]


def _keys(message: Message) -> tuple[Key, ...]:
    rows = message.raw.get("reply_markup", {}).get("inline_keyboard", [])
    buttons = [button for row in rows for button in row]
    return tuple(
        Key(button["text"], f"{message.id}:{number}" if "callback_data" in button else "")
        for number, button in enumerate(buttons)
    )


def _file(phone: Phone, message: Message) -> File | None:
    """Return what came with a message of the server's, a photo under no name of its own."""
    told = message.raw.get("document") or (message.raw.get("photo") or [None])[-1]
    if not message.mine or told is None:
        return None
    content = phone.world.files.by_id[told["file_id"]].content
    return File(told.get("file_name", f"photo-{message.id}{_ending(content)}"), content)


def _ending(photo: bytes) -> str:
    return ".jpg" if photo.startswith(b"\xff") else ".png" if photo.startswith(b"\x89") else ".webp"


def _line(message: Message, file: File | None) -> Line:
    kinds = ("photo", "document", "location", "contact", "sticker", "voice")
    kind = next((each for each in kinds if each in message.raw), "text")
    return Line(not message.mine, message.text, _keys(message), kind, message.reaction or "", file)
