"""From every step there ever was to the newest, with the data of that time: people go on where they stopped."""

import asyncio
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, select, text

from bot.messages import Incoming, IncomingKind
from offices.datafiles import Label
from offices.dossiers import DossierState
from offices.promptness import Promptness
from storage import audit, dossier_recount, dossiers, schema
from storage.backup import rows
from storage.database import Database
from storage.dossier_figures import Dossiers, promptness
from storage.tables import metadata
from storage.tables.conversations import conversation, dead_letter
from storage.tables.petitions import petition
from storage.tables.ratings import answer, rating
from surveys.periods import Period
from tests.conversations.world import Watch, World, check_whole
from tests.storage.test_migrations import shape
from tests.storage.upgrades import FOLDER, RELEASED, fill

STEPS = schema.revisions()
ROOT = Path(__file__).parents[2]
TRIED = [("sqlite", step) for step in STEPS] + [("postgresql", STEPS[place]) for place in (0, 1, -1)]
"""All steps are one transaction; on PostgreSQL only the ends of it are tried."""
DYING = """

_whole = upgrade


def upgrade() -> None:
    import os, signal
    _whole()
    os.kill(os.getpid(), signal.SIGKILL)
"""
_DOSSIER = "INSERT INTO dossier VALUES ('{}', '1.0', 'vp', 'land', 'commune', '2026-11-02', {}, {}, '{}')"
_CHANGED = "2026-11-20 08:00:00.000000"
STEP = text(
    'INSERT INTO petition_history (petition_id, number, at, event, before, after, "by", unit, details)'
    " SELECT id, :number, '2026-11-20', :event, 'accepted', 'drafted', 'system', 'vp', '{}' FROM petition"
)
DOSSIERS = (
    _DOSSIER.format("H-1", "'2026-11-16'", "'2026-11-12'", _CHANGED), _DOSSIER.format("H-2", "NULL", "NULL", _CHANGED),
    "INSERT INTO dossier_contact VALUES ('H-1', 'the mark of a number')",
    "INSERT INTO dossier_tally VALUES ('year', '2026-01-01', '', 'vp', 1, 0, 0, 0, 0, 1, 1, 0)",
)  # fmt: skip
_TALLY = "INSERT INTO dossier_tally VALUES ('{}', '{}', '{}', 'vp', 0, 0, 0, 0, 0, 0, 0, 0, 1)"
WITHDRAWN = (
    _DOSSIER.format("H-1", "'2026-11-16'", "NULL", _CHANGED).replace(")", ", 'withdrawn')"),
    _TALLY.format("year", "2026-01-01", ""), _TALLY.format("month", "2026-11-01", ""),
    _TALLY.format("month-field", "2026-11-01", "land"), _TALLY.format("day-field", "2026-11-16", "land"),
)  # fmt: skip
UPGRADE = "import asyncio, sys; from pathlib import Path; from storage import schema; "
UPGRADE += "asyncio.run(schema.upgrade(sys.argv[1], Path(sys.argv[2])))"


def left_behind(address: str, released: str, stopped: str) -> None:
    """Fill a database as a release left it, and bring it as far as a step after it."""
    with schema.exclusive(address) as connection:
        fill(connection, released)
    with schema.exclusive(address) as connection:
        schema.bring(connection, stopped)


