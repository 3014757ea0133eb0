"""Whatever happens in a conversation, no log line holds words, phones, tokens or sessions (security.md O2)."""

import asyncio
import io
import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, CookieJar
from sqlalchemy import Connection, select

from bot.effects import Next, Script
from bot.file_links import FileLinks
from bot.scenes import ScriptSpec
from bot.scripts import SCRIPTS
from langnghe.app import run_until
from langnghe.logs import log_as_json
from langnghe.service import Service
from offices.staff import Role
from storage import dead_letters, staff
from storage.passwords import hash_password
from storage.tables.petitions import petition
from tests.bot.channels.outgoing_files import kept
from tests.bot.channels.web_site import Browser
from tests.conversations.world import SECRET_KEY
from tests.end_to_end.test_main_job import SECRET, WebhookWorld
from tests.fakes.telegram import TOKEN, FakeTelegram, Phone
from tests.storage.documents import pdf

UNIT = "xa-mau.kinh-te"
WORDS = "mat-khau-cua-cau-chuyen-71"
PHONE = "0987654321"
NAME = "Nguoi-mang-dau-72"
PASSWORD = "Cửa-sổ-đánh-dấu-73"
MARKS = {
    "words": WORDS, "phone": PHONE, "name": NAME, "password": PASSWORD, "bot token": TOKEN.partition(":")[2],
    "webhook secret": SECRET, "secret key": SECRET_KEY,
}  # fmt: skip


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Log everything there is, as the server does, into a text; give the log back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    log_as_json(logging.DEBUG)
    text = io.StringIO()
    for handler in root.handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(text)
    yield text
    root.handlers[:] = handlers
    root.setLevel(level)


def breaks_with_words(_scene: object) -> Script[Next | None]:
    raise LookupError(f"{WORDS} {PHONE}")
    yield


@asynccontextmanager
async def running(world: WebhookWorld, fake: FakeTelegram) -> AsyncIterator[Service]:
    async with world.service() as service:
        stopping = asyncio.Event()
        everything = asyncio.create_task(run_until(service, stopping))
        try:
            await fake.until_called("setWebhook")
            yield service
            await fake.settled()
        finally:
            stopping.set()
            await everything


async def sends_a_petition(citizen: Phone) -> None:
    await citizen.types("/phananh")
    await citizen.reads("gửi về việc gì", within=20)
    await citizen.presses("Thủ tục, quy định")
    for asked in ("liên quan đến cơ quan nào", "Thuộc lĩnh vực nào"):
        await citizen.reads(asked, within=20)
        await citizen.presses("Bỏ qua")
    await citizen.reads("Xin kể sự việc", within=20)
    await citizen.types(f"{WORDS}: xin gọi {PHONE} để gặp tôi, cảm ơn.")
    await citizen.reads("ảnh hoặc tệp", within=20)
    await citizen.sends_document(b"%PDF-1.4 mau", name=f"{WORDS}.pdf", caption=WORDS)
    await citizen.reads("Ông/Bà gửi thêm hoặc bấm", within=20)
    await citizen.presses("Xong")
    await citizen.reads("Ông/Bà là ai", within=20)
    await citizen.presses("Giấu tên")
    await citizen.reads("Xin kiểm tra lại", within=20)
    await citizen.presses("Gửi")
    await citizen.reads("Đã tiếp nhận phản ánh", within=20)


async def goes_wrong(service: Service, citizen: Phone, fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send what cannot be handled, what cannot be read, and contacts."""
    monkeypatch.setitem(SCRIPTS, "help", ScriptSpec("help", breaks_with_words))
    await citizen.types("/trogiup")
    await citizen.reads("trục trặc", within=20)
    await citizen.shares_contact(PHONE)
    await citizen.types(f"{WORDS}\x00\ud800 {PHONE}")
    fake.update("message", {"message_id": 3, "chat": WORDS, "from": {"id": PHONE}, "text": WORDS})
    await fake.settled()
    await service.database.write(
        lambda connection: dead_letters.retry_all(connection, now=service.clock(), actor="staff:1")
    )


async def uses_the_pages(address: str) -> dict[str, str]:
    """Sign in, fail to, look at pages, chat on the web; return the cookies."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        for password in (PASSWORD, f"{PASSWORD}-wrong"):
            async with session.get(f"{address}/admin/sign-in") as response:
                found = re.search(r'name="form_token" value="([^"]+)"', await response.text())
            form = {"login": "admin", "password": password, "next": "/admin", "form_token": found[1] if found else ""}
            async with session.post(f"{address}/admin/sign-in", data=form) as response:
                await response.read()
        for path in (
            "/admin",
            "/admin/dead-letters",
            "/admin/nowhere",
            f"/chat?start=t_{WORDS}",
            "/readyz",
            "/metrics",
        ):
            async with session.get(address + path) as response:
                await response.read()
        browser = Browser(address, session)
        await browser.opens("/chat")
        await browser.says(f"{WORDS} {PHONE}")
        return {cookie.key: cookie.value for cookie in session.cookie_jar}


async def follows_a_link(service: Service, address: str) -> str:
    """Get a file by its sealed link, also by a changed one, and after it is gone; return the link's seal."""
    file = await kept(service.files, pdf(), "PA-1.pdf")
    links = FileLinks.of(service.config.public_url, service.config.secret_key.get_secret_value())
    path = urlsplit(links.link(file, service.clock())).path
    statuses = []
    async with ClientSession() as session:
        for asked in (path, f"{path}x", path):
            async with session.get(address + asked) as response:
                await response.read()
                statuses.append(response.status)
            if asked != path:
                await service.files.remove(file.ref)
    assert statuses == [200, 404, 404]
    return path.split("/")[3]


async def test_no_log_line_holds_what_must_stay_secret(
    tmp_path: Path, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with FakeTelegram() as fake:
        world = WebhookWorld(tmp_path, f"sqlite:///{tmp_path}/langnghe.db", (TOKEN, fake.base))
        await world.install()
        admin = await world.add_official("admin", UNIT, Role.ADMIN)
        await world.writes(
            lambda connection: staff.set_password(
                connection, admin, hash_password(PASSWORD), now=world.watch.now, actor="system"
            )
        )
        code = await world.link_code(admin)
        async with running(world, fake) as service:
            citizen, officer = fake.person(2**51, NAME, username=NAME), fake.person(2**51 + 1, NAME)
            await officer.starts(f"l_{code}")
            await officer.reads("Đã liên kết", within=20)
            await sends_a_petition(citizen)
            await goes_wrong(service, citizen, fake, monkeypatch)
            cookies = await uses_the_pages(f"http://127.0.0.1:{world.port}")
            seal = await follows_a_link(service, f"http://127.0.0.1:{world.port}")
        tracking = await world.writes(_code)
    told = log.getvalue()
    assert '"level": "debug"' in told
    assert "could not be handled" in told
    marks = {
        **MARKS,
        "link code": code,
        "tracking code": tracking,
        "seal of a link": seal,
        **{f"cookie {key}": cookies[key] for key in cookies},
    }
    assert {name: lines_with(told, mark) for name, mark in marks.items() if lines_with(told, mark)} == {}


def lines_with(told: str, mark: str) -> list[str]:
    """Find lines that hold a mark, as it is or as JSON writes it."""
    written = {mark, mark.encode("unicode_escape").decode(), re.sub(r"-", "", mark)}
    return [line[:300] for line in told.splitlines() if any(each in line for each in written if len(each) > 4)]


def _code(connection: Connection) -> str:
    code: str = connection.execute(select(petition.c.code)).scalar_one()
    return code
