"""The chat page in a real browser: with scripts and without, on a phone and on a counter tablet."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Page, Route, expect
from sqlalchemy import Connection

from storage import web_messages
from storage.database import Database
from storage.tables.people import chat
from tests.bot.channels.web_site import COUNTER, SETTINGS, START, Site, site
from tests.browser.pages import LOW_CONTRAST, NARROW, PHONE, page_of
from tests.storage import pictures

TABLET = {"width": 1024, "height": 768}
SMALL = """() => [...document.querySelectorAll("button, summary")].filter((each) => {
  const box = each.getBoundingClientRect();
  const shown = box.width && box.height && each.checkVisibility({visibilityProperty: true});
  return shown && Math.min(box.width, box.height) < 44;
}).map((each) => each.textContent.trim())"""
"""Finds what is to be pressed and smaller than a finger."""
IS_SEEN = """() => document.querySelector("#alert").getBoundingClientRect().bottom
  <= document.querySelector(".bottom").getBoundingClientRect().top"""
BROKEN = """(element) => element.textContent.split(" ").filter((word) => {
  const range = document.createRange(), text = element.firstChild, from = text.data.indexOf(word);
  range.setStart(text, from);
  range.setEnd(text, from + word.length);
  return range.getClientRects().length > 1;
})"""
"""Finds the words that stand on several lines."""
CODE = re.compile(r"PA(-[0-9A-Z]{4}){3}")


@pytest_asyncio.fixture(loop_scope="module")
async def web_site(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    """Return a running web chat whose counter tablets have little patience."""
    async with site(database, tmp_path, replace(SETTINGS, kiosk_idle=3, kiosk_end=2)) as running:
        yield running


async def presses(page: Page, label: str | re.Pattern[str]) -> None:
    await page.get_by_role("button", name=label).first.click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_a_rating_by_clicking(chromium: Browser, web_site: Site, scripts: bool) -> None:  # noqa: FBT001
    async with page_of(chromium, PHONE, scripts=scripts) as page:
        await page.goto(f"{web_site.address}/chat?start=u_{COUNTER}")
        if not scripts:
            await presses(page, "Bắt đầu")
        await presses(page, "Đất đai")
        await presses(page, "Rất hài lòng")
        await presses(page, "Bỏ qua")
        await expect(page.locator(".line.ours").last).to_contain_text("Cảm ơn")
        await expect(page.locator(".line.own .text")).to_have_text(["Đất đai", "5 · Rất hài lòng", "Bỏ qua"])
        assert page.url.removesuffix("#end").endswith("/chat")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_a_petition_with_text_and_photo(chromium: Browser, web_site: Site, scripts: bool) -> None:  # noqa: FBT001
    async with page_of(chromium, PHONE, scripts=scripts) as page:
        await page.goto(f"{web_site.address}/chat")
        await presses(page, "Gửi phản ánh")
        await presses(page, "Hiện trường")
        await presses(page, "Bỏ qua")
        await expect(page.locator(".line.own")).to_have_count(2)
        await presses(page, "Bỏ qua")
        await expect(page.locator(".line.ours").last).to_contain_text("Xin kể sự việc")
        await page.get_by_label("Tin nhắn").fill("Đèn đường trước cổng trường hỏng ba tuần nay.")
        await page.get_by_role("button", name="Gửi", exact=True).click()
        await expect(page.locator(".line.ours").last).to_contain_text("ảnh hoặc tệp")
        photo = FilePayload(name="đèn đường.jpg", mimeType="image/jpeg", buffer=pictures.jpeg())
        await page.locator("#files").set_input_files(photo)
        await page.get_by_role("button", name="Gửi", exact=True).click()
        await expect(page.locator(".line.own:not(.pending)").last).to_contain_text("đèn đường.jpg")
        await presses(page, "Xong")
        await expect(page.locator(".line.ours").last).to_contain_text("ở đâu")
        await presses(page, "Bỏ qua")
        await presses(page, "Giấu tên")
        await expect(page.locator(".line.ours").last.locator(".choices")).to_be_visible()
        await page.locator(".choices button").first.click()
        await expect(page.locator(".code code")).to_have_text(CODE)


async def test_a_notice_appears_on_an_open_page(chromium: Browser, web_site: Site, database: Database) -> None:
    async with page_of(chromium, PHONE) as page:
        await page.goto(f"{web_site.address}/chat")
        await presses(page, "Đánh giá")
        await expect(page.locator(".choices")).to_be_visible()

        def write(connection: Connection) -> None:
            number = connection.execute(chat.select()).one().id
            web_messages.add(connection, number, own=False, body={"text": "Đã có trả lời."}, now=START)

        await database.write(write)
        await expect(page.locator(".line.ours").last).to_have_text(re.compile("Đã có trả lời"))
        await expect(page.locator(".choices")).to_be_visible()


async def test_enter_sends_and_what_failed_is_in_the_field_again(chromium: Browser, web_site: Site) -> None:
    async with page_of(chromium, {"width": 1280, "height": 800}) as page:
        await page.goto(f"{web_site.address}/chat")
        field = page.get_by_label("Tin nhắn")
        await page.context.set_offline(True)
        await field.fill("Xin chào")
        await field.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("Không có kết nối mạng")
        await expect(field).to_have_value("Xin chào")
        await page.context.set_offline(False)
        await field.press("Enter")
        await expect(page.locator(".line.own .text")).to_have_text(["Xin chào"])
        await expect(field).to_have_value("")


async def test_why_a_file_was_refused_is_not_behind_the_field(chromium: Browser, web_site: Site) -> None:
    async with page_of(chromium, NARROW) as page:
        await page.goto(f"{web_site.address}/chat?start=u_{COUNTER}")
        await expect(page.locator(".choices")).to_be_visible()
        await page.set_input_files("#files", FilePayload(name="a.exe", mimeType="application/pdf", buffer=b"MZ"))
        await page.get_by_role("button", name="Gửi", exact=True).click()
        await expect(page.get_by_role("alert")).to_contain_text("a.exe")
        await expect(page.locator(".chosen")).to_contain_text("a.exe")
        await page.wait_for_function(IS_SEEN, timeout=5_000)


async def test_who_writes_on_while_a_message_is_on_its_way_loses_nothing(chromium: Browser, web_site: Site) -> None:
    async with page_of(chromium, {"width": 1280, "height": 800}) as page:
        await page.goto(f"{web_site.address}/chat")
        await page.route("**/chat", slowly)
        for text in ("một", "hai", "ba"):
            await page.get_by_label("Tin nhắn").type(text)
            await page.keyboard.press("Enter")
        await page.get_by_label("Tin nhắn").type("chưa gửi")
        await expect(page.locator(".line.own:not(.pending) .text")).to_have_text(["một", "hai", "ba"])
        await expect(page.locator(".pending")).to_have_count(0)
        await expect(page.get_by_label("Tin nhắn")).to_have_value("chưa gửi")


async def test_what_could_not_be_sent_stands_in_the_field_in_order(chromium: Browser, web_site: Site) -> None:
    async with page_of(chromium, {"width": 1280, "height": 800}) as page:
        await page.goto(f"{web_site.address}/chat")
        await page.route("**/chat", broken)
        field = page.get_by_label("Tin nhắn")
        for text in ("một", "hai"):
            await field.type(text)
            await page.keyboard.press("Enter")
        await field.type("ba")
        await expect(page.get_by_role("alert")).to_contain_text("Không có kết nối mạng")
        await expect(field).to_have_value("một\nhai\nba")
        await expect(page.locator(".pending")).to_have_count(0)
        await page.unroute("**/chat")
        await page.reload()
        await expect(field).to_have_value("một\nhai\nba")
        await field.press("Enter")
        await expect(page.locator(".line.own .text")).to_have_text(["một\nhai\nba"])


async def slowly(route: Route) -> None:
    """Let a message take its time."""
    if route.request.method == "POST":
        await asyncio.sleep(0.5)
    await route.continue_()


async def broken(route: Route) -> None:
    """Lose a message after a while."""
    if route.request.method == "POST":
        await asyncio.sleep(2)  # longer than anybody needs to type the next words, also on a busy machine
        await route.abort()
    else:
        await route.continue_()


async def test_a_whole_rating_by_keyboard(chromium: Browser, web_site: Site) -> None:
    async with page_of(chromium, {"width": 1280, "height": 800}) as page:
        await page.goto(f"{web_site.address}/chat?start=u_{COUNTER}")
        await expect(page.locator(".choices")).to_be_visible()
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Tới ô nhập")).to_be_focused()
        await page.keyboard.press("Enter")
        for typed, answered in (("đất đai", "Nhìn chung"), ("5", "nói thêm"), ("bỏ qua", "Cảm ơn")):
            await page.keyboard.type(typed)
            await page.keyboard.press("Enter")
            await expect(page.locator(".line.ours").last).to_contain_text(answered)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_a_counter_tablet_clears_itself_when_left_alone(
    chromium: Browser,
    web_site: Site,
    scripts: bool,  # noqa: FBT001
) -> None:
    async with page_of(chromium, TABLET, scripts=scripts) as page:
        await page.goto(f"{web_site.address}/kiosk?unit={COUNTER}")
        await presses(page, "Bắt đầu đánh giá")
        await presses(page, "Đất đai")
        await expect(page.get_by_text("Nhìn chung")).to_be_visible()
        if scripts:
            await expect(page.locator(".countdown b")).to_have_text(re.compile("[0-3]"))
        await expect(page.get_by_role("button", name="Bắt đầu đánh giá")).to_be_visible(timeout=15_000)
        await page.goto(f"{web_site.address}/chat")
        await expect(page.locator(".line")).to_have_count(0)


async def test_a_counter_tablet_waits_while_it_is_touched_and_clears_after_the_end(
    chromium: Browser, web_site: Site
) -> None:
    async with page_of(chromium, TABLET) as page:
        await page.goto(f"{web_site.address}/kiosk?unit={COUNTER}")
        await presses(page, "Bắt đầu đánh giá")
        await expect(page.locator(".choices")).to_be_visible()
        for _ in range(4):
            await page.wait_for_timeout(1000)
            await page.mouse.click(5, 400)
        await expect(page.locator(".choices")).to_be_visible()
        await presses(page, "Đất đai")
        await presses(page, "Rất hài lòng")
        await presses(page, "Bỏ qua")
        await expect(page.get_by_text("Cảm ơn Ông/Bà")).to_be_visible()
        await expect(page.get_by_role("button", name="Bắt đầu đánh giá")).to_be_visible(timeout=10_000)


@pytest_asyncio.fixture(loop_scope="module")
async def patient_site(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    """Return a running web chat whose counter tablets do not clear themselves while they are looked at."""
    async with site(database, tmp_path) as running:
        yield running


@pytest.mark.parametrize("size", [NARROW, PHONE, TABLET], ids=["320", "390", "1024"])
@pytest.mark.parametrize("path", ["/chat", f"/kiosk?unit={COUNTER}"])
async def test_nothing_is_cut_off_and_targets_are_large(
    chromium: Browser, patient_site: Site, path: str, size: dict[str, int]
) -> None:
    async with page_of(chromium, size) as page:
        await page.goto(patient_site.address + path)
        await page.locator("main form button").first.click()
        await expect(page.locator(".choices")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert await page.evaluate(SMALL) == []
        assert await page.locator(".who strong").evaluate(BROKEN) == []


async def test_the_keyboard_goes_along_the_head_as_the_eye_does(chromium: Browser, patient_site: Site) -> None:
    async with page_of(chromium, PHONE) as page:
        await page.goto(f"{patient_site.address}/chat")
        for place in (".skip", ".language button", ".options summary"):
            await page.keyboard.press("Tab")
            await expect(page.locator(place)).to_be_focused()


async def test_colours_are_readable(chromium: Browser, web_site: Site) -> None:
    async with page_of(chromium, PHONE) as page:
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            await page.goto(f"{web_site.address}/chat?start=u_{COUNTER}")
            await expect(page.locator(".choices")).to_be_visible()
            await presses(page, "Đất đai")
            await expect(page.locator(".scale")).to_be_visible()
            assert await page.evaluate(LOW_CONTRAST) == []
            await page.context.clear_cookies()
