"""Zalo: phones at a strict fake; signed events by the real webhook, messages by the real client.

Zalo shows choices in the text, and buttons where there is room; whoever reads it sees the same choices as anywhere.
So what is heard is read back from text and buttons together. Who presses a choice that has no button yet leafs on to
it; what that shows is the same question with other buttons, and is heard nowhere else.
"""

import mimetypes
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote

from aiohttp import web
from pydantic import SecretStr
from sqlalchemy import Connection

from bot.channels.zalo.parsing import CHANNEL
from bot.channels.zalo.seal import MARK
from bot.options import page_of, read_button
from langnghe import zalo
from langnghe.service import Service
from storage import chats, zalo_tokens
from storage.chats import Caller
from storage.vault import Vault
from storage.zalo_tokens import Pair
from tests.conversations.faces import FILES, POSITION, Did, Shown
from tests.conversations.script import Message, file_shown
from tests.fakes.zalo import FakeZalo, Phone
from tests.fakes.zalo.people import Message as Bubble

_CHOSEN = re.compile(r"(?:Đã chọn|You chose): [^\n]+\n\n")
_TYPE_NUMBER = ("Ông/Bà bấm nút, hoặc gõ số, ví dụ: ", "Please press a button or type a number, for example: ")
_LEAFED = re.compile(r"(?:Các nút khác của câu này|Other buttons of this question):\n\n")
_TYPE_WORDS = re.compile(r"(?:Cần thì gõ|If need be, type): (.+)\.")
_FACE = re.compile(r"[^\w\s]{1,4} · ")
_FILE_LINK = re.compile(r"/f/\d+/[\w-]+/[0-9a-f]{32}\.\w+/(\S+)")
_NUMBERED = re.compile(r"(?:(?P<number>\d{1,2})\. |• )?(?P<label>.+)")


@dataclass
class ZaloFace:
    """An Official Account with its people, and a webhook that is served anew for each step."""

    fake: FakeZalo
    name: str = "zalo"
    authorised: bool = False

    @property
    def settings(self) -> dict[str, object]:
        """What leads a service to the fake."""
        console, bases = self.fake.console, self.fake.bases
        return {
            "zalo_app_id": console.app_id, "zalo_app_secret": SecretStr(console.app_secret),
            "zalo_oa_id": console.oa_id, "zalo_oa_secret_key": SecretStr(console.oa_secret_key),
            "zalo_oauth_base": bases.oauth, "zalo_openapi_base": bases.openapi, "zalo_business_base": bases.business,
            "zalo_file_hosts": bases.files, "zalo_spend": "billed", "zalo_spend_cap": 1_000_000,
        }  # fmt: skip

    async def person(self, number: int, language: str) -> "ZaloPerson":
        return ZaloPerson(self, self.fake.person(number, f"Công dân mẫu {number}"), language)

    def connected(self, service: Service) -> AbstractAsyncContextManager[object]:
        return self._serving(service)

    @asynccontextmanager
    async def _serving(self, service: Service) -> AsyncIterator[None]:
        if not self.authorised:
            self.authorised = True
            await service.database.write(lambda connection: authorise(connection, self.fake, service))
        app = web.Application()
        hook = zalo.webhook(service.config, service.database, service.intake, service.clock)
        app.router.add_post(zalo.WEBHOOK_PATH, hook.handle)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.fake.world.courier.point_at(f"http://127.0.0.1:{runner.addresses[0][1]}{zalo.WEBHOOK_PATH}")
        try:
            yield
        finally:
            await self.fake.settled()
            await runner.cleanup()


def authorise(connection: Connection, fake: FakeZalo, service: Service) -> None:
    """Give the service the tokens of the fake, as an administrator does on the page."""
    issued, now = fake.world.oauth.issue(), service.clock()
    pair = Pair(issued.access, issued.refresh, issued.access_until - now)
    vault = Vault(service.config.secret_key.get_secret_value())
    zalo_tokens.authorise(connection, vault, fake.console.oa_id, pair, actor="system", now=now)


