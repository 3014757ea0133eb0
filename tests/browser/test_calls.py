"""The list of whom to call, in a real browser: on a desk and on a phone, for everybody."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.admin.office import office_in
from tests.admin.test_calls import PATH, leaves_number, untold
from tests.browser.desk import DESK, check_for_everybody, keep_picture, sign_in
from tests.browser.pages import NARROW, page_of


@pytest.mark.parametrize("size", [DESK, NARROW], ids=["desk", "narrow"])
async def test_the_list_can_be_read_by_everybody(chromium: Browser, tmp_path: Path, size: dict[str, int]) -> None:
    async with office_in(tmp_path) as office:
        await leaves_number(office, await untold(office, "petition_accepted", "petition_answered"))
        await untold(office, "petition_question")
        async with page_of(chromium, size) as page:
            await sign_in(page, office, "thuongtruc")
            await page.goto(office.address + PATH)
            await page.get_by_role("button", name="Xem số").click()
            await page.get_by_text("+84912345678").wait_for()
            await keep_picture(page, f"calls-{size['width']}")
            await check_for_everybody(page, PATH)
