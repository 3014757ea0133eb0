"""The fake Zalo on the stage: two citizens, the settings that lead to it, its logs."""

from collections.abc import Sequence

from tests.fakes.phone_page.handset import File, Key, Line, Row, Stage
from tests.fakes.zalo import FakeZalo, Phone
from tests.fakes.zalo.people import Message

PLACE = (21.02851, 105.85417)
VERIFIER = "ma-xac-minh-mau-" * 3
PICTURES = ("jpg", "jpeg", "png")


class ZaloHandset:
    """The phone of one citizen with Zalo."""

    deeds: Sequence[str] = ("place", "contact", "sticker", "voice", "follow", "unfollow")

    def __init__(self, phone: Phone) -> None:
        self.phone, self.name = phone, phone.person.name

    def lines(self) -> list[Line]:
        """Return the chat; a hidden press is not in it."""
        return [_line(each) for each in self.phone.person.messages]

    async def types(self, text: str) -> None:
        """Send a text."""
        await self.phone.types(text)

    async def presses(self, address: str) -> None:
        """Press a button: `<message>:<number>`."""
        message_id, _, number = address.rpartition(":")
        message = self.phone.person.message(message_id)
        if message is None or not number.isdigit() or int(number) >= len(message.buttons):
            raise LookupError(address)
        button = message.buttons[int(number)]
        await self.phone.presses_payload(button["payload"], seen=button["type"] == "oa.query.show")

    async def sends(self, content: bytes, name: str) -> None:
        """Send a picture, or a document."""
        ending = name.rpartition(".")[2].lower()
        if ending in PICTURES:
            await self.phone.sends_image(content, ending=ending)
        else:
            await self.phone.sends_file(content, name=name)

    async def does(self, deed: str) -> None:
        """Do one of the deeds."""
        match deed:
            case "place":
                await self.phone.sends_location(*PLACE)
            case "contact":
                await self.phone.submits_info(self.phone.person.phone, self.name)
            case "sticker":
                await self.phone.sends_sticker()
            case "voice":
                await self.phone.sends_audio()
            case "follow":
                await self.phone.follows()
            case "unfollow":
                await self.phone.unfollows()
            case _:
                raise LookupError(deed)


def zalo_stage(fake: FakeZalo) -> Stage:
    """Return the stage of a fake that is listening."""
    phones = [ZaloHandset(fake.person(n, f"Công dân mẫu {n}", phone=f"8490000000{n}")) for n in (1, 2)]
    return Stage("Zalo", phones, lambda: _settings(fake), lambda: _deliveries(fake), lambda: _calls(fake))


def _settings(fake: FakeZalo) -> dict[str, str]:
    return {
        "ZALO_APP_ID": fake.console.app_id,
        "ZALO_APP_SECRET": fake.console.app_secret,
        "ZALO_OA_ID": fake.console.oa_id,
        "ZALO_OA_SECRET_KEY": fake.console.oa_secret_key,
        "ZALO_PKCE_VERIFIER": VERIFIER,
        "ZALO_OAUTH_BASE": fake.bases.oauth,
        "ZALO_OPENAPI_BASE": fake.bases.openapi,
        "ZALO_BUSINESS_BASE": fake.bases.business,
        "ZALO_FILE_HOSTS": fake.bases.files,
    }


def _deliveries(fake: FakeZalo) -> list[Row]:
    rows = [
        Row(f"{each.event} ({each.retry})" if each.retry else each.event, str(each.status or "–"), each.status != 200)
        for each in fake.world.courier.attempts
    ]
    return rows + [Row(each.name, "✗", bad=True) for each in fake.world.courier.lost]


def _calls(fake: FakeZalo) -> list[Row]:
    return [Row(each.path, "–" if each.error is None else str(each.error), bool(each.error)) for each in fake.calls]


def _line(message: Message) -> Line:
    keys = tuple(
        Key(button["title"], f"{message.id}:{number}" if button["type"].startswith("oa.query.") else "")
        for number, button in enumerate(message.buttons)
    )
    file = File(message.upload.name, message.upload.content) if message.upload else None
    text = "" if message.kind == "file" else message.text  # it is the file's name
    return Line(not message.mine, text, keys, message.kind, message.reaction, file)
