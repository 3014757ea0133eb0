import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, select, text

from storage import schema
from storage.database import Database
from storage.tables import metadata
from storage.tables.people import identity, person

NOW = datetime(2026, 11, 21, tzinfo=UTC)
CONSTRAINTS = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
"""
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"

FAILED_INDEX = """
    CREATE INDEX ix_outbox_failed ON outbox (id) WHERE state IN ('refused', 'unknown') AND settled_at IS NULL
"""

REBUILD = """
import sqlalchemy as sa
from alembic import op

revision = "{trial}"
down_revision = "{newest}"


def upgrade() -> None:
    with op.batch_alter_table("person") as batch:  # SQLite makes the table anew, PostgreSQL changes it
        batch.alter_column("created_at", existing_type=sa.DateTime(timezone=True), nullable=True)
    {after}
"""

NEWEST = schema.revisions()[-1]
TRIAL = f"{int(NEWEST) + 1:04}"


@pytest.fixture
async def upgraded(database_url: str) -> AsyncIterator[Database]:
    await schema.upgrade(database_url)
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


def shape(connection: Connection) -> list[str]:
    """Describe every table, check, key and index as the database itself does, whatever order they were made in."""
    if connection.dialect.name == "sqlite":
        made = connection.scalars(text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"))
        lines = (line.strip().rstrip(",") for sql in made for line in sql.replace('"', "").splitlines())
    else:
        rows = [*connection.execute(text(CONSTRAINTS)), *connection.execute(text(INDEXES))]
        lines = (f"{name}: {definition}" for name, definition in rows)
    return sorted(line for line in lines if line and "alembic_version" not in line and "version_num" not in line)


def with_one_more_step(folder: Path, after: str = "") -> Path:
    shutil.copytree(schema.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    step = REBUILD.format(trial=TRIAL, newest=NEWEST, after=after)
    (folder / "versions" / f"{TRIAL}_trial.py").write_text(step, encoding="utf-8")
    return folder


def add_person(connection: Connection) -> None:
    connection.execute(insert(person).values(id=7, created_at=NOW))
    connection.execute(insert(identity).values(person_id=7, name="Người mẫu", updated_at=NOW))


async def test_the_migrations_make_what_the_tables_say(upgraded: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        settings = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=settings), metadata))

    assert await upgraded.read(differences) == []


async def test_checks_and_indexes_are_the_same_too(upgraded: Database) -> None:
    migrated = await upgraded.read(shape)
    await upgraded.write(metadata.drop_all)
    await upgraded.write(metadata.create_all)
    assert migrated == await upgraded.read(shape)
    assert len(migrated) > 100


@pytest.mark.parametrize("was_there", [False, True])
async def test_the_index_of_failed_letters_is_there_whichever_step_made_it(
    database_url: str, *, was_there: bool
) -> None:
    """Step 0004 made it for some days and then no more: databases of both kinds are about."""

    def go(connection: Connection) -> list[str]:
        schema.bring(connection, "0004")
        if was_there:
            connection.execute(text(FAILED_INDEX))
        schema.bring(connection, "0005")
        return [line for line in shape(connection) if "ix_outbox_failed" in line]

    def run() -> list[str]:
        with schema.exclusive(database_url) as connection:
            return go(connection)

    assert len(await asyncio.to_thread(run)) == 1


def test_the_names_of_the_files_give_the_order_of_the_steps() -> None:
    scripts = ScriptDirectory(str(schema.MIGRATIONS))
    assert [step.revision for step in scripts.walk_revisions()] == list(reversed(schema.revisions()))


async def test_a_second_upgrade_changes_nothing(database_url: str) -> None:
    assert await schema.current(database_url) is None
    assert await schema.upgrade(database_url)
    assert await schema.current(database_url) == NEWEST
    assert not await schema.upgrade(database_url)


async def test_processes_that_start_together_upgrade_once(database_url: str) -> None:
    assert sorted(await asyncio.gather(*(schema.upgrade(database_url) for _ in range(4)))) == [False] * 3 + [True]


async def test_data_survives_the_rebuilding_of_a_table(upgraded: Database, database_url: str, tmp_path: Path) -> None:
    await upgraded.write(add_person)
    assert await schema.upgrade(database_url, with_one_more_step(tmp_path / "migrations"))
    assert await upgraded.read(lambda connection: connection.scalar(select(identity.c.name))) == "Người mẫu"
    with pytest.raises(schema.SchemaError, match="database_newer"):
        await schema.check(upgraded)


async def test_an_interrupted_upgrade_leaves_the_old_shape(
    upgraded: Database, database_url: str, tmp_path: Path
) -> None:
    before = await upgraded.read(shape)
    with pytest.raises(ZeroDivisionError):
        await schema.upgrade(database_url, with_one_more_step(tmp_path / "migrations", "1 / 0"))
    assert await upgraded.read(shape) == before
    assert await schema.current(database_url) == NEWEST


async def test_a_step_that_loses_a_row_others_point_to_is_undone(
    upgraded: Database, database_url: str, tmp_path: Path
) -> None:
    await upgraded.write(add_person)
    losing = with_one_more_step(tmp_path / "migrations", 'op.execute("DELETE FROM person")')
    if upgraded.dialect == "sqlite":
        with pytest.raises(RuntimeError, match="a row of identity that points to no row of person"):
            await schema.upgrade(database_url, losing)
        assert await upgraded.read(lambda connection: connection.scalar(select(person.c.id))) == 7


async def test_an_empty_database_is_not_used(database_url: str) -> None:
    database = await Database.open(database_url)
    with pytest.raises(schema.SchemaError, match="database_empty"):
        await schema.check(database)
    await database.close()


async def test_a_database_of_this_version_is_used(upgraded: Database) -> None:
    await schema.check(upgraded)


async def test_a_newer_database_is_refused(upgraded: Database, database_url: str) -> None:
    await upgraded.write(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9000'")))
    for refused in (schema.upgrade(database_url), schema.current(database_url), schema.check(upgraded)):
        with pytest.raises(schema.SchemaError, match=r"database_newer \(found=9000\)"):
            await refused


async def test_the_database_of_another_program_is_left_alone(database_url: str) -> None:
    database = await Database.open(database_url)
    await database.write(lambda connection: connection.execute(text("CREATE TABLE invoice (id INTEGER)")))
    with pytest.raises(schema.SchemaError, match=r"database_foreign .*table invoice"):
        await schema.upgrade(database_url)
    await database.close()


async def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "100%.db"
    file.write_bytes(b"no database at all" * 400)
    with pytest.raises(schema.SchemaError, match=r"database_no_sqlite \(place=.*100%.db\)"):
        await schema.upgrade(f"sqlite:///{file}")
    assert file.read_bytes().startswith(b"no database at all")


async def test_a_damaged_file_is_refused_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "langnghe.db"
    await schema.upgrade(f"sqlite:///{file}")
    whole = bytearray(file.read_bytes())
    broken = whole[:8192] + b"broken" * 2000 + whole[8192 + 12000 :]
    file.write_bytes(broken)
    with pytest.raises(schema.SchemaError, match=r"database_damaged \(place=.*langnghe.db, what="):
        await schema.upgrade(f"sqlite:///{file}")
    assert file.read_bytes()[8192:20000] == broken[8192:20000]
