"""A look through the ratings by a process of its own: some minutes of computing, in which no chat may wait.

    python -m bot.looking   told on standard input: database (its address), since and until (days, ISO 8601)

What it found is written to standard output as `storage.rating_checks.Checked`, pickled: both ends are this program.
"""

import asyncio
import pickle
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from storage import kept_checks
from storage.beside import child, what_to_do
from storage.database import Database
from storage.kept_checks import KeptCheck
from storage.rating_checks import Checked


class LookFailed(Exception):  # noqa: N818 - what happened
    """The process that looked has ended without an answer; what it wrote of its error is in the log."""


@dataclass(frozen=True, slots=True)
class LookBeside:
    """Does the work of a check beside the service; `address` is the database's."""

    address: str

    async def __call__(self, wanted: KeptCheck) -> Checked:
        """Return what is found. Raises LookFailed."""
        asked = {"database": self.address, "since": wanted.since.isoformat(), "until": wanted.until.isoformat()}
        async with child("bot.looking", asked) as process:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            told = await process.stdout.read()
            if await process.wait() != 0:
                raise LookFailed
        found = pickle.loads(told)  # noqa: S301 - written by our own child, through a pipe that nobody else has
        assert isinstance(found, Checked)  # noqa: S101 - what the child writes
        return found


async def _look(asked: Mapping[str, Any]) -> Checked:
    database = await Database.open(asked["database"])
    try:
        since, until = (date.fromisoformat(asked[name]) for name in ("since", "until"))
        return await database.read(lambda connection: kept_checks.look(connection, since, until))
    finally:
        await database.close()


if __name__ == "__main__":
    sys.stdout.buffer.write(pickle.dumps(asyncio.run(_look(what_to_do()))))
