"""A sample world with a year behind it, and the files of its petitions, to be backed up."""

import asyncio
import shutil
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from langnghe.demo.build import build
from langnghe.demo.wish import Wish as Demo
from storage.database import Database
from storage.tables.petitions import attachment, petition
from tests.storage.backup.world import NOW, REFS, Office


@pytest.fixture(scope="session")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lived")
    asyncio.run(build(folder / "langnghe.db", Demo("commune-2025", date(2026, 11, 20), 0.02, 7), lambda *_: None))
    asyncio.run(_attach(f"sqlite:///{folder}/langnghe.db"))
    for number, ref in enumerate(REFS):
        (folder / "files" / ref[:2]).mkdir(parents=True, exist_ok=True)
        (folder / "files" / ref[:2] / ref).write_bytes(bytes([number]) * (100_000 * number))
    (folder / "files" / "arriving").mkdir()
    (folder / "files" / "arriving" / "half").write_bytes(b"never finished")
    return folder


@pytest.fixture
def office(lived_in: Path, tmp_path: Path) -> Office:
    shutil.copytree(lived_in, tmp_path / "office")
    return Office(tmp_path / "office")


async def _attach(address: str) -> None:
    database = await Database.open(address)
    values = {"mime": "image/png", "size": 5, "at": NOW}
    await database.write(
        lambda connection: connection.execute(
            insert(attachment),
            [
                {**values, "petition_id": connection.scalar(select(petition.c.id).limit(1)), "number": 1, "ref": ref}
                for ref in REFS
            ],
        )
    )
    await database.close()
