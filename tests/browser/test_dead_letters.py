"""What failed, in a real browser: looked into, tried again and dropped by keyboard; and how it looks."""

import pytest
from playwright.async_api import Browser, expect

from storage.outbox import Urgency
from tests.admin.office import Office
from tests.admin.test_dead_letters import EVENT, PATH, WORDS, bury, fail, put
from tests.browser.desk import DESK, check_for_everybody, keep_picture, sign_in, tab_to
from tests.browser.pages import NARROW, PHONE, page_of


async def test_an_event_is_looked_into_and_tried_again_by_keyboard(chromium: Browser, office: Office) -> None:
    await bury(office, EVENT)
    async with page_of(chromium, DESK) as page:
        await sign_in(page, office, "quantri")
        await page.goto(office.address + PATH)
        await tab_to(page, "Xem nội dung")
        await page.keyboard.press("Enter")
        await expect(page.locator("#opened .body").first).to_have_text(WORDS)
        await tab_to(page, "Thử lại")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("thử lại trong vài giây")


@pytest.mark.parametrize("size", [DESK, PHONE, NARROW], ids=["desk", "phone", "narrow"])
async def test_what_failed_can_be_read_labelled_and_pressed_by_everybody(
    chromium: Browser, office: Office, size: dict[str, int]
) -> None:
    for reason in ("KeyError at parsing.py:7", "StoreUnavailable at a_module_with_a_rather_long_name.py:1234"):
        await bury(office, EVENT, reason)
    await fail(office, Urgency.REPLY)
    await fail(office, Urgency.REMINDER, "unknown", error="timeout")
    await put(office, ("telegram", "1"), "failing", "Wrong response from the webhook: 502 Bad Gateway", 12)
    async with page_of(chromium, size) as page:
        await sign_in(page, office, "quantri")
        for language, look in (("vi", "Xem nội dung"), ("en", "See content")):
            await page.goto(office.address + PATH)
            await keep_picture(page, f"dead-{size['width']}-{language}")
            await check_for_everybody(page, language)
            await page.get_by_role("button", name=look).first.click()
            await keep_picture(page, f"dead-open-{size['width']}-{language}")
            await check_for_everybody(page, f"{language}, opened")
            await page.goto(office.address + PATH)
            await page.locator(".quiet-button[name=language]").first.click()
