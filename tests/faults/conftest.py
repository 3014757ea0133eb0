"""A service in a process of its own over a fresh database on the disk, with the sample commune."""

import asyncio
import shutil
import warnings
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from benchmarks.walks.serving import prepare
from tests.faults.served import Served, config_of, free_port


@pytest.fixture
def strace_there() -> None:
    """Say aloud where system calls cannot be watched."""
    if shutil.which("strace") is None:
        warnings.warn(pytest.PytestWarning("NOT RUN: no strace here, so no system call can fail"), stacklevel=1)
        pytest.skip("no strace: install it")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database of the sample commune, to copy."""
    path = tmp_path_factory.mktemp("commune") / "langnghe.db"
    asyncio.run(prepare(f"sqlite:///{path}"))
    return path


@pytest.fixture
def folder(prepared: Path, tmp_path: Path) -> Path:
    """Return a folder with a database of its own."""
    shutil.copy(prepared, tmp_path)
    return tmp_path


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    """Return the service, not yet started; it is ended afterwards."""
    url = f"sqlite:///{tmp_path}/langnghe.db"
    await prepare(url)
    one = Served(config_of(tmp_path, url, free_port()))
    yield one
    if one.process is not None and one.process.is_alive():
        await one.kill()
