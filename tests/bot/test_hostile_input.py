"""Whatever is sent, the chat gets a polite answer, goes on, and nothing is kept that cannot be read back."""

import json
import unicodedata
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession, CookieJar, web
from sqlalchemy import select

from bot.channels.receiving import Receiver
from bot.channels.telegram.parsing import Telegram
from bot.channels.telegram.receiving import telegram_receiver
from bot.channels.web.chat import WebChat
from bot.channels.web.routes import web_routes
from bot.channels.web.settings import WebSettings
from bot.messages import FileRef, IncomingKind, Place
from storage.files import FolderStore
from storage.petitions import Petitions
from storage.tables.delivery import outbox
from storage.tables.petitions import petition
from tests.bot.office import HEALTH, Office, words
from tests.conversations.web_face import Page
from tests.conversations.world import everything

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""PostgreSQL, which refuses other letters than SQLite, gets all of it at once in test_hostile_input_postgresql.py."""

TEXTS = {
    "long": "Đường hỏng nặng. " * 600,
    "one word of 10,000 letters": "a" * 10_000,
    "empty": "",
    "blank": " \n\t \u00a0\u3000",
    "NUL": "a\x00b\x00" * 20,
    "only NUL": "\x00",
    "lone surrogates": "đường \ud800 hỏng \udfff nặng lắm",
    "controls": "".join(map(chr, range(32))) + "\x7f\x80\x9f",
    "NFD": unicodedata.normalize("NFD", "Đường trước trụ sở hỏng nặng, đề nghị sửa"),
    "direction overrides": "\u202e\u2066gnuđ gnờưđ\u2069 \u200f hỏng nặng",
    "zero width": "\u200b\u200c\u200d\ufeff" * 50,
    "emoji": "👩‍👩‍👧‍👦🇻🇳🏳️‍🌈" * 400,
    "combining marks": "a" + "\u0301" * 5000,
    "markup": "<script>alert(1)</script> *b* _i_ [x](javascript:1) {code} {0} %s %(a)s $x",
    "placeholders": "{text} {unit} {" * 30,
    "sql": "'; DROP TABLE petition; --",
    "formula": '=HYPERLINK("http://example.invalid")',
    "slashes": "////",
    "command with nonsense": "/tracuu \x00\ud800 {code}",
    "command of a group": "/start@another_bot u_x",
    "number": "9" * 400,
    "fraction": "½ ⅷ ٣ ५",
    "unassigned": "\U000e0fff\uffff\ufdd0",
}
DATA = [
    "", "c", "c1.1", "c1.1.1.1", "c-1.0.5", "cZZZZ.0.5", "c1.99999999999999999999.5", "c1.1.\x00", "c\ud800.1.5",
    "s:", "s:x", "s:case:", "s:case:PA-\x00:accept", "s:case:PA-0000-0000-0000:approve",
    "s:case:PA-0000-0000-0000:supply", "s:u:\ud800", "s:find:\x00", "s:report:\ud800\x00", "s:tracuu:" + "x" * 500,
    "s:l:" + "é" * 60, "s:menu:1", "💥" * 40, "c1.1." + "a" * 500,
]  # fmt: skip
FILES = [
    FileRef("a\x00\ud800", "photo", "x\x00/../../etc/passwd\ud800", -5, "image/\ud800"),
    FileRef("b", "document", "\u202efdp.exe", 10**15, "text/html; charset=\x00"),
    FileRef("c", "document", "n" * 5000, 0, "", group="g" * 50),
]


async def still_talks(office: Office, who: str = "1") -> None:
    """Check that nothing broke and a new conversation begins."""
    assert await office.dead_letters() == []
    assert "Xin chào" in await office.says("/start", who=who)


def readable(connection: Any) -> None:
    """Everything that was kept can be read, written as JSON and as UTF-8, and holds no NUL."""
    text = everything(connection)
    assert "\\x00" not in text
    assert "\\ud8" not in text
    text.encode()
    for body in connection.scalars(select(outbox.c.body)):
        json.dumps(body, ensure_ascii=False).encode()


@pytest.mark.parametrize("name", TEXTS)
async def test_texts_at_every_kind_of_question(office: Office, name: str) -> None:
    """At a choice, a unit, a field, a text, a file, a place; and out of the blue."""
    text = TEXTS[name]
    for line in ("/phananh", "hiện trường", "bo qua", "bo qua", "Đèn đường thôn Mẫu hỏng đã lâu", "xong", "bo qua"):
        before = await office.open_conversation()
        assert words(await office.takes(text=text)) or not text.strip(), f"silence before {line}"
        assert await office.dead_letters() == []
        after = await office.open_conversation()
        if before is None or (after is not None and after.asked == before.asked):
            await office.says(line)
    await office.reads(readable)
    await still_talks(office)


@pytest.mark.parametrize("name", ["long", "NFD", "lone surrogates", "direction overrides", "markup", "emoji"])
async def test_a_petition_of_any_letters_comes_back_as_it_was_confirmed(office: Office, name: str) -> None:
    """Out of the blue, kept as the petition's text or refused as too long; sent and read again."""
    for line in ("/phananh", "hiện trường", "bo qua", "bo qua"):
        await office.says(line)
    told = await office.says(TEXTS[name])
    if "tối đa 4.000" in told:
        await office.says(TEXTS[name][:3000])
    for line in ("xong", "bo qua", "2", "gửi"):
        told = await office.says(line)
    assert "Đã tiếp nhận" in told
    code = await office.reads(lambda c: c.execute(select(petition.c.code)).scalar_one())
    found = await office.reads(lambda c: Petitions(c).find(code))
    assert found is not None
    assert found.text == unicodedata.normalize("NFC", found.text)
    assert not {"\u202e", "\u2066", "\x00"} & set(found.text)