def everything(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    return {
        each.name: [row for some in rows.read(connection, each) for row in some] for each in rows.shapes(connection)
    }


def looked(address: str) -> tuple[list[str], dict[str, list[tuple[Any, ...]]]]:
    with schema.exclusive(address) as connection:
        return shape(connection), everything(connection)


def dying_steps(folder: Path, step: str) -> Path:
    """Copy the steps, and let one of them kill its process when its work is done."""
    shutil.copytree(schema.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    [file] = (folder / "versions").glob(f"{step}_*.py")
    file.write_text(file.read_text(encoding="utf-8") + DYING, encoding="utf-8")
    return folder


@dataclass
class Phones:
    """What people do in chats of the Telegram bot."""

    world: World
    number: int = 1000

    async def press(self, who: str, data: str) -> None:
        await self._did(who, IncomingKind.PRESS, data=data, message_ref="7", press_id="p")

    async def say(self, who: str, text: str) -> None:
        await self._did(who, IncomingKind.TEXT, text=text)

    async def _did(self, who: str, kind: IncomingKind, **told: Any) -> None:
        self.number += 1
        at = self.world.watch.now
        async with self.world.service() as service:
            await service.intake.accept(Incoming("telegram", "123", who, who, f"u{self.number}", at, kind, **told))


def test_the_first_release_is_kept() -> None:
    assert "0001" in RELEASED
    assert set(RELEASED) <= set(STEPS)
    assert all((FOLDER / f"{each}.json").stat().st_size < 100_000 for each in RELEASED)


@pytest.mark.parametrize(("database_url", "stopped"), TRIED, indirect=["database_url"])
async def test_data_and_open_conversations_go_on_after_an_upgrade(
    stopped: str, database_url: str, tmp_path: Path
) -> None:
    left_behind(database_url, "0001", stopped)
    world = World(tmp_path, database_url, watch=Watch(Watch().now + timedelta(minutes=10)))
    people = Phones(world)
    await people.press("1001", "c1.1.5")  # on the keyboard of a question that has its answer
    await people.press("1001", "c1.2.attitude")  # on the keyboard of the one that waits
    await people.say("1001", "Chờ lâu quá.")
    await people.press("1002", "c2.5.done")
    await people.say("1002", "bỏ qua")

    def see(connection: Connection) -> None:
        assert connection.scalars(select(dead_letter.c.reason)).all() == []
        scores = dict(connection.execute(select(answer.c.item, answer.c.score).where(answer.c.rating_id == 1)).all())
        assert scores["overall"] == 2
        assert "reason" in scores
        assert connection.scalar(select(rating.c.state).where(rating.c.id == 2)) == "finished"
        journals = dict(connection.execute(select(conversation.c.id, conversation.c.journal)).all())
        assert "Đèn đường thôn Mẫu hỏng" in str(journals[2])
        assert [step[0] for step in journals[2]][:5] == ["subject", "unit", "field", "text", "file.1"]
        assert connection.scalar(select(petition.c.text)) == "Rác thôn Mẫu ba ngày chưa được thu gom."
        check_whole(connection)
        assert audit.head(connection)[0] >= 3

    await world.writes(see)


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_dossiers_keep_their_marks_and_counts_when_their_table_is_made_anew(database_url: str) -> None:
    with schema.exclusive(database_url) as connection:
        schema.bring(connection, "0033")
        for statement in DOSSIERS:
            connection.execute(text(statement))
    _, before = looked(database_url)
    assert asyncio.run(schema.upgrade(database_url))
    _, after = looked(database_url)
    for name, told in {"dossier": (None, None), "dossier_contact": (), "dossier_tally": (0, 0)}.items():
        assert before[name]
        assert after[name] == [(*row, *told) for row in before[name]]


@pytest.mark.parametrize("stopped", ["0034", "0035"])
@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_dossiers_withdrawn_nobody_knows_when_count_as_before_until_a_list_tells_it(
    database_url: str, stopped: str
) -> None:
    with schema.exclusive(database_url) as connection:
        schema.bring(connection, stopped)
        for statement in WITHDRAWN:
            connection.execute(text(statement))
    assert await schema.upgrade(database_url)
    november, today = Period(date(2026, 11, 1), date(2026, 11, 30), Label("", "")), date(2026, 11, 21)
    database = await Database.open(database_url)

    def counted(connection: Connection) -> Promptness:
        assert dossier_recount.compare(connection).is_equal
        return promptness(connection, Dossiers(), november, today)

    def job(connection: Connection) -> None:
        assert counted(connection) == Promptness(withdrawn=1)
        before = dossiers.of_code(connection, "H-1")
        assert before is not None
        assert (before.state, before.withdrawn_on) == (DossierState.WITHDRAWN, None)
        dossiers.upsert(connection, [replace(before, withdrawn_on=date(2026, 11, 17))], Watch().now)
        assert counted(connection) == Promptness(late=1)

    await database.write(job)
    await database.close()


@pytest.mark.parametrize(("database_url", "dies_at"), TRIED, indirect=["database_url"])
def test_killed_at_any_step_it_begins_where_it_was(dies_at: str, database_url: str, tmp_path: Path) -> None:
    if dies_at != STEPS[0]:
        left_behind(database_url, "0001", "0001")
    before = looked(database_url) if dies_at != STEPS[0] else None
    dying = dying_steps(tmp_path / "steps", dies_at)
    killed = subprocess.run([sys.executable, "-c", UPGRADE, database_url, dying], cwd=ROOT, check=False)
    assert killed.returncode == -9
    if before is not None:
        assert looked(database_url) == before
    assert asyncio.run(schema.upgrade(database_url))
    with schema.exclusive(database_url) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    _, after = looked(database_url)
    if before is not None:
        kept = before[1].keys() - {"tally"}  # counted anew
        assert {name: len(after[name]) for name in kept} == {name: len(before[1][name]) for name in kept}
        assert (after["audit"], after["conversation"]) == (before[1]["audit"], before[1]["conversation"])


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize(("draft", "step"), [("Đã sửa.", 14), (None, None)], ids=["drafted twice", "moved since"])
def test_a_draft_from_before_answers_had_files_knows_its_step(draft: str, step: int | None, database_url: str) -> None:
    left_behind(database_url, "0001", "0034")
    with schema.exclusive(database_url) as connection:
        for event, number in (("draft", 12), ("return_draft", 13), ("draft", 14), ("add", 15)):
            connection.execute(STEP, {"event": event, "number": number})
        connection.execute(text("UPDATE petition SET draft = :draft"), {"draft": draft})
        schema.bring(connection, "0035")
        assert connection.scalar(text("SELECT draft_step FROM petition")) == step
