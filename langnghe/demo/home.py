"""Where the sample world lives: a folder of its own, which either holds a whole world or is not there.

A world is made in a folder beside it and takes its place by being renamed: whoever is killed meanwhile leaves
nothing that a later start could take for a world. Marks tell it from the data of a real authority.
"""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from langnghe.demo.build import build
from langnghe.demo.stage import Progress
from langnghe.demo.wish import Wish
from offices.errors import DomainError
from storage.sqlite_file import SAMPLE_ID

DATABASE, MARK = "langnghe.db", "world.json"
APPLICATION_ID = SAMPLE_ID
_ID_AT = slice(68, 72)
FRESH_FOR = timedelta(days=30)
"""A world of so many days ago still serves: its deadlines have moved on a little."""
LEFT_BEHIND = 600.0
"""Seconds without a change after which a half-made world is known to be nobody's."""
_MAKING = "demo-making-"


class NotADemoError(DomainError):
    """The demo's folder holds something else, which is left alone; facts: folder."""

    def __init__(self, folder: Path) -> None:
        """Name the folder."""
        super().__init__("demo_not_ours", folder=str(folder))


@dataclass(frozen=True)
class Home:
    """The place of the sample world in a data folder."""

    data_dir: Path

    @property
    def folder(self) -> Path:
        """The folder of the world."""
        return self.data_dir / "demo"

    @property
    def database(self) -> Path:
        """The world's database file."""
        return self.folder / DATABASE

    def world(self) -> Wish | None:
        """Return the wish by which the world that is here was made, None where there is none.

        Raises NotADemoError when the folder holds anything that is not marked as a sample world.
        """
        if not self.folder.exists():
            return None
        try:
            told = json.loads((self.folder / MARK).read_text(encoding="utf-8"))
            with self.database.open("rb") as file:
                is_marked = int.from_bytes(file.read(_ID_AT.stop)[_ID_AT], "big") == APPLICATION_ID
            wish = Wish(told["preset"], date.fromisoformat(told["today"]), told["scale"], told["seed"])
        except (OSError, ValueError, LookupError, TypeError):
            raise NotADemoError(self.folder) from None
        if not is_marked:
            raise NotADemoError(self.folder)
        return wish

    async def make(self, wish: Wish, progress: Progress) -> None:
        """Make a world and put it in the place of the one that is here; raises what `world` raises."""
        self.world()
        making = self._make_room()
        try:
            await build(making / DATABASE, wish, progress)
            _mark(making, wish)
            self._move_in(making)
        finally:
            shutil.rmtree(making, ignore_errors=True)

    def _move_in(self, making: Path) -> None:
        """Swap the folders; between the two steps there is no world, never half of one."""
        if self.folder.exists():
            self.folder.rename(making / "before")
        (making / "whole").mkdir()
        for made in (making / DATABASE, making / MARK):
            made.rename(making / "whole" / made.name)
        (making / "whole").rename(self.folder)

    def _make_room(self) -> Path:
        """Make the folder for a new world; remove what killed starts left, but nothing that is being made now."""
        made = Path(tempfile.mkdtemp(prefix=_MAKING, dir=self.data_dir))
        now = made.stat().st_mtime
        for folder in self.data_dir.glob(f"{_MAKING}*"):
            changed = max((each.stat().st_mtime for each in [folder, *folder.iterdir()]), default=0.0)
            if now - changed > LEFT_BEHIND:
                shutil.rmtree(folder, ignore_errors=True)
        return made


def serves(lived: Wish, wanted: Wish, *, exactly: bool) -> bool:
    """Say whether a world that is there is what is wanted; `exactly`: of that very day, not some days older."""
    alike = (lived.preset, lived.scale, lived.seed) == (wanted.preset, wanted.scale, wanted.seed)
    days = wanted.today - lived.today
    return alike and (not days if exactly else timedelta(0) <= days <= FRESH_FOR)


def _mark(folder: Path, wish: Wish) -> None:
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.commit()
    told: Mapping[str, Any] = {
        "preset": wish.preset, "today": wish.today.isoformat(), "scale": wish.scale, "seed": wish.seed,
    }  # fmt: skip
    (folder / MARK).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