@dataclass
class ZaloPerson:
    """Somebody with Zalo; his language is known from an earlier conversation, for Zalo tells none."""

    face: ZaloFace
    phone: Phone
    language: str
    shown: Shown = field(default_factory=Shown)
    seen: int = 0
    known: bool = False

    @property
    def chat(self) -> tuple[str, str, str]:
        return CHANNEL, self.face.fake.console.oa_id, self.phone.person.id

    async def does(self, service: Service, done: Did) -> None:
        if not self.known:
            self.known = True
            await service.database.write(lambda connection: self._is_known(connection, service))
        match done.what:
            case "presses" | "presses old" | "presses again":
                await self._presses(service, done)
            case "opens":
                await self.phone.types(f"/start {done.rest}")
            case "sends":
                await self._sends(done.rest)
            case "types":
                await self.phone.types(done.rest)
            case _:
                raise AssertionError(f"nobody can do this on Zalo: {done}")
        await self.face.fake.settled()

    async def _presses(self, service: Service, done: Did) -> None:
        """Press a choice; one without a button is looked for on the next pages of its question."""
        while (sends := self.shown.press(done)).isdecimal():
            more = next(each["payload"] for each in self._newest.buttons if _leafs(each["payload"]))
            await self.phone.presses_payload(more)
            await self.face.fake.settled()
            asked = read_back(self._newest)
            while await service.work.sender.round():
                pass
            self._leafed_on(asked)
        await self.phone.presses_payload(sends)

    def _leafed_on(self, asked: tuple[str, dict[str, str]]) -> None:
        """Take the next page for the question that it repeats word for word, with some of its buttons."""
        text, buttons = read_back(self._newest)
        question, leafed = _LEAFED.subn("", text, count=1)
        assert leafed, text
        assert asked[0].endswith(question), (asked, text)
        assert list(buttons) == list(asked[1])
        self.shown.messages[-1] |= {label: sends for label, sends in buttons.items() if sends.startswith(MARK)}
        self.seen = len(self.phone.person.messages)

    @property
    def _newest(self) -> Bubble:
        """The newest message of ours."""
        return next(each for each in reversed(self.phone.person.messages) if each.mine)

    def _is_known(self, connection: Connection, service: Service) -> None:
        user = self.phone.person.id
        caller = Caller(*self.chat[:2], user, user, self.language, self.phone.person.name)
        chats.welcome(connection, caller, service.clock())

    async def hears(self, _service: Service) -> list[Message]:
        said = []
        for bubble in self.phone.person.messages[self.seen :]:
            if bubble.mine:
                text, buttons = read_back(bubble)
                self.shown.messages.append(buttons)
                said.append(_with_file(bubble, Message(text, tuple(buttons))))
        self.seen = len(self.phone.person.messages)
        return said

    async def _sends(self, what: str) -> None:
        match what:
            case "a position":
                await self.phone.sends_location(*POSITION)
            case "a photo":
                await self.phone.sends_image(FILES[what][2], ending="png")
            case "a document" | "a workbook":
                await self.phone.sends_file(FILES[what][2], name=FILES[what][0])
            case "a sticker":
                await self.phone.sends_sticker()
            case _:
                await self.phone.sends_audio()


def _with_file(bubble: Bubble, message: Message) -> Message:
    """Take the file of a message out of its words: what Zalo cannot carry is a link there, a document has no words."""
    link = _FILE_LINK.search(message.text)
    if bubble.kind in ("image", "gif"):
        return Message(message.text, message.buttons, "picture")
    if bubble.kind != "file" and link is None:
        return message
    name = unquote(link[1]) if link else bubble.text
    shown = file_shown(name, mimetypes.guess_type(name)[0] or "")
    words = "\n\n".join(each for each in message.text.split("\n\n") if not _FILE_LINK.search(each))
    return Message(words if shown == "picture" else "", message.buttons, shown)


def read_back(bubble: Bubble) -> tuple[str, dict[str, str]]:
    """Return a message's own words, and each of its choices with what is sent for it: a payload, a number, words."""
    paragraphs = _CHOSEN.sub("", bubble.text, count=1).split("\n\n")
    has_hint = paragraphs[-1].startswith(_TYPE_NUMBER) or _TYPE_WORDS.fullmatch(paragraphs[-1])
    hint = paragraphs.pop() if has_hint else ""
    found = _TYPE_WORDS.search(hint)
    typed = {word: word for word in re.findall("“(.+?)”", found[1])} if found else {}
    has_answers = any(_option(each["payload"]) is not None for each in bubble.buttons)
    lines = paragraphs.pop().split("\n") if has_answers else []
    hidden = dict(_numbered(lines)) if hint.startswith(_TYPE_NUMBER) else {}
    return "\n\n".join(paragraphs), hidden | _buttons(bubble, lines) | typed


def _buttons(bubble: Bubble, lines: Sequence[str] = ()) -> dict[str, str]:
    """Return the buttons by the labels that they have elsewhere; those of answers stand in the lines, uncut."""
    labels, left = {}, iter(lines)
    for button in bubble.buttons:
        option, title = _option(button["payload"]), button["title"]
        if option is not None:
            title = next(line.removeprefix("• ") for line in left if _stands_for(title, line))
        if not _leafs(button["payload"]):
            labels[_label(title, option)] = button["payload"]
    return labels


def _stands_for(title: str, line: str) -> bool:
    return line.removeprefix("• ").startswith(title.removesuffix("…"))


def _leafs(payload: str) -> bool:
    """Say whether a button shows the next answers."""
    return page_of(_meant(payload)[2]) is not None


def _meant(payload: str) -> tuple[int, int, str]:
    return read_button(payload.split(":", 1)[1].rpartition(":")[0])


def _label(title: str, option: str | None) -> str:
    """Return a label as other faces show it, where a score is a part of it."""
    found = _NUMBERED.fullmatch(title)
    assert found is not None
    if option is None or found["number"] is None:
        return title
    is_score = option == found["number"] and not _FACE.match(found["label"])
    return f"{found['number']} · {found['label']}" if is_score else found["label"]


def _option(payload: str) -> str | None:
    """Return which answer to a question a payload gives; None for what begins something or steers."""
    conversation, _, option = _meant(payload)
    return None if conversation < 0 or option.startswith("-") else option


def _numbered(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        found = _NUMBERED.fullmatch(line)
        assert found is not None
        yield found["label"], found["number"] or found["label"]
