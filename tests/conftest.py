"""Fixtures that many tests share: open databases of both kinds."""

import itertools
import os
import shutil
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, make_url

from storage.database import Database
from storage.tables import metadata
from tests import postgres
from tests.faults import outcome
from tests.templates import add_tables

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory, not a place of ours
# The product flushes every commit to the disk. Thousands of throw-away databases need no disk that lasts: in memory
# the tests take a third of the time, and they still run every flush. PYTEST_DEBUG_TEMPROOT names another place.
if IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))

# How long an example takes says something of the machine and of what else it does, nothing of the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

WAITING = {"faults", "benchmarks", "browser", "end_to_end", "langnghe"}
"""Folders whose tests mostly wait for other processes."""

_names = itertools.count(1)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of the faults that were tried."""
    reports = [each for key in ("passed", "failed") for each in terminalreporter.getreports(key)]
    told = [value for each in reports for name, value in each.user_properties if name == outcome.PROPERTY]
    figures = [str(value) for each in reports for name, value in each.user_properties if name == outcome.FIGURES]
    if lines := [*outcome.table(told), *figures]:
        terminalreporter.section("faults")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the processes by turns a file that waits for programs and one that computes, the long ones first.

    A process takes the next file when it is through with one. With the few long files that wait at the end, as by the
    number of tests, both cores idle for minutes.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    waiting: list[Path] = []
    computing: list[Path] = []
    for path in sorted(files, key=lambda path: (-len(files[path]), path)):
        (waiting if path.parent.name in WAITING else computing).append(path)
    order = (path for pair in itertools.zip_longest(computing, waiting) for path in pair if path is not None)
    items[:] = [item for path in order for item in files[path]]


TEMPLATE = f"template_{os.getpid()}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server | None]:
    """One PostgreSQL server for the whole run, None where there is none."""
    server = postgres.start()
    yield server
    if server is not None:
        server.stop()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.Server | None) -> Iterator[str]:
    """Return the name of a database with all tables, to copy: making forty tables costs ten times as much."""
    assert postgres_server is not None
    engine = create_engine(make_url(postgres_server.make_database(TEMPLATE)).set(drivername="postgresql+psycopg"))
    metadata.create_all(engine)
    engine.dispose()
    yield TEMPLATE
    postgres_server.drop_database(TEMPLATE)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with all tables, to copy."""
    path = tmp_path_factory.mktemp("template") / "langnghe.db"
    add_tables(path)
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of a database, once of each kind: empty, or with all tables for tests that take `database`."""
    with_tables = "database" in request.fixturenames
    if request.param == "sqlite":
        if with_tables:
            shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "langnghe.db")
        yield f"sqlite:///{tmp_path}/langnghe.db"
        return
    server: postgres.Server | None = request.getfixturevalue("postgres_server")
    if server is None:
        warnings.warn(pytest.PytestWarning("NOT RUN on PostgreSQL: no server here"), stacklevel=1)
        pytest.skip("no PostgreSQL: set TEST_DATABASE_URL, install a server, or use the `pg` dependency group")
    name = f"test_{os.getpid()}_{next(_names)}"
    template = request.getfixturevalue("postgres_template") if with_tables else "template0"
    yield server.make_database(name, template)
    server.drop_database(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Return an open database with all tables, once on SQLite and once on PostgreSQL."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()
