"""The sample office over both databases."""

from collections.abc import AsyncIterator

import pytest

from storage.database import Database
from tests.bot.office import Office
from tests.bot.post_office import Post
from tests.fakes.telegram import FakeTelegram


@pytest.fixture
async def office(database: Database) -> Office:
    """Return the bot of a sample commune, once on SQLite and once on PostgreSQL."""
    return await Office(database).install()


@pytest.fixture
async def post(office: Office) -> AsyncIterator[Post]:
    """Return the office's post, with a Bot API server that is a fake."""
    async with FakeTelegram() as fake:
        made = Post(office, fake)
        yield made
        await made.close()
