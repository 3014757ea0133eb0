"""Officials at their screens: pages of three sizes, signing in, the keyboard, and what every page must hold."""

import os
from pathlib import Path

from playwright.async_api import Page, expect

from tests.admin.office import PASSWORD, Office
from tests.browser.pages import LOW_CONTRAST

DESK = {"width": 1280, "height": 800}

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


async def sign_in(page: Page, office: Office, login: str) -> None:
    """Sign in by the form, as everybody does."""
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


async def check_for_everybody(page: Page, path: str) -> None:
    """Open all that is folded and look whether it can be read, is labelled and can be pressed."""
    await page.evaluate("() => document.querySelectorAll('details').forEach((each) => { each.open = true })")
    assert await page.evaluate(LOW_CONTRAST) == [], path
    assert await page.evaluate(UNLABELLED) == [], path
    assert await page.evaluate(DOUBLE_IDS) == [], path
    assert await page.evaluate(SMALL_TARGETS) == [], path
    assert await page.evaluate(OVERFLOW) <= 0, path
    assert await page.locator("h1").count() == 1, path


async def keep_picture(page: Page, name: str) -> None:
    """Keep a picture of the page where PICTURES_DIR says, for people to look at."""
    if folder := os.environ.get("PICTURES_DIR"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
