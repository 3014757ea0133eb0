"""A process of its own that writes one ordered file: a large one written beside the chats would slow them to a third.

It is started as `python -m admin.reports.child` and told on standard input, in a line of JSON, what to do:

database  address of the database, which it only reads
number    of the order
file      path to write

On standard output it tells a line of JSON twice a second at most, `{"done": …, "total": …}`, and at the end
`{"rows": …}`. It ends when its standard input does, so that it never outlives the service. Exit codes: 0 written,
3 the rights of who ordered it have changed, 4 no room on the disk, anything else an error.
"""

import asyncio
import errno
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import Connection

from admin.reports.export import write_file
from admin.reports.order import Order, order_for
from admin.words import Words, load_texts
from offices.staff import Right, rights
from storage import file_orders, staff
from storage.beside import what_to_do
from storage.database import Database
from storage.reference import load
from surveys.periods import days_period

RIGHTS_CHANGED, DISK_FULL = 3, 4
_EVERY_SECONDS = 0.5
_FULL = {errno.ENOSPC, errno.EDQUOT}


class RightsChanged(Exception):  # noqa: N818 - what happened
    """Who ordered the file may not have it any more."""


@dataclass
class Teller:
    """Tells on standard output how far the file is, not more often than anybody looks."""

    told_at: float = 0.0

    def __call__(self, done: int, total: int) -> None:
        """Tell it, if the last time is long enough ago."""
        now = monotonic()
        if now - self.told_at >= _EVERY_SECONDS:
            self.told_at = now
            say({"done": done, "total": total})


def say(fact: Mapping[str, int]) -> None:
    """Write a line for the service."""
    print(json.dumps(fact), flush=True)  # noqa: T201 - this is how the two processes talk


def main() -> int:
    """Write the file that standard input names; return the exit code."""
    asked = what_to_do()
    try:
        say({"rows": asyncio.run(_write(asked))})
    except RightsChanged:
        return RIGHTS_CHANGED
    except OSError as error:
        if error.errno not in _FULL:
            raise
        return DISK_FULL
    return 0


async def _write(asked: Mapping[str, Any]) -> int:
    database = await Database.open(asked["database"])
    try:
        order, subject, ending = await database.read(lambda connection: _order(connection, asked["number"]))
        file = Path(asked["file"])
        rows = await write_file(database.read, order, subject, file, ending, Teller())
        await asyncio.to_thread(_flush, file)
        return rows
    finally:
        await database.close()


def _order(connection: Connection, number: int) -> tuple[Order, str, str]:
    """Make the order anew from its row, for the account as it is now."""
    row = file_orders.by_id(connection, number)
    if row is None:
        raise RightsChanged
    official = staff.by_id(connection, row.staff_id)
    if Right.EXPORT not in rights(official) or file_orders.granted_to(official) != row.granted:
        raise RightsChanged
    words, period = Words(load_texts(), row.language), days_period(row.since, row.until)
    return order_for(official, load(connection), words, row.ordered_at, period), row.subject, row.ending


def _flush(file: Path) -> None:
    with file.open("rb") as written:
        os.fsync(written.fileno())


if __name__ == "__main__":
    sys.exit(main())