async def test_a_long_text_out_of_the_blue_is_refused_before_it_is_lost(office: Office) -> None:
    """Nobody walks through all questions to learn at the end that the text is too long."""
    await office.says(TEXTS["long"])
    for line in ("1", "hiện trường", "bo qua"):
        await office.says(line)
    told = await office.says("bo qua")

    assert "tối đa 4.000" in told
    assert "Xin kể sự việc" in told
    await still_talks(office)


@pytest.mark.parametrize("data", DATA)
async def test_forged_presses(office: Office, data: str) -> None:
    await office.opens(HEALTH)
    assert words(await office.takes(IncomingKind.PRESS, data=data))
    await office.takes(IncomingKind.PRESS, data=data, channel="telegram", account="1", message_ref="5")
    await office.reads(readable)
    await still_talks(office)


@pytest.mark.parametrize("data", DATA)
async def test_forged_links(office: Office, data: str) -> None:
    assert words(await office.takes(IncomingKind.START, data=data.removeprefix("s:")))
    await office.reads(readable)
    await still_talks(office)


@pytest.mark.parametrize("file", FILES)
async def test_files_with_hostile_names(office: Office, file: FileRef) -> None:
    for line in ("/phananh", "thủ tục, quy định", "bo qua", "bo qua", "Hồ sơ bị trả chậm mười ngày"):
        kind = IncomingKind.COMMAND if line.startswith("/") else IncomingKind.TEXT
        await office.intake.accept(office.event(kind, text=line.lstrip("/"), channel="telegram", account="1"))
    await office.intake.accept(
        office.event(IncomingKind.FILE, file=file, channel="telegram", account="1", text="\ud800\x00")
    )
    for line in ("xong", "2", "gửi"):
        await office.intake.accept(office.event(text=line, channel="telegram", account="1"))

    assert await office.dead_letters() == []
    await office.reads(readable)
    assert "Mã: PA-" in (await office.letters())[-1]["body"]["text"]


async def test_hostile_people(office: Office) -> None:
    """Names, languages and ids as strange as a client can make them."""
    people: list[dict[str, Any]] = [
        {"name": "\u202eneyugN \x00\ud800", "username": "\x00" * 200, "language": "\ud800"},
        {"name": "x" * 10_000, "username": "y" * 10_000, "language": ""},
        {"name": None, "username": None, "language": "en\x00"},
    ]
    for number, person in enumerate(people):
        who = str(2**52 - number)
        assert words(await office.takes(text="xin chào", who=who, **person))
    await office.reads(readable)
    await still_talks(office)


