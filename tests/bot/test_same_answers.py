"""Whoever does the same on Telegram, Zalo and the web has given the same answers.

WALKS=500 uv run pytest -n0 -o timeout=3600 tests/bot/test_same_answers.py takes that many random walks.
"""

import asyncio
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from storage import schema
from storage.database import Database
from tests.bot.channel_walks import OnTelegram, OnTheWeb, OnZalo, walk_of, walked
from tests.bot.office import Office
from tests.conversations.world import check_whole

WALKS = int(os.environ.get("WALKS", "8"))
FIRST = 20261116


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the sample commune once."""
    file = tmp_path_factory.mktemp("walks") / "empty.db"
    asyncio.run(_make(f"sqlite:///{file}"))
    return file


async def _make(url: str) -> None:
    await schema.upgrade(url)
    database = await Database.open(url)
    await Office(database).install()
    await database.close()


@pytest.mark.parametrize("seed", range(FIRST, FIRST + WALKS))
async def test_a_walk_is_stored_the_same_on_each_channel(seed: int, empty: Path, tmp_path: Path) -> None:
    telegram, zalo, web = [await _walk(kind, seed, empty, tmp_path) for kind in (OnTelegram, OnZalo, OnTheWeb)]
    assert zalo == telegram
    assert web == telegram


async def _walk(kind: type[OnTelegram | OnZalo | OnTheWeb], seed: int, empty: Path, folder: Path) -> Any:
    """Take a walk on one channel, in a database of its own."""
    file = folder / f"{kind.__name__}.db"
    shutil.copyfile(empty, file)
    database = await Database.open(f"sqlite:///{file}")
    try:
        office = Office(database)
        await database.read(office.reference.refresh)
        stored = await walked(office, kind(office), walk_of(seed), seed)
        await database.read(check_whole)
    finally:
        await database.close()
    return stored
