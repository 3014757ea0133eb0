"""The office's pages in a real browser: by keyboard alone, with scripts and without, on a desk and on a phone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from storage.database import Database
from storage.tables import metadata
from tests.admin.office import PASSWORD, Office, Watch, open_office, submit
from tests.browser.test_chat_page import LOW_CONTRAST

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}

UNLABELLED = """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
  .filter((control) => !control.labels?.length && !control.getAttribute("aria-label")).map((control) => control.name)"""
DOUBLE_IDS = """() => {
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  return ids.filter((id, place) => ids.indexOf(id) !== place);
}"""
SMALL_TARGETS = """() => [...document.querySelectorAll("button, select, .side li a, summary")]
  .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height < 24)
  .map((element) => element.textContent.trim())"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """Serve the sample commune: what the browser does differs by nothing in the store."""
    database = await Database.open(f"sqlite:///{tmp_path}/langnghe.db")
    await database.write(metadata.create_all)
    opened = await open_office(database, Watch(), tmp_path / "files")
    yield opened
    await opened.close()
    await database.close()


@asynccontextmanager
async def page_of(browser: Browser, size: dict[str, int], *, scripts: bool = True) -> AsyncIterator[Page]:
    """Open a page; no script may fail and nothing may be refused by the page's own policy."""
    context = await browser.new_context(
        viewport={"width": size["width"], "height": size["height"]}, java_script_enabled=scripts
    )
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if "Content Security" in message.text else None)
    yield page
    await context.close()
    assert faults == []


async def sign_in(page: Page, office: Office, login: str) -> None:
    await page.goto(f"{office.address}/admin/sign-in")
    await page.fill("#login", login)
    await page.fill("#password", PASSWORD)
    await page.press("#password", "Enter")
    await expect(page.locator("h1")).to_have_text("Tổng quan")


async def tab_to(page: Page, text: str, most: int = 60) -> None:
    """Press Tab until the focus is on something with this text, as one would without a mouse."""
    for _ in range(most):
        await page.keyboard.press("Tab")
        found: str = await page.evaluate(
            "() => (document.activeElement.innerText || document.activeElement.labels?.[0]?.innerText || '').trim()"
        )
        if found == text:
            return
    raise AssertionError(f"the keyboard never reaches {text!r}")


async def test_a_petition_is_answered_by_keyboard_alone(chromium: Browser, office: Office) -> None:
    code = (await submit(office, "Đường bê tông thôn 2 bị sụt lún.")).code
    async with page_of(chromium, DESK) as page:
        await page.goto(f"{office.address}/admin/sign-in")
        await page.keyboard.type("canbo")  # the first field has the focus
        await page.keyboard.press("Tab")
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text("Tổng quan")
        await tab_to(page, "Phản ánh, kiến nghị")
        await page.keyboard.press("Enter")
        await expect(page.locator("#rows")).to_contain_text(code)
        await tab_to(page, code)
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text(code)
        await tab_to(page, "Nhận xử lý")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("Đã nhận xử lý")
        await tab_to(page, "Soạn trả lời")
        await page.keyboard.press("Enter")
        await tab_to(page, "Nội dung trả lời")
        await page.keyboard.type("Xã sẽ sửa đường trong tuần này.")
        await tab_to(page, "Soạn trả lời")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("Dự thảo đã lưu")
        await expect(page.locator(".pills")).to_contain_text("Chờ duyệt trả lời")


async def test_the_skip_link_comes_first_and_leads_to_the_content(chromium: Browser, office: Office) -> None:
    async with page_of(chromium, DESK) as page:
        await sign_in(page, office, "canbo")
        await page.goto(f"{office.address}/admin/petitions")
        await page.keyboard.press("Tab")
        await expect(page.locator(".skip")).to_be_focused()
        await expect(page.locator(".skip")).to_be_in_viewport()
        await page.keyboard.press("Enter")
        await expect(page.locator("#content")).to_be_focused()


async def test_filters_replace_the_rows_alone_and_can_be_gone_back_from(chromium: Browser, office: Office) -> None:
    code = (await submit(office, "Đường bê tông thôn 2 bị sụt lún.")).code
    async with page_of(chromium, DESK) as page:
        await sign_in(page, office, "canbo")
        await page.goto(f"{office.address}/admin/petitions")
        await expect(page.locator("#rows")).to_contain_text(code)
        await page.evaluate("() => { document.querySelector('h1').dataset.mark = 'same page' }")
        await page.select_option("#status", "answered")
        await expect(page.locator("#rows")).to_contain_text("Không có phản ánh nào")
        assert "status=answered" in page.url
        await expect(page.locator("h1")).to_have_attribute("data-mark", "same page")
        await page.go_back()
        await expect(page.locator("#rows")).to_contain_text(code)


async def test_without_scripts_everything_works_too(chromium: Browser, office: Office) -> None:
    code = (await submit(office, "Đường bê tông thôn 2 bị sụt lún.")).code
    async with page_of(chromium, PHONE, scripts=False) as page:
        await sign_in(page, office, "canbo")
        await page.goto(f"{office.address}/admin/petitions")
        await page.select_option("#status", "answered")
        await page.get_by_role("button", name="Lọc").click()
        await expect(page.locator("#rows")).to_contain_text("Không có phản ánh nào")
        await page.goto(f"{office.address}/admin/petitions/{code}")
        await page.get_by_text("Yêu cầu bổ sung").first.click()
        await page.locator("#ask-text").fill("Thôn nào?")
        await page.get_by_role("button", name="Yêu cầu bổ sung").click()
        await expect(page.get_by_role("status")).to_contain_text("Đã gửi câu hỏi")


@pytest.mark.parametrize("size", [DESK, PHONE, NARROW], ids=["desk", "phone", "narrow"])
async def test_every_page_can_be_read_labelled_and_pressed_by_everybody(
    chromium: Browser, office: Office, size: dict[str, int]
) -> None:
    code = (await submit(office, "Đường bê tông thôn 2 bị sụt lún, xe máy không qua được.")).code
    pages = {
        "": ["/", f"/p/{code}", "/admin/sign-in"],
        "lanhdao": ["/admin", "/admin/petitions", f"/admin/petitions/{code}", "/admin/export", "/admin/me"],
        "quantri": [
            "/admin/units",
            "/admin/staff",
            "/admin/staff/1",
            "/admin/audit",
            "/admin/dead-letters",
            "/admin/posters/xa-mau.kinh-te",
        ],
    }
    for login, paths in pages.items():
        async with page_of(chromium, size) as page:
            if login:
                await sign_in(page, office, login)
            for path in paths:
                await page.goto(office.address + path)
                await page.evaluate(
                    "() => document.querySelectorAll('details').forEach((each) => { each.open = true })"
                )
                assert await page.evaluate(LOW_CONTRAST) == [], path
                assert await page.evaluate(UNLABELLED) == [], path
                assert await page.evaluate(DOUBLE_IDS) == [], path
                assert await page.evaluate(SMALL_TARGETS) == [], path
                assert await page.evaluate(OVERFLOW) <= 0, path
                assert await page.locator("h1").count() == 1, path


async def test_a_poster_prints_alone(chromium: Browser, office: Office) -> None:
    async with page_of(chromium, DESK) as page:
        await sign_in(page, office, "quantri")
        await page.goto(f"{office.address}/admin/posters/xa-mau.trung-tam")
        await page.emulate_media(media="print")
        await expect(page.locator(".side")).to_be_hidden()
        await expect(page.locator(".poster .qr").first).to_be_visible()
