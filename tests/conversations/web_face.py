"""The web chat: a browser without scripts over HTTP; bubbles and buttons are read from the page."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser

from aiohttp import ClientSession, CookieJar, FormData, web

from bot.channels.web.routes import web_routes
from bot.channels.web.session import Visit
from bot.channels.web.settings import ACCOUNT, CHANNEL
from langnghe.service import Service
from tests.conversations.faces import FILES, POSITION, Did, Shown
from tests.conversations.script import Message


@dataclass
class Bubble:
    """One line of the page."""

    id: int
    own: bool
    paragraphs: list[str] = field(default_factory=list)
    buttons: dict[str, str] = field(default_factory=dict)
    file: str = ""


class Page(HTMLParser):
    """What a page holds: bubbles with their buttons, and the hidden fields of its last form."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.bubbles: list[Bubble] = []
        self.fields: dict[str, str] = {}
        self.alert = ""
        self._into = ""
        self._press = ""
        self._label = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        classes = values.get("class", "").split()
        if tag == "li" and values.get("id", "").startswith("line-"):
            self.bubbles.append(Bubble(int(values["id"][5:]), "own" in classes))
        elif tag == "p" and "text" in classes:
            self.bubbles[-1].paragraphs.append("")
            self._into = "text"
        elif tag == "p" and "alert" in classes:
            self._into = "alert"
        elif tag == "a" and "picture" in classes:
            self.bubbles[-1].file = "picture"
        elif tag == "a" and "file" in classes:
            self.bubbles[-1].file, self._into = "file ", "file"
        elif tag == "input" and values.get("type") == "hidden":
            self.fields[values["name"]] = values["value"]
        elif tag == "button" and values.get("name") == "press":
            self._press, self._label = values["value"], ""

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "strong"):
            self._into = ""
        elif tag == "button" and self._press:
            self.bubbles[-1].buttons[self._label] = self._press
            self._press = ""

    def handle_data(self, data: str) -> None:
        if self._press:
            self._label += data
        elif self._into == "text":
            self.bubbles[-1].paragraphs[-1] += data
        elif self._into == "alert":
            self.alert += data
        elif self._into == "file":
            self.bubbles[-1].file += data


@dataclass
class WebFace:
    """A web server that is started anew for each step, and browsers that stay."""

    name: str = "web"
    address: str = ""
    sessions: list[ClientSession] = field(default_factory=list)

    async def person(self, number: int, language: str) -> "WebPerson":
        session = ClientSession(cookie_jar=CookieJar(unsafe=True))
        self.sessions.append(session)
        return WebPerson(self, session, number, language)

    def connected(self, service: Service) -> AbstractAsyncContextManager[object]:
        return self._serving(service)

    @asynccontextmanager
    async def _serving(self, service: Service) -> AsyncIterator[None]:
        app = web.Application()
        app.add_routes(web_routes(service.web_chat))
        app.on_shutdown.append(lambda _: service.web_chat.close())
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield
        finally:
            await runner.cleanup()

    async def close(self) -> None:
        for session in self.sessions:
            await session.close()


@dataclass
class WebPerson:
    """Somebody with a browser."""

    face: WebFace
    session: ClientSession
    number: int
    language: str
    shown: Shown = field(default_factory=Shown)
    last_line: int = 0

    @property
    def chat(self) -> tuple[str, str, str]:
        cookie = next(each.value for each in self.session.cookie_jar if each.key == "ln_chat")
        return CHANNEL, ACCOUNT, Visit(cookie, None, None, None, wants_json=False).chat

    async def does(self, _service: Service, done: Did) -> None:
        page = await self._page()
        if self.language != "vi" and not self.last_line:
            await self._posts("/chat/language", {**page.fields, "language": self.language})
        match done.what:
            case "presses" | "presses old" | "presses again":
                await self._posts("/chat", {**page.fields, "press": self.shown.press(done)})
            case "opens":
                await self._posts("/chat", {**page.fields, "start": done.rest})
            case "sends" if done.rest == "a position":
                latitude, longitude = POSITION
                await self._posts("/chat", {**page.fields, "latitude": str(latitude), "longitude": str(longitude)})
            case "sends" if done.rest in FILES:
                await self._posts("/chat", {**page.fields, "text": ""}, file=FILES[done.rest])
            case "types":
                await self._posts("/chat", {**page.fields, "text": done.rest})
            case _:
                raise AssertionError(f"a page cannot do this: {done}")

    async def hears(self, _service: Service) -> list[Message]:
        said = []
        for bubble in (await self._page()).bubbles:
            if bubble.id > self.last_line:
                self.last_line = bubble.id
                if not bubble.own:
                    self.shown.messages.append(bubble.buttons)
                    said.append(Message("\n\n".join(bubble.paragraphs), tuple(bubble.buttons), bubble.file))
        return said

    async def _page(self) -> Page:
        async with self.session.get(f"{self.face.address}/chat") as response:
            assert response.status == 200
            return Page(await response.text())

    async def _posts(self, path: str, fields: dict[str, str], *, file: tuple[str, str, bytes] | None = None) -> None:
        form = FormData(fields, default_to_multipart=file is not None)
        if file:
            name, mime, content = file
            form.add_field("files", content, filename=name, content_type=mime)
        async with self.session.post(f"{self.face.address}{path}", data=form) as response:
            page = Page(await response.text())
            assert response.status == 200, page.alert
