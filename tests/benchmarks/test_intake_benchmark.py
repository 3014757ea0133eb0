"""The benchmark of the intake still runs, and refuses figures of a stack that lost something."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.walks import raw
from benchmarks.walks.checking import WrongCountError, check
from benchmarks.walks.serving import prepare

ROOT = Path(__file__).parents[2]
TINY = ("--chats", "2", "--seconds", "0.3", "--rounds", "1", "--most-walks", "2")


def test_one_command_measures_every_stack() -> None:
    ended = subprocess.run(
        [sys.executable, "benchmarks/intake.py", *TINY, "--json"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
    summary = json.loads(ended.stdout)
    assert set(summary["stacks"]) == {"langnghe", "usual", "sqlite_group", "sqlite_each"}
    assert all(stack["updates_per_second"] > 0 for stack in summary["stacks"].values())
    assert all(ratio > 0 for ratio in summary["ratios"].values())


async def test_a_lost_answer_is_noticed(tmp_path: Path) -> None:
    database = tmp_path / "walks.db"
    await prepare(f"sqlite:///{database}")
    figures = raw.measure(database, seconds=60, most_walks=4, together=2)
    walks = int(figures["walks"])
    check("sqlite3", database, walks)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("DELETE FROM answer WHERE rating_id = 1 AND item = 'overall'")
        connection.commit()
    with pytest.raises(WrongCountError, match="answers: 7, not 8"):
        check("sqlite3", database, walks)
