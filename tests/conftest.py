"""Fixtures that many tests share: open databases of both kinds."""

import itertools
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from storage.database import Database
from storage.tables import metadata
from tests import postgres

_names = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server | None]:
    """One PostgreSQL server for the whole run, None where there is none."""
    server = postgres.start()
    yield server
    if server is not None:
        server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of an empty database, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/langnghe.db"
        return
    server: postgres.Server | None = request.getfixturevalue("postgres_server")
    if server is None:
        warnings.warn(pytest.PytestWarning("NOT RUN on PostgreSQL: no server here"), stacklevel=1)
        pytest.skip("no PostgreSQL: set TEST_DATABASE_URL, install a server, or use the `pg` dependency group")
    name = f"test_{next(_names)}"
    yield server.make_database(name)
    server.drop_database(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Return an open database with all tables, once on SQLite and once on PostgreSQL."""
    opened = await Database.open(database_url)
    await opened.write(_create_all)
    yield opened
    await opened.close()


def _create_all(connection: Connection) -> None:
    metadata.create_all(connection)
