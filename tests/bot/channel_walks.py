"""The same walk on three channels: what a person does is put into each channel's own events and read by its parser."""

import json
import random
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Connection, select

from bot.channels.telegram.parsing import Telegram, events_of
from bot.channels.zalo.parsing import ZaloAccount, parse_event
from bot.channels.zalo.rendering import messages
from bot.channels.zalo.seal import Seal
from bot.letters import told_in
from bot.messages import FileRef, Incoming, IncomingKind, Outgoing, Place
from bot.options import CONTROLS, page_of, read_button
from storage import chats, conversations, outbox, web_messages
from storage.tables.conversations import conversation
from storage.tables.petitions import petition
from storage.tables.ratings import answer, rating
from tests.bot.office import Office
from tests.bot.test_random_walks import LINES
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.telegram import Phone as TelegramPhone
from tests.fakes.zalo import FakeZalo
from tests.fakes.zalo import Phone as ZaloPhone

PLACE = (21.0, 105.8)
TYPED = tuple(line for line in LINES if line)
STARTS = ("u_xa-mau_tram-y-te", "u_xa-mau_trung-tam", "q_health_xa-mau_tram-y-te")
WAITS = (1, 40, 1500)
WRITTEN_BY_THE_CHANNEL = frozenset({"ref", "name", "mime", "size", "media", "group"})
"""What a channel itself says of a file."""


def walk_of(seed: int, steps: int = 12) -> list[tuple[str, Any]]:
    """Return what a person does: (what, detail)."""
    chance = random.Random(seed)  # noqa: S311 - a walk, no secret
    walk: list[tuple[str, Any]] = [("opens", chance.choice(STARTS))] if chance.random() < 0.5 else []
    for _ in range(steps):
        what = chance.choices(
            ("presses", "types", "opens", "sends", "waits", "again"), weights=(10, 5, 1, 1.5, 0.5, 1)
        )[0]
        details: dict[str, Sequence[Any]] = {
            "presses": range(8), "types": TYPED, "opens": STARTS, "sends": ("file", "place", "sticker"), "waits": WAITS,
            "again": (0,),
        }  # fmt: skip
        walk.append((what, chance.choice(details[what])))
    return walk


class Way(Protocol):
    """One channel, as far as a walk needs it."""

    channel: str
    account: str
    chat: str

    async def events(self, what: str, detail: Any, shown: Outgoing | None) -> Sequence[Incoming]:
        """Return what the channel's own event says when somebody does this."""


class Phone(Protocol):
    """A phone of a fake."""

    async def types(self, text: str) -> object:
        """Send a text."""

    async def sends_location(self, latitude: float, longitude: float) -> object:
        """Send a position."""

    async def sends_sticker(self) -> object:
        """Send a sticker."""


AnyPhone = TypeVar("AnyPhone", bound=Phone)


class OnAPhone(ABC, Generic[AnyPhone]):
    """A channel with a phone of its fake, whose events are taken out where they wait to be delivered."""

    phone: AnyPhone

    async def events(self, what: str, detail: Any, shown: Outgoing | None) -> Sequence[Incoming]:
        match what:
            case "presses":
                assert shown is not None
                await self.presses(detail, shown)
            case "opens":
                await self.opens(detail)
            case "file":
                await self.sends_picture()
            case "place":
                await self.phone.sends_location(*PLACE)
            case "sticker":
                await self.phone.sends_sticker()
            case _:
                await self.phone.types(detail)
        return self.arrived()

    @abstractmethod
    async def presses(self, data: str, shown: Outgoing) -> None:
        """Press a button of what is shown."""

    @abstractmethod
    async def opens(self, start: str) -> None:
        """Come by a link."""

    @abstractmethod
    async def sends_picture(self) -> None:
        """Send a picture."""

    @abstractmethod
    def arrived(self) -> Sequence[Incoming]:
        """Take out what waits, read by the channel's parser."""


@dataclass
class OnTelegram(OnAPhone[TelegramPhone]):
    """A phone of the fake; its updates are taken out of the mailbox."""

    office: Office
    channel: str = "telegram"
    account: str = TOKEN.partition(":")[0]

    def __post_init__(self) -> None:
        self.fake = FakeTelegram(clock=self.office.clock)
        self.phone = self.fake.person(2**51, "")  # a name would be kept, and my_data tells of it
        self.chat = str(self.phone.person.id)

    async def presses(self, data: str, shown: Outgoing) -> None:  # noqa: ARG002
        await self.phone.presses_data(data, on=1, inaccessible=True)

    async def opens(self, start: str) -> None:
        await self.phone.starts(start)

    async def sends_picture(self) -> None:
        await self.phone.sends_photo()

    def arrived(self) -> Sequence[Incoming]:
        updates = [waiting.update for waiting in self.fake.world.mailbox.waiting()]
        self.fake.world.mailbox.clear()
        return [each for raw in updates for each in events_of(raw, Telegram(self.account), self.office.at)]


