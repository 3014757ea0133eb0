"""Who was asked, in a real browser: on a desk and on a phone, for everybody."""

import pytest
from playwright.async_api import Browser

from tests.admin.office import Office
from tests.admin.test_invitations import PATH, drawn
from tests.browser.desk import DESK, check_for_everybody, keep_picture, sign_in
from tests.browser.pages import NARROW, page_of


@pytest.mark.parametrize("size", [DESK, NARROW], ids=["desk", "narrow"])
async def test_the_invitations_can_be_read_by_everybody(
    chromium: Browser, office: Office, size: dict[str, int]
) -> None:
    await drawn(office, 12)
    async with page_of(chromium, size) as page:
        await sign_in(page, office, "phantich")
        await page.goto(office.address + PATH)
        await keep_picture(page, f"invitations-{size['width']}")
        await check_for_everybody(page, PATH)


async def test_the_strata_of_a_draw_scroll_by_themselves_on_a_tablet(chromium: Browser, office: Office) -> None:
    await drawn(office, 12)
    async with page_of(chromium, {"width": 900, "height": 1000}) as page:
        await sign_in(page, office, "phantich")
        await page.get_by_role("button", name="English").click()
        await page.goto(office.address + PATH)
        await check_for_everybody(page, PATH)
