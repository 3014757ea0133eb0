"""The sample office over both databases."""

import pytest

from storage.database import Database
from tests.bot.office import Office


@pytest.fixture
async def office(database: Database) -> Office:
    """Return the bot of a sample commune, once on SQLite and once on PostgreSQL."""
    return await Office(database).install()
