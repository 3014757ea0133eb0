"""On a SQLite file one process serves; the second is told which one it is, and the way out."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from langnghe.demo.home import Home
from langnghe.demo.wish import Wish
from langnghe.one_server import ServerRunningError, only_server
from tests.langnghe.office import as_json, done, refused

COMMAND = [str(Path(sys.executable).parent / "langnghe"), "run"]
PATIENCE = 60


@contextmanager
def serving() -> Iterator[int]:
    """Run the office in a process of its own; gives its number. It is killed in the end."""
    server = subprocess.Popen(COMMAND, env={**os.environ, "HTTP_PORT": "0"}, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr
        assert any("serving on " in line for line in server.stderr)
        yield server.pid
    finally:
        server.kill()
        server.communicate()


@pytest.mark.usefixtures("office")
def test_a_second_server_on_one_file_is_refused_in_a_line() -> None:
    with serving() as process:
        ended = subprocess.run(COMMAND, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert ended.returncode == 1
    [line] = [line for line in ended.stderr.splitlines() if line.startswith("langnghe: ")]
    assert f"Tiến trình số {process} " in line
    assert str(Path("data/langnghe.db").absolute()) in line
    assert "PostgreSQL" in line
    assert "Traceback" not in ended.stderr


@pytest.mark.usefixtures("office")
def test_after_a_kill_the_next_server_starts() -> None:
    with serving() as first:
        os.kill(first, signal.SIGKILL)
    with serving() as second:
        assert second != first


@pytest.mark.usefixtures("office")
def test_commands_that_read_or_write_once_work_beside_a_server() -> None:
    with serving():
        assert as_json("stats")["questionnaire"]
        assert done("recompute-stats")
        assert done("verify-audit")
        assert done("migrate")
        assert done("chat", stdin="xin chào\n/thoat\n")


def test_a_file_is_one_file_by_whatever_name(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").symlink_to(tmp_path / "here")
    with (
        only_server(f"sqlite:///{tmp_path}/here/langnghe.db"),
        pytest.raises(ServerRunningError, match=rf"process={os.getpid()}"),
        only_server(f"sqlite:///{tmp_path}/there/langnghe.db"),
    ):
        pass
    with only_server(f"sqlite:///{tmp_path}/there/langnghe.db"):
        pass


def test_any_number_may_serve_a_database_on_a_server() -> None:
    with only_server("postgresql://db.example.vn/one"), only_server("postgresql://db.example.vn/one"):
        pass


def test_a_sample_world_that_is_served_is_not_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    home = Home(tmp_path)
    asyncio.run(home.make(Wish("commune-2025", date(2025, 9, 15), 0.01), lambda _day: None))
    with only_server(f"sqlite:///{home.database}"):
        before = home.database.stat().st_ino
        status, line = refused("demo", "--no-serve", "--fresh", "--scale", "0.01", "--today", "2025-09-15")
    assert (status, home.database.stat().st_ino) == (1, before)
    assert f"{os.getpid()}" in line
