"""The running web chat of a sample commune."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.bot.channels.web_site import Browser, Site, site


@pytest.fixture
async def web_site(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with site(database, tmp_path) as running:
        yield running


@pytest.fixture
async def browser(web_site: Site) -> AsyncIterator[Browser]:
    """Return a browser without scripts on the running web chat."""
    async with web_site.browser() as opened:
        yield opened