@dataclass
class OnZalo(OnAPhone[ZaloPhone]):
    """A phone of the fake without a webhook: its events are found among the lost ones."""

    office: Office
    channel: str = "zalo"

    def __post_init__(self) -> None:
        self.fake = FakeZalo(clock=self.office.clock)
        self.account = self.fake.console.oa_id
        self.phone = self.fake.person(1)
        self.chat = self.phone.person.id
        self.zalo = ZaloAccount(self.fake.console.app_id, self.account, Seal("a sample key", self.account))

    async def presses(self, data: str, shown: Outgoing) -> None:
        """Press the button, if need be after leafing on to it; type the words of what steers and has none."""
        page: int | None = 0
        while page is not None:
            sends = self._buttons(replace(shown, page=page))
            if data in sends:
                await self.phone.presses_payload(sends[data])
                return
            more = next((each for each in sends if page_of(read_button(each)[2]) is not None), None)
            if more:
                await self.phone.presses_payload(sends[more])
            page = page_of(read_button(more)[2]) if more else None
        await self.phone.types(next(button.label for button in shown.buttons if button.data == data))

    def _buttons(self, shown: Outgoing) -> dict[str, str]:
        """Return what each button means, with what it sends."""
        last = messages(shown, self.chat, self.zalo.seal)[-1]
        payloads = [each["payload"] for each in last.get("attachment", {}).get("payload", {}).get("buttons", ())]
        return {self.zalo.seal.opened(self.chat, payload) or "": payload for payload in payloads}

    async def opens(self, start: str) -> None:
        await self.phone.types(f"/start {start}")

    async def sends_picture(self) -> None:
        await self.phone.sends_image()

    def arrived(self) -> Sequence[Incoming]:
        raw = [event.raw for event in self.fake.world.courier.lost]
        self.fake.world.courier.lost.clear()
        return [each for body in raw for each in parse_event(json.loads(body), self.zalo, self.office.at)]


@dataclass
class OnTheWeb:
    """The chat page, whose forms need no parser."""

    office: Office
    channel: str = "web"
    account: str = "web"
    chat: str = "visitor"
    number: int = 0

    async def events(self, what: str, detail: Any, shown: Outgoing | None) -> Sequence[Incoming]:  # noqa: ARG002
        self.number += 1
        key = f"w{self.number}"
        made = Incoming(self.channel, self.account, self.chat, self.chat, key, self.office.at, IncomingKind.TEXT)
        match what:
            case "presses":
                parts: dict[str, Any] = {"kind": IncomingKind.PRESS, "data": detail}
            case "opens":
                parts = {"kind": IncomingKind.START, "data": detail}
            case "file":
                file = FileRef("0" * 32 + ".png", "photo", "", 0, "image/jpeg")
                parts = {"kind": IncomingKind.FILE, "file": file}
            case "place":
                parts = {"kind": IncomingKind.LOCATION, "place": Place(*PLACE)}
            case "sticker":
                parts = {"kind": IncomingKind.UNSUPPORTED}
            case _:
                parts = {"text": detail, "message_ref": key}
        return [replace(made, **parts)]


async def walked(office: Office, way: Way, walk: Sequence[tuple[str, Any]], seed: int) -> Any:
    """Take a walk on one channel; return what is stored of it."""
    chance = random.Random(seed)  # noqa: S311 - codes of petitions, the same on each channel
    office.intake = replace(office.intake, random_bits=chance.getrandbits)
    last: Sequence[Incoming] = ()
    for what, detail in walk:
        office.passes(seconds=20)
        if what == "waits":
            office.passes(minutes=detail)
            await office.schedule.round()
            continue
        if what != "again":
            last = await _next(office, way, what, detail)
        for incoming in last:
            await office.intake.accept(incoming)
    return await office.reads(_stored)


async def _next(office: Office, way: Way, what: str, detail: Any) -> Sequence[Incoming]:
    shown = await office.reads(lambda connection: _newest_choice(connection, office, way))
    if what == "presses":
        data = shown.buttons[detail % len(shown.buttons)].data if shown else ""
        if not data or await office.reads(lambda connection: _steers_no_more(connection, way, data)):
            return await way.events("types", "xin chào", None)
        return await way.events("presses", data, shown)
    return await way.events(detail if what == "sends" else what, detail, shown)


def _steers_no_more(connection: Connection, way: Way, data: str) -> bool:
    """Say whether a button steers in a question of old: where Zalo has words for it, they steer what is open now."""
    found = chats.find(connection, way.channel, way.account, way.chat)
    current = conversations.open_in(connection, found.id) if found else None
    number, step, option = read_button(data)
    return option in CONTROLS and (current is None or (number, step) != (current.id, current.step))


def _newest_choice(connection: Connection, office: Office, way: Way) -> Outgoing | None:
    """Return the newest message with buttons, as the chat's channel was given it."""
    found = chats.find(connection, way.channel, way.account, way.chat)
    if found is None:
        return None
    bodies: Sequence[Any] = (
        [line.body for line in reversed(web_messages.lines(connection, found.id, latest=30)) if not line.own]
        if way.channel in web_messages.DIRECT_CHANNELS
        else outbox.latest_bodies(connection, found.id, 30)
    )
    told = (told_in(found.language, body, office.talk.words) for body in bodies)
    return next((each for each in told if each.buttons), None)


def _stored(connection: Connection) -> Any:
    """Return what was answered, without what a channel itself writes: numbers of messages, names of files."""
    talks = select(conversation.c.script, conversation.c.status, conversation.c.asked, conversation.c.args)
    journals = select(conversation.c.journal).order_by(conversation.c.id)
    rated = select(rating.c.unit, rating.c.questionnaire, rating.c.state, rating.c.verified, rating.c.subject)
    answered = select(answer.c.item, answer.c.score, answer.c.choice, answer.c.text, answer.c.amount)
    sent = select(petition.c.code, petition.c.status, petition.c.text, petition.c.place, petition.c.unit)
    queries = (
        talks.order_by(conversation.c.id), rated.order_by(rating.c.id),
        answered.order_by(answer.c.rating_id, answer.c.item), sent.order_by(petition.c.id),
    )  # fmt: skip
    rows = [_plain([tuple(row) for row in connection.execute(query)]) for query in queries]
    # Of an entry key, value and kind; the fourth is the number of the message that gave it.
    return [*rows, [[_plain(entry[:3]) for entry in journal] for journal in connection.scalars(journals)]]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if name not in WRITTEN_BY_THE_CHANNEL}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
