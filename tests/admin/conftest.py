"""A sample office on SQLite; tests of what the databases do differently take `database` themselves."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import Database
from storage.tables import metadata
from tests.admin.office import Office, Watch, open_office


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """Serve the sample commune with an account of each role."""
    database = await Database.open(f"sqlite:///{tmp_path}/langnghe.db")
    await database.write(metadata.create_all)
    opened = await open_office(database, Watch(), tmp_path / "files")
    yield opened
    await opened.close()
    await database.close()
