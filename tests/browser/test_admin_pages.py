"""The office's pages in a real browser: by keyboard alone, with scripts and without, on a desk and on a phone."""

from dataclasses import replace

import pytest
from playwright.async_api import Browser, expect

from storage import audit
from tests.admin.office import PASSWORD, START, Office, submit
from tests.admin.test_dashboard import COUNTER, FARM, rated
from tests.browser.desk import DESK, OVERFLOW, check_for_everybody, sign_in, tab_to
from tests.browser.pages import LARGE_LETTERS, NARROW, PHONE, page_of

A4 = {"width": 680, "height": 1000}
"""A sheet within its margins, in CSS pixels."""
WIDTH = "element => element.getBoundingClientRect().width"


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
        "lanhdao": [
            "/admin",
            "/admin/petitions",
            f"/admin/petitions/{code}",
            "/admin/export",
            "/admin/me",
            "/admin/results",
        ],
        "phantich": [
            "/admin/comparison",
            "/admin/integrity",
            "/admin/periods",
            "/admin/periods/YT24/YT24-MONTHLY-03/2026",
        ],
        "canbo": ["/admin/slips"],
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
                await check_for_everybody(page, path)


@pytest.mark.parametrize("size", [PHONE, NARROW], ids=["phone", "narrow"])
async def test_a_long_note_on_a_unit_fits_a_narrow_screen(
    chromium: Browser, office: Office, size: dict[str, int]
) -> None:
    await rated(office, COUNTER, [5] * 12)
    await rated(office, replace(FARM, verified=not COUNTER.verified), [5] * 12)
    async with page_of(chromium, size) as page:
        await sign_in(page, office, "phantich")
        await page.get_by_role("button", name="English").click()
        await page.goto(f"{office.address}/admin/comparison")
        await expect(page.locator(".pill").first).to_have_text("People were asked in another way than elsewhere")
        await check_for_everybody(page, "/admin/comparison")


@pytest.mark.parametrize("language", ["Tiếng Việt", "English"])
async def test_no_page_moves_sideways_when_letters_are_twice_as_large(
    chromium: Browser, office: Office, language: str
) -> None:
    await submit(office, "Đường bê tông thôn 2 bị sụt lún.")
    pages = {
        "quantri": ["", "/units", "/posters", "/posters/xa-mau.trung-tam", "/questionnaires", "/zalo", "/audit"],
        "thuongtruc": ["", "/comparison", "/estimate", "/calls", "/broadcasts/new", "/export"],
    }
    for login, paths in pages.items():
        async with page_of(chromium, LARGE_LETTERS) as page:
            await sign_in(page, office, login)
            if language == "English":
                await page.get_by_role("button", name=language).click()
            for path in paths:
                await page.goto(f"{office.address}/admin{path}")
                assert await page.evaluate(OVERFLOW) <= 0, path


async def test_a_poster_prints_alone(chromium: Browser, office: Office) -> None:
    async with page_of(chromium, DESK) as page:
        await sign_in(page, office, "quantri")
        await page.goto(f"{office.address}/admin/posters/xa-mau.trung-tam")
        await page.emulate_media(media="print")
        await expect(page.locator(".side")).to_be_hidden()
        await expect(page.locator("h1")).to_be_hidden()
        await expect(page.locator(".poster .qr").first).to_be_visible()


async def test_paper_gets_tables_and_what_is_folded_and_no_card_of_its_own_page(
    chromium: Browser, office: Office
) -> None:
    code = (await submit(office, "Đường bê tông thôn 2 bị sụt lún.")).code
    async with page_of(chromium, A4) as page:
        await sign_in(page, office, "phantich")
        await page.emulate_media(media="print")
        await page.goto(f"{office.address}/admin/periods")
        await expect(page.get_by_role("columnheader").first).to_be_in_viewport()
        assert await page.locator(".card").first.evaluate("card => getComputedStyle(card).breakInside") == "auto"
    async with page_of(chromium, A4) as page:
        await sign_in(page, office, "canbo")
        await page.emulate_media(media="print")
        await page.goto(f"{office.address}/admin/petitions/{code}")
        await expect(page.locator(".days li").first).to_be_visible()


async def test_a_phone_shows_which_of_many_sections_is_open(chromium: Browser, office: Office) -> None:
    async with page_of(chromium, PHONE) as page:
        await sign_in(page, office, "lanhdao")
        await page.goto(f"{office.address}/admin/posters")
        await expect(page.locator(".side [aria-current]")).to_be_in_viewport(ratio=1)


async def test_no_chosen_filter_is_cut_off(chromium: Browser, office: Office) -> None:
    async with page_of(chromium, {"width": 1366, "height": 768}) as page:
        await sign_in(page, office, "thuongtruc")
        await page.goto(f"{office.address}/admin/integrity")
        chosen = page.locator("#state")
        width: float = await chosen.evaluate(WIDTH)
        await chosen.evaluate(
            "(select) => { select.style.cssText = 'width: max-content; min-width: 0; max-width: none' }"
        )
        assert width >= await chosen.evaluate(WIDTH) - 1


async def test_a_refused_form_far_down_a_page_is_seen_at_once(chromium: Browser, office: Office) -> None:
    async with page_of(chromium, PHONE, scripts=False) as page:
        await sign_in(page, office, "quantri")
        await page.goto(f"{office.address}/admin/staff")
        await page.fill("#name", "Nguyễn Thị Mẫu")
        await page.fill("#login", "mau.nguyen")
        await page.get_by_role("button", name="Tạo tài khoản").click()
        refusal = page.get_by_role("alert")
        await expect(refusal).to_contain_text("ít nhất một vai trò")
        await expect(refusal).to_be_in_viewport()
        await expect(refusal).to_be_focused()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_a_long_entry_of_the_audit_trail_stays_on_the_page(
    chromium: Browser, office: Office, size: dict[str, int]
) -> None:
    details = {"revision": 0, "sha256": "7f" * 32, "unit": "xa-mau.van-hoa-xa-hoi"}
    await office.database.write(
        lambda connection: audit.record(
            connection,
            at=START,
            actor="system",
            action="period.close",
            subject="period:YT24-MONTHLY-07/2026",
            details=details,
        )
    )
    async with page_of(chromium, size) as page:
        await sign_in(page, office, "quantri")
        await page.goto(f"{office.address}/admin/audit")
        await expect(page.get_by_text("7f7f")).to_be_visible()
        await check_for_everybody(page, "/admin/audit")


@pytest.mark.parametrize("language", ["Tiếng Việt", "English"])
async def test_a_laptop_shows_all_sections_and_the_way_out_at_once(
    chromium: Browser, office: Office, language: str
) -> None:
    async with page_of(chromium, {"width": 1366, "height": 660}) as page:
        await sign_in(page, office, "thuongtruc")
        if language == "English":
            await page.get_by_role("button", name="English").click()
        await expect(page.locator(".me form").last).to_be_in_viewport(ratio=1)
