"""Files on the chat page in a real browser: a picture is seen, a document is saved under its name."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from sqlalchemy import Connection

from bot.messages import Outgoing, OutgoingFile
from bot.posting import to_body
from storage import web_messages
from storage.database import Database
from storage.files import FolderStore
from storage.tables.people import chat
from tests.bot.channels.outgoing_files import kept
from tests.bot.channels.web_site import START, Site, site
from tests.browser.pages import LOW_CONTRAST, NARROW, PHONE, page_of
from tests.storage import documents, pictures

NAME = "PA-7K3M-9QXT-2HBN"
SIZES = {"phone": PHONE, "narrow": NARROW, "desktop": {"width": 1280, "height": 800}}
SMALL = """() => [...document.querySelectorAll("a.file, a.picture")].filter((each) => {
  const box = each.getBoundingClientRect();
  return Math.min(box.width, box.height) < 44 || box.right > innerWidth;
}).length"""


@pytest_asyncio.fixture(loop_scope="module")
async def web_site(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    """Return a running web chat."""
    async with site(database, tmp_path) as running:
        yield running


async def begins(page: Page, web_site: Site) -> None:
    """Begin a chat that files can come to."""
    await page.goto(f"{web_site.address}/chat")
    await page.get_by_role("button", name="Gửi phản ánh").click()
    await expect(page.locator(".choices")).to_be_visible()


async def sent(web_site: Site, content: bytes, ending: str, words: str) -> OutgoingFile:
    """Have a file come to the only chat."""
    file = await kept(FolderStore(web_site.folder / "files"), content, f"{NAME}-1.{ending}")

    def write(connection: Connection) -> None:
        number = connection.execute(chat.select()).one().id
        web_messages.add(connection, number, own=False, body=to_body(Outgoing(words, file=file)), now=START)

    await web_site.chat.database.write(write)
    return file


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_a_picture_is_seen_and_opens_large(chromium: Browser, web_site: Site, scripts: bool) -> None:  # noqa: FBT001
    async with page_of(chromium, PHONE, scripts=scripts) as page:
        await begins(page, web_site)
        await sent(web_site, pictures.png(), "png", "Ảnh kèm theo trả lời.")
        if not scripts:
            await page.reload()
        picture = page.get_by_role("img", name=f"Ảnh {NAME}-1.png")
        await picture.scroll_into_view_if_needed()
        await expect(picture).to_have_js_property("naturalWidth", 4)
        async with page.context.expect_page() as opened:
            await picture.click()
        alone = await opened.value
        await alone.wait_for_load_state()
        assert re.search(r"/chat/files/\d+$", alone.url)
        await expect(alone.locator("img")).to_have_js_property("naturalWidth", 4)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_a_document_is_saved_under_its_name(chromium: Browser, web_site: Site, scripts: bool) -> None:  # noqa: FBT001
    async with page_of(chromium, PHONE, scripts=scripts) as page:
        await begins(page, web_site)
        file = await sent(web_site, documents.pdf(), "pdf", "Văn bản kèm theo.")
        if not scripts:
            await page.reload()
        async with page.expect_download() as begun:
            await page.get_by_role("link", name=f"{NAME}-1.pdf").click()
        download = await begun.value
        assert download.suggested_filename == f"{NAME}-1.pdf"
        path = await download.path()
        assert path.stat().st_size == file.size
        assert page.url.removesuffix("#end").endswith("/chat"), "the chat stays where it is"


@pytest.mark.parametrize("size", SIZES)
async def test_files_have_their_room_and_can_be_read(chromium: Browser, web_site: Site, size: str) -> None:
    async with page_of(chromium, SIZES[size]) as page:
        await begins(page, web_site)
        await sent(web_site, pictures.png(), "png", "Ảnh kèm theo trả lời.")
        await sent(web_site, documents.docx(), "docx", "Văn bản kèm theo.")
        await expect(page.locator("a.file")).to_be_visible()
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            assert await page.evaluate(LOW_CONTRAST) == []
        assert await page.evaluate(SMALL) == 0
        assert await page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
        shown = await page.locator("a.picture img").bounding_box()
        assert shown is not None
        assert abs(shown["width"] * 3 - shown["height"] * 4) < 4, "its room is there before the picture is"
