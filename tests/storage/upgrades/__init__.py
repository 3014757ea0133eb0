"""What earlier versions left in their databases: the rows of each table, written by the code of that version.

A file <revision>.json is made once, when the revision is released, and never changed: an office in the middle of its
work, with conversations that wait for an answer and keyboards that are still on people's phones.
"""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from storage import schema
from storage.backup import rows
from storage.backup.keys import keys_later
from storage.backup.loading import put

FOLDER = Path(__file__).parent
RELEASED = tuple(sorted(file.stem for file in FOLDER.glob("*.json")))


def fill(connection: Connection, revision: str) -> None:
    """Make the tables of a revision in an empty database and put its rows there."""
    left: dict[str, Any] = json.loads((FOLDER / f"{revision}.json").read_text(encoding="utf-8"))
    schema.bring(connection, revision)
    shapes = {shape.name: shape for shape in rows.shapes(connection)}
    with keys_later(connection, revision):
        for name, told in left.items():
            assert list(shapes[name].names) == told["columns"]
            put(connection, shapes[name], told["rows"])
