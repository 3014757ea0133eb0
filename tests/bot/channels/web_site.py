"""A real web chat behind a real server, and a browser without scripts that reads its pages and sends its forms."""

import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

from aiohttp import ClientResponse, ClientSession, CookieJar, web
from sqlalchemy import Connection

from bot.channels.web.chat import Accepts, WebChat
from bot.channels.web.preview import preview_routes
from bot.channels.web.routes import web_routes
from bot.channels.web.settings import WebSettings
from bot.conversations import Conversations
from bot.intake import Intake
from bot.scripts import SCRIPTS
from bot.words import Words, load_texts
from offices.presets import load_preset
from storage import units
from storage.database import Database
from storage.files import FolderStore
from storage.reference import ReferenceHolder
from tests.codes import VAULT

START = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)  # a Monday, 09:00 in Vietnam
BOUNDARY = "----a-boundary-of-tests"
COUNTER = "xa-mau.trung-tam"


@dataclass
class Watch:
    """A clock that stands still until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def passes(self, length: timedelta) -> None:
        self.now += length


@dataclass
class Form:
    """A form of a page: where it goes, what it holds, and its buttons by label."""

    action: str
    is_multipart: bool
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass
class Shown:
    """One line as a person sees it."""

    id: int
    own: bool
    text: str = ""


class Page(HTMLParser):
    """What is on a page for somebody without scripts."""

    def __init__(self, status: int, headers: Mapping[str, str], html: str) -> None:
        super().__init__()
        self.status, self.headers, self.html = status, headers, html
        self.forms: list[Form] = []
        self.lines: list[Shown] = []
        self.alert = ""
        self.attributes: list[tuple[str, dict[str, str]]] = []
        self._button: tuple[str, str] | None = None
        self._label = ""
        self._into = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.attributes.append((tag, values))
        if tag == "form":
            self.forms.append(Form(values["action"], values.get("enctype", "").startswith("multipart")))
        elif tag == "input" and values.get("type") == "hidden":
            self.forms[-1].fields[values["name"]] = values["value"]
        elif tag == "button" and values.get("type") != "button":
            self._button, self._label = (values.get("name", ""), values.get("value", "")), ""
        elif tag == "li" and values.get("id", "").startswith("line-"):
            self.lines.append(Shown(int(values["id"][5:]), "own" in values["class"].split()))
        elif tag == "textarea":
            self._into = "textarea"
            self.forms[-1].fields[values["name"]] = ""
        elif tag == "p" and "text" in values.get("class", "").split():
            self._into = "text"
            self.lines[-1].text += "\n\n" if self.lines[-1].text else ""
        elif tag == "p" and "alert" in values.get("class", "").split():
            self._into = "alert"

    def handle_endtag(self, tag: str) -> None:
        if tag == "button" and self._button is not None:
            self.forms[-1].buttons[" ".join(self._label.split())] = self._button
            self._button = None
        elif tag in ("p", "textarea"):
            self._into = ""

    def handle_data(self, data: str) -> None:
        if self._button is not None:
            self._label += data
        elif self._into == "textarea":
            self.forms[-1].fields["text"] += data
        elif self._into == "text":
            self.lines[-1].text += data
        elif self._into == "alert":
            self.alert += data

    @property
    def buttons(self) -> list[str]:
        """Every button's label."""
        return [label for form in self.forms for label in form.buttons]

    @property
    def composer(self) -> Form:
        """The form with the field."""
        return next(form for form in self.forms if "text" in form.fields)

    def form_with(self, label: str) -> tuple[Form, tuple[str, str]]:
        """Find a button by its label or, where none has just this label, by a part of it."""
        found = [(form, shown) for form in self.forms for shown in form.buttons if label in shown]
        for form, shown in sorted(found, key=lambda each: each[1] != label):
            return form, form.buttons[shown]
        raise AssertionError(f"no button {label!r}, only {self.buttons}")

    def said(self) -> list[str]:
        """Return what the bot's lines say."""
        return [line.text for line in self.lines if not line.own]


def multipart(fields: Mapping[str, str], files: Mapping[str, bytes]) -> bytes:
    """Write a form as browsers do: names of files in raw UTF-8, an empty one where no file was chosen."""
    parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    kind = "Content-Type: application/octet-stream"
    for name, content in files.items():
        parts.append(f'name="files"; filename="{name}"\r\n{kind}\r\n\r\n'.encode() + content)
    start = f"--{BOUNDARY}\r\nContent-Disposition: form-data; ".encode()
    return b"".join(start + part + b"\r\n" for part in parts) + f"--{BOUNDARY}--\r\n".encode()


@dataclass
class Browser:
    """A browser without scripts: keeps cookies, follows redirects, sends forms as they are on the page."""

    address: str
    session: ClientSession
    page: Page = field(default_factory=lambda: Page(0, {}, ""))

    async def opens(self, path: str, **headers: str) -> Page:
        return await self._read(await self.session.get(self.address + path, headers=headers))

    async def presses(self, label: str) -> Page:
        form, (name, value) = self.page.form_with(label)
        return await self.posts(form.action, {**form.fields, **({name: value} if name else {})})

    async def says(self, text: str, files: Mapping[str, bytes] | None = None) -> Page:
        form = self.page.composer
        body = multipart({**form.fields, "text": text}, files or {"": b""})
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return await self._read(
            await self.session.post(self.address + form.action, data=io.BytesIO(body), headers=headers)
        )

    async def posts(self, path: str, fields: Mapping[str, str], **headers: str) -> Page:
        return await self._read(await self.session.post(self.address + path, data=fields, headers=headers))

    async def _read(self, response: ClientResponse) -> Page:
        async with response:
            self.page = Page(response.status, response.headers, await response.text())
        return self.page


@dataclass
class Site:
    """The web chat of a sample commune, running."""

    address: str
    chat: WebChat
    watch: Watch
    folder: Path

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[Browser]:
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
            yield Browser(self.address, session)


SETTINGS = WebSettings(public_url="http://127.0.0.1", secret_key="a sample key of tests")


@asynccontextmanager
async def site(
    database: Database,
    folder: Path,
    settings: WebSettings = SETTINGS,
    intake: Accepts | None = None,
    spare: int | None = None,
) -> AsyncIterator[Site]:
    """Run the web chat over a database with the sample commune, with the real intake unless another is given."""
    watch, reference = Watch(), ReferenceHolder()

    def install(connection: Connection) -> None:
        units.install_preset(connection, load_preset("commune-2025"), now=watch.now)
        reference.refresh(connection)

    await database.write(install)
    talk = Conversations(SCRIPTS, Words(load_texts(), reference.name_of), settings.token_key, VAULT)
    real = Intake(database, talk, reference, watch)
    chat = WebChat(database, intake or real, FolderStore(folder / "files", spare), reference, watch, settings)
    app = web.Application()
    app.add_routes(web_routes(chat))
    app.add_routes(preview_routes(chat, real))
    app.on_shutdown.append(lambda _: chat.close())
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield Site(f"http://127.0.0.1:{runner.addresses[0][1]}", chat, watch, folder)
    finally:
        await runner.cleanup()