async def test_places_at_the_ends_of_the_earth(office: Office) -> None:
    for line in ("/phananh", "hiện trường", "bo qua", "bo qua", "Đèn đường thôn Mẫu hỏng đã lâu", "xong"):
        await office.says(line)
    assert words(await office.takes(IncomingKind.LOCATION, place=Place(-90.0, 180.0)))
    await still_talks(office)


CHAT = {"id": 4, "type": "private"}
RAW: list[Any] = [
    None, [], 5, "x", {}, {"update_id": "1"}, {"update_id": 2**70, "message": {}}, {"update_id": 1, "message": []},
    {"update_id": 2, "message": {"chat": CHAT, "text": 5}},
    {"update_id": 3, "message": {"chat": {**CHAT, "id": 2**53}, "from": {"id": 2**53}, "date": 10**18, "text": "hi"}},
    {"update_id": 4, "message": {"chat": CHAT, "from": {"id": 4}, "text": "\ud800\x00"}},
    {"update_id": 5, "callback_query": {"id": "\ud800", "from": {"id": 4}, "data": "\x00", "message": {"chat": CHAT}}},
    {"update_id": 6, "message": {"chat": CHAT, "from": {"id": 4}, "photo": [{"file_id": {}}]}},
    {"update_id": 7, "edited_message": {"chat": CHAT, "text": "x"}},
    {"update_id": 8, "my_chat_member": {"chat": CHAT, "new_chat_member": {"status": []}}},
    {"update_id": 9, "of_the_future": {"chat": CHAT}},
]  # fmt: skip


@pytest.mark.parametrize("raw", RAW, ids=range(len(RAW)))
async def test_raw_updates(office: Office, raw: Any) -> None:
    await receiver(office).take(raw)

    assert all("LookupError" not in reason for reason in await office.dead_letters())
    await office.reads(readable)


async def test_deeply_nested_json(office: Office) -> None:
    deep: Any = {"chat": {"id": 1, "type": "private"}}
    for _ in range(100_000):
        deep = {"reply_to_message": deep}
    await receiver(office).take({"update_id": 1, "message": deep})
    await still_talks(office)
    while deep:  # taken apart by hand: the interpreter would recurse too deep
        deep = deep.pop("reply_to_message", None)


def receiver(office: Office) -> Receiver:
    return telegram_receiver(
        bot=lambda: Telegram("1", "bot"), accept=office.intake.accept, dead_letter=office.intake.bury_raw,
        press_heard=lambda _press: None, clock=office.clock,
    )  # fmt: skip


@pytest.fixture
async def page_of(office: Office, tmp_path: Any) -> AsyncIterator[Any]:
    """Give a function that posts a form to the web chat and returns the page after it."""
    settings = WebSettings(public_url="http://127.0.0.1", secret_key="a sample key of tests", posts=(1000, 10.0))
    chat = WebChat(
        office.database, office.intake, FolderStore(tmp_path / "files"), office.reference, office.clock, settings
    )
    app = web.Application()
    app.add_routes(web_routes(chat))
    app.on_shutdown.append(lambda _: chat.close())
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/chat"
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:

        async def post(fields: dict[str, str]) -> Page:
            async with session.get(address) as response:
                hidden = Page(await response.text()).fields
            body = urlencode({**hidden, **fields}, errors="surrogatepass")
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            async with session.post(address, data=body, headers=kind) as response:
                assert response.status < 500
                return Page(await response.text())

        yield post
    await runner.cleanup()


@pytest.mark.parametrize("name", TEXTS)
async def test_texts_on_the_page(page_of: Any, office: Office, name: str) -> None:
    page = await page_of({"text": TEXTS[name]})
    assert page.bubbles or page.alert
    page = await page_of({"text": "/phananh"})
    assert "Ông/Bà muốn gửi về việc gì?" in page.bubbles[-1].paragraphs
    await office.reads(readable)


@pytest.mark.parametrize("field", ["press", "start", "latitude"])
async def test_forged_fields_on_the_page(page_of: Any, office: Office, field: str) -> None:
    for value in [*DATA, "nan", "1e400", "-91"]:
        page = await page_of({field: value, "longitude": value})
        assert page.bubbles or page.alert
    assert await office.dead_letters() == []
    await office.reads(readable)
