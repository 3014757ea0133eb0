"""A sample office behind a real web server: its accounts, and browsers that use it."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, ClientSession, CookieJar, FormData, web
from sqlalchemy import Connection
from yarl import URL

from admin.context import AdminContext, Settings, ZaloConsent
from admin.pages import Templates
from admin.routes import admin_routes
from admin.words import load_texts
from offices.presets import load_preset
from offices.staff import Role, Staff
from petitions.kinds import Subject
from petitions.model import Receipt, Submission
from storage import chats, sessions, staff, units
from storage.chats import Caller
from storage.database import Database
from storage.desks import petition_desk
from storage.files import FolderStore
from storage.passwords import hash_password
from storage.reference import ReferenceHolder, load
from tests.codes import TOKEN_KEY, VAULT
from tests.templates import filled

PASSWORD = "Cửa-sổ-mở-sáng-27"
PASSWORD_HASH = hash_password(PASSWORD)
TEXTS = load_texts()
TEMPLATES = Templates()  # each is compiled once for all tests
START = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)  # a Monday, 09:00 in Vietnam
PRESET = "commune-2025"

ACCOUNTS: Mapping[str, tuple[str, Role]] = {
    "canbo": ("xa-mau.kinh-te", Role.OFFICER),
    "lanhdao": ("xa-mau.kinh-te", Role.LEADER),
    "vanhoa": ("xa-mau.van-hoa-xa-hoi", Role.OFFICER),
    "thuongtruc": ("xa-mau.van-phong", Role.COORDINATOR),
    "thuongtruc2": ("xa-mau.van-phong", Role.COORDINATOR),
    "phantich": ("xa-mau.van-phong", Role.ANALYST),
    "quantri": ("xa-mau.van-phong", Role.ADMIN),
}
"""Login -> unit and role of the sample accounts."""

_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


@dataclass
class Watch:
    """A clock that stands still until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def passes(self, length: timedelta) -> None:
        self.now += length


@dataclass
class Visitor:
    """A browser: keeps cookies, and sends forms with the token of the page seen last."""

    address: str
    session: ClientSession
    open_session: Callable[[str], Awaitable[str]]
    token: str = ""
    status: int = 0
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> str:
        async with self.session.get(self.address + path, allow_redirects=False, headers=headers) as response:
            return await self._seen(response)

    async def post(
        self, path: str, fields: Mapping[str, str | list[str]] | None = None, headers: Mapping[str, str] | None = None
    ) -> str:
        sent = {"form_token": self.token, **(fields or {})}
        pairs = [
            (name, each) for name, value in sent.items() for each in ([value] if isinstance(value, str) else value)
        ]
        url = self.address + path
        async with self.session.post(url, data=pairs, allow_redirects=False, headers=headers) as response:
            return await self._seen(response)

    async def uploads(
        self, path: str, fields: Mapping[str, str | list[str]], *files: tuple[str, bytes], token: str | None = None
    ) -> str:
        """Send a form with files as a browser does: the fields first; `token` is another than the page's."""
        form = FormData()
        for name, value in {"form_token": self.token if token is None else token, **fields}.items():
            for each in [value] if isinstance(value, str) else value:
                form.add_field(name, each)
        for name, content in files:
            form.add_field("file", content, filename=name, content_type="application/octet-stream")
        async with self.session.post(self.address + path, data=form, allow_redirects=False) as response:
            return await self._seen(response)

    async def signs_in(self, login: str, password: str | None = None) -> "Visitor":
        """Sign in: with a password through the form, else with a session of its own, which saves the slow hashing."""
        if password is None:
            token = await self.open_session(login)
            self.session.cookie_jar.update_cookies({"langnghe_session": token}, URL(self.address))
        else:
            await self.get("/admin/sign-in")
            await self.post("/admin/sign-in", {"login": login, "password": password, "next": "/admin"})
        await self.get("/admin/me")
        return self

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    async def _seen(self, response: ClientResponse) -> str:
        self.status, self.headers = response.status, dict(response.headers)
        body = await response.read()
        self.text = body.decode("utf-8", "replace")
        found = _TOKEN.search(self.text)
        self.token = found[1] if found else self.token
        return self.text


