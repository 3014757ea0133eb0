"""Files on our page: who gets them, how they come, and what is said where there is none (any more)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientPayloadError, ClientResponse
from sqlalchemy import Connection

from bot.channels.web.settings import ACCOUNT, CHANNEL
from bot.file_links import LINK_DAYS, FileLinks
from bot.messages import Outgoing, OutgoingFile
from bot.posting import to_body
from storage import chats, web_messages
from storage.database import Database
from storage.files import READ_AT_ONCE, FolderStore
from tests.bot.channels.outgoing_files import kept, xlsx
from tests.bot.channels.web_site import COUNTER, SETTINGS, Browser, Page, Site, site
from tests.storage.documents import docx, pdf, stream
from tests.storage.pictures import gif, jpeg, png, webp

CAPTION = "Ảnh kèm theo <trả lời>"
OFFICE = "application/vnd.openxmlformats-officedocument."


def store_of(web_site: Site) -> FolderStore:
    return FolderStore(web_site.folder / "files")


async def says_hello(browser: Browser) -> None:
    """Begin a chat, so that there is one."""
    await browser.opens("/chat")
    await browser.says("xin chào")


async def gets(web_site: Site, chat: str, file: OutgoingFile, caption: str = CAPTION) -> int:
    """Write a file into a chat, as a letter does; return the number of its line."""

    def write(connection: Connection) -> int:
        found = chats.find(connection, CHANNEL, ACCOUNT, chat)
        assert found is not None
        body = to_body(Outgoing(caption, file=file))
        web_messages.add(connection, found.id, own=False, body=body, now=web_site.watch.now)
        return web_messages.lines(connection, found.id)[-1].id

    return await web_site.chat.database.write(write)


async def newest_chat(web_site: Site) -> str:
    def read(connection: Connection) -> str:
        known = connection.exec_driver_sql("SELECT external_chat FROM chat ORDER BY id DESC").scalar_one_or_none()
        return str(known)

    return await web_site.chat.database.read(read)


async def with_file(web_site: Site, browser: Browser, content: bytes, name: str) -> tuple[OutgoingFile, Page]:
    """Have a chat in which a file came; return the page that shows it."""
    await says_hello(browser)
    file = await kept(store_of(web_site), content, name)
    await gets(web_site, await newest_chat(web_site), file)
    return file, await browser.opens("/chat")


def attributes(page: Page, tag: str, name: str) -> list[str]:
    return [values[name] for found, values in page.attributes if found == tag and name in values]


def file_links(page: Page) -> list[str]:
    return [each for each in attributes(page, "a", "href") if "/files/" in each]


def check_headers(response: ClientResponse, *, name: str, mime: str, way: str) -> None:
    headers = response.headers
    assert (response.status, headers["Content-Type"]) == (200, mime)
    assert headers["Content-Disposition"] == f"{way}; filename=\"{name}\"; filename*=UTF-8''{name}"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    policy = headers["Content-Security-Policy"].split("; ")
    assert policy[0] == "default-src 'none'"
    assert "sandbox" in policy
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("content", "name", "mime"),
    [(jpeg(), "PA-1.jpg", "image/jpeg"), (png(), "PA-1.png", "image/png"), (webp(), "PA-1.webp", "image/webp"),
     (gif(), "PA-1.gif", "image/gif"), (pdf(), "PA-1.pdf", "application/pdf"),
     (docx(), "PA-1.docx", f"{OFFICE}wordprocessingml.document"),
     (xlsx(), "PA-1.xlsx", f"{OFFICE}spreadsheetml.sheet")],
)  # fmt: skip
async def test_a_picture_is_shown_and_everything_else_can_be_saved(
    web_site: Site, browser: Browser, content: bytes, name: str, mime: str
) -> None:
    file, page = await with_file(web_site, browser, content, name)
    [link] = file_links(page)
    is_picture = mime.startswith("image/")
    assert attributes(page, "img", "src") == ([link] if is_picture else [])
    assert [name in alt for alt in attributes(page, "img", "alt")] == [True] * is_picture
    assert name in page.html
    assert page.said()[-1] == CAPTION
    async with browser.session.get(browser.address + link) as response:
        check_headers(response, name=name, mime=mime, way="inline" if is_picture else "attachment")
        assert await response.read() == b"".join([piece async for piece in store_of(web_site).read(file.ref)])


async def test_the_page_may_show_no_pictures_but_ours(web_site: Site, browser: Browser) -> None:
    _, page = await with_file(web_site, browser, jpeg(), "PA-1.jpg")
    assert "img-src 'self';" in page.headers["Content-Security-Policy"]


async def test_a_file_says_how_large_it_is_in_the_language_of_the_chat(web_site: Site, browser: Browser) -> None:
    file, page = await with_file(web_site, browser, pdf({5: stream(b"", b"a" * 1_200_000)}), "PA-1.pdf")
    assert file.size > 1_200_000
    assert "1,2 MB · bấm để tải về" in page.html
    english = await browser.presses("English")
    assert "1.2 MB · press to download" in english.html


async def test_new_lines_and_the_stream_bring_files_too(web_site: Site, browser: Browser) -> None:
    await says_hello(browser)
    line = await gets(web_site, await newest_chat(web_site), await kept(store_of(web_site), png(), "PA-1.png"))
    part = await browser.opens(f"/chat/lines?after={line - 1}")
    assert attributes(part, "img", "src") == [f"/chat/files/{line}"]
    async with browser.session.get(f"{browser.address}/chat/events?after={line - 1}") as response:
        async with asyncio.timeout(5):
            told = b""
            while b"</ol>" not in told:
                told += await response.content.readany()
    assert f'src="/chat/files/{line}"'.encode() in told


async def test_a_file_belongs_to_the_chat_that_it_came_to(web_site: Site, browser: Browser) -> None:
    file, page = await with_file(web_site, browser, jpeg(), "PA-1.jpg")
    [link] = file_links(page)
    async with web_site.browser() as stranger:
        for begin in (False, True):
            if begin:
                await says_hello(stranger)
            refused = await stranger.opens(link)
            assert refused.status == 404
            assert file.ref not in refused.html
            assert "Tệp này không còn nữa" in refused.html
    assert (await browser.opens("/chat")).status == 200
    await browser.presses("Xóa cuộc trò chuyện trên máy này")
    assert (await browser.opens(link)).status == 404, "who left the chat on this device left its files"


@pytest.mark.parametrize("line", ["0", "9" * 18, "9" * 19, "-1", "x", "1.5"])
async def test_a_line_that_is_not_there_has_no_file(browser: Browser, line: str) -> None:
    await says_hello(browser)
    assert (await browser.opens(f"/chat/files/{line}")).status == 404


async def test_a_line_without_a_file_has_none(browser: Browser) -> None:
    await says_hello(browser)
    [first, *_] = browser.page.lines
    assert (await browser.opens(f"/chat/files/{first.id}")).status == 404


async def test_a_file_that_was_erased_is_told_plainly(web_site: Site, browser: Browser) -> None:
    file, page = await with_file(web_site, browser, pdf(), "PA-1.pdf")
    await store_of(web_site).remove(file.ref)
    gone = await browser.opens(file_links(page)[0])
    assert gone.status == 404
    assert "Tệp này không còn nữa" in gone.html
    assert "attachment" not in gone.headers.get("Content-Disposition", "")


async def test_a_counter_tablet_names_a_file_and_opens_none(web_site: Site, browser: Browser) -> None:
    await browser.opens(f"/kiosk?unit={COUNTER}")
    await browser.presses("Bắt đầu đánh giá")
    file = await kept(store_of(web_site), jpeg(), "PA-1.jpg")
    line = await gets(web_site, await newest_chat(web_site), file)
    page = await browser.opens(f"/kiosk/{COUNTER}/chat")
    assert file_links(page) == attributes(page, "img", "src") == []
    assert "PA-1.jpg" in page.html
    assert "Không mở tệp trên máy dùng chung" in page.html
    for path in (f"/kiosk/{COUNTER}/chat/files/{line}", f"/chat/files/{line}"):
        assert (await browser.opens(path)).status == 404


class Torn(FolderStore):
    """A store on a disk that fails behind the first piece."""

    async def read(self, ref: str) -> AsyncIterator[bytes]:
        async for piece in super().read(ref):
            yield piece
            raise OSError("the disk failed")


async def test_a_file_that_cannot_be_read_to_its_end_is_not_taken_for_whole(web_site: Site, browser: Browser) -> None:
    content = pdf({5: stream(b"", b"a" * 2 * READ_AT_ONCE)})
    _, page = await with_file(web_site, browser, content, "PA-1.pdf")
    object.__setattr__(web_site.chat, "files", Torn(web_site.folder / "files"))
    async with browser.session.get(browser.address + file_links(page)[0]) as response:
        assert response.status == 200
        with pytest.raises(ClientPayloadError):
            await response.read()


def link_of(web_site: Site, file: OutgoingFile) -> str:
    """Return the path of a sealed link."""
    links = FileLinks.of(SETTINGS.public_url, SETTINGS.secret_key)
    return urlsplit(links.link(file, web_site.watch.now)).path


@pytest.mark.parametrize(
    ("content", "name", "mime", "way"),
    [(jpeg(), "PA-1.jpg", "image/jpeg", "inline"), (pdf(), "PA-1.pdf", "application/pdf", "attachment")],
)
async def test_a_sealed_link_gives_its_file_to_whoever_has_it(
    web_site: Site, browser: Browser, content: bytes, name: str, mime: str, way: str
) -> None:
    file = await kept(store_of(web_site), content, name)
    path = link_of(web_site, file)
    for method in ("GET", "HEAD"):
        async with browser.session.request(method, browser.address + path) as response:
            check_headers(response, name=name, mime=mime, way=way)
            assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
            assert "Set-Cookie" not in response.headers
            body = await response.read()
        assert len(body) == (file.size if method == "GET" else 0)


async def test_a_name_in_letters_comes_whole(web_site: Site, browser: Browser) -> None:
    file = await kept(store_of(web_site), pdf(), 'Trả lời "mẫu".pdf')
    async with browser.session.get(browser.address + link_of(web_site, file)) as response:
        given = response.content_disposition
        assert given is not None
        assert given.filename == file.name


@pytest.mark.parametrize("part", range(2, 6))
async def test_a_link_of_which_one_sign_is_changed_is_none(web_site: Site, browser: Browser, part: int) -> None:
    parts = link_of(web_site, await kept(store_of(web_site), pdf(), "PA-1.pdf")).split("/")
    parts[part] = parts[part][:-1] + ("1" if parts[part][-1] != "1" else "2")
    refused = await browser.opens("/".join(parts))
    assert (refused.status, "Liên kết này không đúng" in refused.html) == (404, True)


@pytest.mark.parametrize("path", ["/f", "/f/1/2/3", "/f/1/2/3/4", "/f/9999999999999999999/x/y/z", "/f/%FF/%00/../%F0"])
async def test_what_is_no_link_is_none(browser: Browser, path: str) -> None:
    async with browser.session.get(browser.address + path) as response:
        assert response.status == 404


async def test_a_link_holds_for_its_while(web_site: Site, browser: Browser) -> None:
    path = link_of(web_site, await kept(store_of(web_site), pdf(), "PA-1.pdf"))
    web_site.watch.passes(timedelta(days=LINK_DAYS) - timedelta(seconds=1))
    assert (await browser.session.get(browser.address + path)).status == 200
    web_site.watch.passes(timedelta(seconds=1))
    expired = await browser.opens(path)
    assert (expired.status, "đã hết hạn" in expired.html) == (410, True)


async def test_a_link_to_a_file_that_was_erased_says_so(web_site: Site, browser: Browser) -> None:
    file = await kept(store_of(web_site), pdf(), "PA-1.pdf")
    path = link_of(web_site, file)
    await store_of(web_site).remove(file.ref)
    gone = await browser.opens(path)
    assert (gone.status, "Tệp này không còn nữa" in gone.html) == (404, True)


async def test_files_are_fetched_so_often_and_no_more(database: Database, tmp_path: Path) -> None:
    settings = replace(SETTINGS, downloads=(2, 0.001))
    async with site(database, tmp_path, settings) as own, own.browser() as browser:
        first, other = [await kept(store_of(own), pdf(), f"PA-{number}.pdf") for number in (1, 2)]
        statuses = [(await browser.session.get(browser.address + link_of(own, first))).status for _ in range(2)]
        refused = await browser.opens(link_of(own, first))
        assert ([*statuses, refused.status], refused.headers["Retry-After"]) == ([200, 200, 429], "1000")
        assert "Vui lòng chờ 1.000 giây" in refused.html
        assert (await browser.session.get(browser.address + link_of(own, other))).status == 200
        assert (await browser.opens("/chat")).status == 200, "the chat has an allowance of its own"
