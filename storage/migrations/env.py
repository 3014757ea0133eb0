"""How Alembic runs our migrations: over the connection of `storage.schema`, or by hand over DATABASE_URL.

By hand, to write the next step against a new database that is up to date:
`export DATABASE_URL=sqlite:////tmp/new.db; uv run langnghe migrate && uv run alembic revision --autogenerate -m "…"`.
"""

import os
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import MigrationScript
from sqlalchemy import Connection, create_engine

from storage.schema import revisions
from storage.tables import metadata
from storage.tables.base import Json, Key, Utc


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Name our column types by `kinds`, which stay as they are: a migration must not change with our code."""
    if kind != "type":
        return False
    names = {id(Key): "KEY", id(Json): "JSON_VALUE"}
    name = "MOMENT" if isinstance(item, Utc) else names.get(id(item))
    if name is None:
        return False
    autogen.imports.add("from storage.migrations import kinds")
    return f"kinds.{name}"


def number(_context: Any, _revision: Any, directives: list[MigrationScript]) -> None:
    """Give the new step its number: `storage.schema` knows the steps and their order by the names of their files."""
    directives[0].rev_id = f"{len(revisions()) + 1:04}"


def run(connection: Connection) -> None:
    """Run over a connection; one that is in a transaction keeps it."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=render_item,
        process_revision_directives=number,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = create_engine(os.environ["DATABASE_URL"])
    with engine.begin() as own:
        run(own)
