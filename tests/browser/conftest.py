"""A real browser: the one BROWSER_PATH names, else the system's Chromium; without one these tests say so and skip."""

import os
import shutil
import warnings
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from storage.database import Database
from tests.admin.office import Office, office_in
from tests.templates import add_tables

HERE = Path(__file__).parent
ARGUMENTS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 30_000
"""Milliseconds for which a page is waited for: a machine that does other things as well may stand still for seconds."""
PLACES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


expect.set_options(timeout=PATIENCE)


def _program() -> str | None:
    named = os.environ.get("BROWSER_PATH")
    if named:
        return named
    return next((place for place in PLACES if Path(place).exists()), shutil.which("chromium"))


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Run all tests of one file in one event loop: starting a browser for each took longer than the tests.

    Whatever is served to them has to be served in that loop: their own asynchronous fixtures name it as those here do.
    """
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """Return a running browser without any profile; each page is opened in a context of its own."""
    program = _program()
    if program is None:
        warnings.warn(pytest.PytestWarning("NOT RUN in a browser: no Chromium here"), stacklevel=1)
        pytest.skip("no browser: install Chromium or set BROWSER_PATH")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS, *sandbox])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Return one SQLite database: what the browser does differs by nothing in the store."""
    add_tables(tmp_path / "langnghe.db")
    opened = await Database.open(f"sqlite:///{tmp_path}/langnghe.db")
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """Serve the sample commune: what the browser does differs by nothing in the store."""
    async with office_in(tmp_path) as served:
        yield served