@dataclass
class Office:
    """The running site."""

    address: str
    database: Database
    watch: Watch
    accounts: Mapping[str, Staff]
    runner: web.AppRunner
    folder: Path
    visitors: list[Visitor] = field(default_factory=list)

    def visitor(self) -> Visitor:
        made = Visitor(self.address, ClientSession(cookie_jar=CookieJar(unsafe=True)), self._open_session)
        self.visitors.append(made)
        return made

    async def _open_session(self, login: str) -> str:
        official, now = self.accounts[login], self.watch.now
        return await self.database.write(lambda connection: sessions.begin(connection, official, now=now))

    async def close(self) -> None:
        for visitor in self.visitors:
            await visitor.session.close()
        await self.runner.cleanup()


Routes = Callable[[AdminContext], list[web.RouteDef]]


def no_more(_context: AdminContext) -> list[web.RouteDef]:
    return []


BOT = "langnghe_mau_bot"
Zalo = Callable[[Database, Watch], ZaloConsent]


async def open_office(
    database: Database,
    watch: Watch,
    folder: Path = Path("/nonexistent"),
    more: Routes = no_more,
    zalo: Zalo | None = None,
    zalo_account: str = "",
    accounts: Mapping[str, Staff] | None = None,
    bot: str | None = BOT,
) -> Office:
    """Serve the sample commune on a free port, with `more` beside its pages; without `accounts` it is made first."""
    if accounts is None:
        accounts = await database.write(_install)
    app = web.Application()
    runner = web.AppRunner(app)
    settings = Settings("http://127.0.0.1", lambda: bot, zalo_account=zalo_account)
    context = AdminContext(
        database, watch, ReferenceHolder(), TEXTS, settings, TOKEN_KEY, VAULT, FolderStore(folder), folder / "exports",
        TEMPLATES,
        zalo=zalo(database, watch) if zalo else None,
    )  # fmt: skip
    app.add_routes([*more(context), *admin_routes(context)])
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    return Office(f"http://{host}:{port}", database, watch, accounts, runner, folder)


@asynccontextmanager
async def office_in(
    folder: Path, more: Routes = no_more, zalo: Zalo | None = None, zalo_account: str = "", bot: str | None = BOT
) -> AsyncIterator[Office]:
    """Serve the sample commune over a new SQLite file in a folder, which keeps the files sent as well."""
    file, accounts = _installed()
    (folder / "langnghe.db").write_bytes(file)
    database = await Database.open(f"sqlite:///{folder}/langnghe.db")
    office = await open_office(database, Watch(), folder / "files", more, zalo, zalo_account, accounts, bot)
    yield office
    await office.close()
    await database.close()


async def submit(office: Office, text: str, **facts: Any) -> Receipt:
    """Send a petition from a sample citizen's web chat; each text comes from a chat of its own."""

    def job(connection: Connection) -> Receipt:
        caller = Caller("web", "chat", text[:40], text[:40], "vi", name="Người gửi mẫu 01")
        chat = chats.welcome(connection, caller, office.watch.now)
        given = {"subject": Subject.SITE, "field": "construction", **facts}
        reference = load(connection)
        desk = petition_desk(connection, reference, office.watch.now)
        return desk.submit(Submission(person_id=chat.person_id, chat_id=chat.id, text=text, **given))

    return await office.database.write(job)


@cache
def _installed() -> tuple[bytes, Mapping[str, Staff]]:
    """Return a SQLite file of the sample commune, and its accounts."""
    return filled(_install)


def _install(connection: Connection) -> Mapping[str, Staff]:
    units.install_preset(connection, load_preset(PRESET), now=START)
    return {
        login: staff.add(
            connection, login=login, name=f"Cán bộ mẫu {number:02}", unit=unit, roles=[role],
            password_hash=PASSWORD_HASH, now=START, actor="system",
        )
        for number, (login, (unit, role)) in enumerate(ACCOUNTS.items(), start=1)
    }  # fmt: skip
