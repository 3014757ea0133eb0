"""A questionnaire edited in a real browser, without scripts and on a phone: its faults mended, then published."""

import re

from playwright.async_api import Browser, expect

from tests.admin.office import Office
from tests.browser.desk import DESK, check_for_everybody, keep_picture, sign_in
from tests.browser.pages import PHONE, page_of

PATH = "/admin/questionnaires"


async def test_a_draft_is_edited_mended_and_published(chromium: Browser, office: Office) -> None:
    for size, scripts in ((DESK, False), (PHONE, True)):
        async with page_of(chromium, size, scripts=scripts) as page:
            name = f"questionnaires-{size['width']}"
            await sign_in(page, office, "quantri")
            await page.goto(office.address + PATH)
            await keep_picture(page, f"{name}-list")
            await page.select_option("#base", label="Đánh giá nhanh sau giao dịch – quick 1")
            await page.get_by_role("button", name="Lập bản nháp mới").click()
            await page.fill("#item_1_prompt_vi", "Hôm nay Ông/Bà thấy việc phục vụ thế nào?")
            await page.fill("#item_2_when", "later <= 3")
            await page.get_by_role("button", name="Lưu bản nháp").last.click()
            await expect(page.locator("#faults")).to_contain_text("Còn 1 chỗ cần sửa")
            await keep_picture(page, f"{name}-faults")
            await page.get_by_role("link", name="Câu 2, Chỉ hỏi khi").click()
            await expect(page.locator("#item_2_when")).to_be_in_viewport()
            await page.fill("#item_2_when", "overall <= 2")
            await page.press("#item_2_when", "Enter")
            await expect(page.get_by_text("Bản nháp không còn lỗi")).to_be_visible()
            await page.get_by_role("link", name="Văn bản TOML").click()
            await keep_picture(page, f"{name}-text")
            await page.get_by_role("link", name="Biểu mẫu").click()
            await page.get_by_role("link", name="Xem thay đổi và công bố").click()
            await keep_picture(page, f"{name}-publish")
            await page.get_by_role("checkbox").check()
            if scripts:
                await check_for_everybody(page, "publish")
                continue
            await page.get_by_role("button", name="Công bố").click()
            await expect(page.get_by_role("status")).to_contain_text("Đã công bố")
            await expect(page).to_have_url(re.compile("/quick/2"))
            await keep_picture(page, f"{name}-version")
            await page.get_by_role("link", name="So với quick 1").click()
            await keep_picture(page, f"{name}-diff")
    async with page_of(chromium, PHONE) as page:
        await sign_in(page, office, "quantri")
        for path in ("", "/quick/1", "/compare?before=quick:1&after=quick:2", "/drafts/2", "/drafts/2/text"):
            await page.goto(office.address + PATH + path)
            await check_for_everybody(page, path)
