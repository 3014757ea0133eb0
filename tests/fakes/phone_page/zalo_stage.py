"""The fake Zalo on the stage: two citizens, the settings that lead to it, its logs."""

from collections.abc import Sequence
from datetime import timedelta

from tests.fakes.phone_page.handset import Corner, File, Key, Line, Note, Row, Stage
from tests.fakes.zalo import FakeZalo, Param, Phone, Template
from tests.fakes.zalo.people import Message
from tests.fakes.zalo.templates import RATING

PLACE = (21.02851, 105.85417)
VERIFIER = "ma-xac-minh-mau-" * 3
PICTURES = ("jpg", "jpeg", "png")
STARS = range(1, 6)
AWAY = {"days3": timedelta(days=3), "days8": timedelta(days=8)}
"""As long as a window is billed, and as it is closed."""
TEMPLATES = (
    Template(
        "900001", "Mẫu tin thử 1",
        (Param("ma_ho_so"), Param("trang_thai"), Param("ngay_cap_nhat"), Param("don_vi", required=False)),
    ),
    Template(
        "900002", "Mẫu đánh giá thử 1",
        (Param("don_vi", required=False), Param("ngay_tra_ket_qua", required=False), Param("han", required=False)),
        kind=RATING, tag=2,
    ),
)  # fmt: skip
"""Approved ones, with parameters that the service fills."""


class ZaloHandset:
    """The phone of one citizen with Zalo."""

    deeds: Sequence[str] = ("place", "contact", "sticker", "voice", "follow", "unfollow")
    corners: Sequence[Corner] = (Corner("by_hand", ("human",), takes_text=True), Corner("time", tuple(AWAY)))

    def __init__(self, fake: FakeZalo, phone: Phone) -> None:
        self.fake, self.phone, self.name = fake, phone, phone.person.name

    def lines(self) -> list[Line]:
        """Return the chat; a hidden press is not in it."""
        return [self._in_template(each) if each.template else _line(each) for each in self.phone.person.messages]

    def notes(self) -> list[Note]:
        """Return what a message costs now, and what those of this person have cost."""
        person, world = self.phone.person, self.fake.world
        window = "never" if person.last is None else person.window(world.clock())
        paid = sum(price for whom, price in world.charged if whom in {person.id, person.phone})
        return [Note(window), *([Note("paid", {"dong": str(paid)})] if paid else [])]

    async def types(self, text: str) -> None:
        """Send a text."""
        await self.phone.types(text)

    async def presses(self, address: str) -> None:
        """Press a button: `<message>:<number>`, under a request for a rating `<message>:<stars>`."""
        message_id, _, number = address.rpartition(":")
        message = self.phone.person.message(message_id)
        if message is None or not number.isdigit():
            raise LookupError(address)
        if self._is_to_rate(message) and int(number) in STARS:
            await self.phone.rates(message.id, int(number))
            return
        if int(number) >= len(message.buttons):
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

    async def does(self, deed: str, text: str = "") -> None:
        """Do one of the deeds; an official who has written nothing has not answered."""
        match deed:
            case "human":
                if text:
                    self.fake.human_writes(self.phone, text)
            case "days3" | "days8":
                await self.phone.stays_away(AWAY[deed])
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

    def _in_template(self, message: Message) -> Line:
        """Return a message by template: its name, its values, stars to press until they were."""
        keys = tuple(Key(f"{stars} ★", f"{message.id}:{stars}") for stars in STARS)
        rated = self._rated(message)
        return Line(
            own=False, text=self.fake.world.templates[message.template].name, kind=message.kind,
            keys=keys if self._is_to_rate(message) else (), reaction="" if rated is None else f"{rated} ★",
            values=tuple(message.values.items()),
        )  # fmt: skip

    def _is_to_rate(self, message: Message) -> bool:
        template = self.fake.world.template(message.template)
        return template is not None and template.kind == RATING and self._rated(message) is None

    def _rated(self, message: Message) -> int | None:
        ratings = self.fake.world.ratings
        return next((each["rate"] for each in ratings if each["msg_id"] == message.id), None)


def zalo_stage(fake: FakeZalo) -> Stage:
    """Return the stage of a fake that is listening; it lists templates of its own."""
    for template in TEMPLATES:
        fake.template(template)
    phones = [ZaloHandset(fake, fake.person(n, f"Công dân mẫu {n}", phone=f"8490000000{n}")) for n in (1, 2)]
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
        "ZALO_SPEND": "billed",
        "ZALO_SPEND_CAP": "100000",
        "ZALO_HUMAN_MINUTES": "2",
    }


def _deliveries(fake: FakeZalo) -> list[Row]:
    rows = [
        Row(f"{each.event} ({each.retry})" if each.retry else each.event, str(each.status or ""), each.status != 200)
        for each in fake.world.courier.attempts
    ]
    return rows + [Row(each.name, "✗", bad=True) for each in fake.world.courier.lost]


def _calls(fake: FakeZalo) -> list[Row]:
    return [Row(each.path, "" if each.error is None else str(each.error), bool(each.error)) for each in fake.calls]


def _line(message: Message) -> Line:
    keys = tuple(
        Key(button["title"], f"{message.id}:{number}" if button["type"].startswith("oa.query.") else "")
        for number, button in enumerate(message.buttons)
    )
    file = File(message.upload.name, message.upload.content) if message.upload else None
    text = "" if message.kind == "file" else message.text  # it is the file's name
    kind = "by_hand" if message.by else message.kind
    return Line(not message.mine, text, keys, kind, message.reaction, file)
