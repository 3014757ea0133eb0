"""A real browser: the one BROWSER_PATH names, else the system's Chromium; without one these tests say so and skip."""

import os
import shutil
import warnings
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.admin.office import Office, office_in

ARGUMENTS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PLACES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


def _program() -> str | None:
    named = os.environ.get("BROWSER_PATH")
    if named:
        return named
    return next((place for place in PLACES if Path(place).exists()), shutil.which("chromium"))


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """Return a running browser without any profile."""
    program = _program()
    if program is None:
        warnings.warn(pytest.PytestWarning("NOT RUN in a browser: no Chromium here"), stacklevel=1)
        pytest.skip("no browser: install Chromium or set BROWSER_PATH")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS, *sandbox])
        yield browser
        await browser.close()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """Serve the sample commune: what the browser does differs by nothing in the store."""
    async with office_in(tmp_path) as served:
        yield served
