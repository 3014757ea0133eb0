"""Lines that reach an open page: as a part for scripts, and pushed as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from aiohttp import ClientResponse
from sqlalchemy import Connection

from bot.channels.web.settings import ACCOUNT, CHANNEL
from storage import chats, web_messages
from storage.database import Database
from storage.tables.people import chat
from tests.bot.channels.web_site import SETTINGS, START, Browser, Site, site

SOON = 5


async def write_line(database: Database, text: str) -> None:
    """Write a line into the only chat there is, as a notice does."""

    def write(connection: Connection) -> None:
        number = connection.execute(chat.select()).one().id
        web_messages.add(connection, number, own=False, body={"text": text}, now=START)

    await database.write(write)


@asynccontextmanager
async def stream(browser: Browser, after: int, **headers: str) -> AsyncIterator[ClientResponse]:
    address = f"{browser.address}/chat/events?after={after}"
    async with browser.session.get(address, headers=headers) as response:
        yield response


async def next_event(response: ClientResponse) -> dict[str, str]:
    """Read up to the end of the next event that says something."""
    event: dict[str, str] = {}
    async with asyncio.timeout(SOON):
        while True:
            line = (await response.content.readline()).decode().rstrip("\n")
            if not line and "data" in event:
                return event
            name, _, value = line.partition(":")
            if name:
                event[name] = f"{event.get(name, '')}{value.strip()}\n" if name == "data" else value.strip()


async def test_a_new_line_is_pushed(browser: Browser, database: Database) -> None:
    await browser.opens("/chat")
    page = await browser.says("Xin chào")
    last = page.lines[-1].id
    async with stream(browser, last) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        await write_line(database, "Phản ánh của Ông/Bà đã có trả lời <b>")
        event = await next_event(response)
    assert event["event"] == "lines"
    assert int(event["id"]) > last
    assert "đã có trả lời &lt;b&gt;" in event["data"]
    assert "Xin chào" not in event["data"]


async def test_a_stream_goes_on_behind_the_last_event_that_came(browser: Browser, database: Database) -> None:
    await browser.opens("/chat")
    first = (await browser.says("Xin chào")).lines[-1].id
    await write_line(database, "một")
    async with stream(browser, 0, **{"Last-Event-ID": str(first)}) as response:
        event = await next_event(response)
    assert "một" in event["data"]
    assert "Xin chào" not in event["data"]


async def test_another_process_s_line_is_found_by_looking(browser: Browser, database_url: str) -> None:
    await browser.opens("/chat")
    last = (await browser.says("Xin chào")).lines[-1].id
    other = await Database.open(database_url)
    async with stream(browser, last) as response:
        await write_line(other, "từ tiến trình khác")
        event = await next_event(response)
    await other.close()
    assert "từ tiến trình khác" in event["data"]


async def test_who_has_not_written_has_no_stream(browser: Browser) -> None:
    await browser.opens("/chat")
    async with stream(browser, 0) as response:
        assert response.status == 204


async def test_streams_are_bounded(database: Database, tmp_path: Path) -> None:
    settings = replace(SETTINGS, most_streams=1)
    async with site(database, tmp_path, settings) as running, running.browser() as browser:
        await browser.opens("/chat")
        await browser.says("Xin chào")
        async with stream(browser, 0) as first, stream(browser, 0) as second:
            assert first.status == 200
            assert second.status == 503
            assert second.headers["Retry-After"]


async def test_stopping_the_server_ends_the_streams(browser: Browser, web_site: Site) -> None:
    await browser.opens("/chat")
    await browser.says("Xin chào")
    async with stream(browser, 10**6) as response:
        await web_site.chat.close()
        async with asyncio.timeout(SOON):
            await response.read()


async def test_a_part_holds_only_the_lines_after_the_one_named(browser: Browser) -> None:
    await browser.opens("/chat")
    first = (await browser.says("Một")).lines[0].id
    page = await browser.opens(f"/chat/lines?after={first}")
    assert page.lines
    assert all(line.id > first for line in page.lines)
    assert "Hôm nay" not in page.html


async def test_the_day_is_told_where_it_changes(browser: Browser, web_site: Site) -> None:
    await browser.opens("/chat")
    await browser.says("Một")
    web_site.watch.now = START.replace(day=17)
    page = await browser.says("Hai")
    assert page.html.index("Hôm qua") < page.html.index("Một") < page.html.index("Hôm nay") < page.html.index("Hai")
    web_site.watch.now = START.replace(day=27)
    page = await browser.opens("/chat")
    assert "Thứ Hai, 16/11/2026" in page.html


async def test_a_chat_is_kept_under_a_hash_of_its_session(browser: Browser, database: Database) -> None:
    await browser.opens("/chat")
    await browser.says("Xin chào")
    session = next(cookie.value for cookie in browser.session.cookie_jar if cookie.key == "ln_chat")
    found = await database.read(lambda connection: chats.find(connection, CHANNEL, ACCOUNT, session))
    assert found is None
