"""The page of the Zalo Official Account, in a real browser: on a desk and on a phone, for everybody."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from storage import zalo_templates
from tests.admin.office import Office
from tests.admin.test_zalo import PATH, listed, with_account
from tests.browser.desk import DESK, check_for_everybody, keep_picture, sign_in
from tests.browser.pages import NARROW, page_of
from tests.fakes.zalo import FakeZalo


@pytest_asyncio.fixture(loop_scope="module")
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with FakeZalo() as fake, with_account(tmp_path, fake) as served:
        yield served


@pytest.mark.parametrize("size", [DESK, NARROW], ids=["desk", "narrow"])
async def test_the_account_s_page_can_be_read_by_everybody(
    chromium: Browser,
    office: Office,
    size: dict[str, int],
) -> None:
    some = [listed(), listed(5, "102", ()), replace(listed(1, "103"), price=0)]
    await office.database.write(lambda c: zalo_templates.keep(c, some, office.watch.now))
    async with page_of(chromium, size) as page:
        await sign_in(page, office, "quantri")
        await page.goto(office.address + PATH)
        await keep_picture(page, f"zalo-{size['width']}")
        await check_for_everybody(page, PATH)
