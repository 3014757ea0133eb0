"""A sample office on SQLite; tests of what the databases do differently take `database` themselves."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.admin.office import Office, office_in


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """Serve the sample commune with an account of each role."""
    async with office_in(tmp_path) as served:
        yield served
