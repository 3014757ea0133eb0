"""Where the sample world lives: whole or not at all, apart from real data, and served on this machine only."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from langnghe.config import Config
from langnghe.demo.home import LEFT_BEHIND, Home, NotADemoError, serves
from langnghe.demo.serving import clock_of, demo_config
from langnghe.demo.wish import Wish, usual_day
from offices.presets import load_preset

TINY = Wish("commune-2025", date(2025, 9, 15), scale=0.01)
COMMAND = [sys.executable, "-c", "from langnghe.cli import main; main()", "demo", "--lang", "en", "--scale", "0.01"]
OF_A_DAY = ["--today", "2025-09-15"]


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "DATA_DIR": str(data_dir), "PYTHONPATH": str(Path.cwd()), **more}


def make(home: Home, wish: Wish) -> None:
    asyncio.run(home.make(wish, lambda _day: None))


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("data"))
    make(home, TINY)
    return home


def test_a_world_knows_the_wish_it_was_made_by(lived_in: Home) -> None:
    assert lived_in.world() == TINY
    assert [each.name for each in lived_in.data_dir.iterdir()] == ["demo"]


def test_where_nothing_is_there_is_no_world(tmp_path: Path) -> None:
    assert Home(tmp_path).world() is None


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.folder.mkdir()
    (home.folder / "notes.txt").write_text("mine")
    with pytest.raises(NotADemoError):
        make(home, TINY)
    assert [each.name for each in tmp_path.rglob("*")] == ["demo", "notes.txt"]


def test_a_real_database_in_the_folder_is_no_world(lived_in: Home, tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.folder.mkdir()
    (home.folder / "world.json").write_bytes((lived_in.folder / "world.json").read_bytes())
    with closing(sqlite3.connect(home.database)) as connection:
        connection.execute("CREATE TABLE petition (id INTEGER)")
        connection.commit()
    with pytest.raises(NotADemoError):
        home.world()


def test_a_new_world_takes_the_place_of_the_old_one(lived_in: Home, tmp_path: Path) -> None:
    home = Home(tmp_path)
    shutil.copytree(lived_in.folder, home.folder)
    (home.folder / "files").mkdir()
    other = replace(TINY, seed=2)
    make(home, other)
    assert home.world() == other
    assert sorted(each.name for each in home.folder.iterdir()) == ["langnghe.db", "world.json"]
    assert [each.name for each in tmp_path.iterdir()] == ["demo"]


def test_who_is_killed_while_making_it_leaves_no_half_world(tmp_path: Path) -> None:
    started = subprocess.Popen([*COMMAND, "--no-serve"], env=environment(tmp_path), stderr=subprocess.DEVNULL)
    wait_for(lambda: any(file.stat().st_size for file in tmp_path.glob("demo-making-*/langnghe.db")))
    started.kill()
    started.wait()
    home = Home(tmp_path)
    assert home.world() is None
    assert not home.folder.exists()
    (left,) = tmp_path.glob("demo-making-*")
    long_ago = time.time() - LEFT_BEHIND * 2
    for each in [*left.iterdir(), left]:
        os.utime(each, (long_ago, long_ago))
    make(home, TINY)
    assert home.world() == TINY
    assert [each.name for each in tmp_path.iterdir() if each.is_dir()] == ["demo"]


def test_a_world_serves_for_a_month_unless_a_day_is_named() -> None:
    wanted = replace(TINY, today=TINY.today + timedelta(days=20))
    assert serves(TINY, wanted, exactly=False)
    assert not serves(TINY, wanted, exactly=True)
    assert serves(TINY, TINY, exactly=True)
    assert not serves(TINY, replace(TINY, today=TINY.today + timedelta(days=31)), exactly=False)
    assert not serves(wanted, TINY, exactly=False)
    assert not serves(TINY, replace(TINY, scale=1.0), exactly=False)
    assert not serves(TINY, replace(TINY, preset="district-2024"), exactly=False)


def test_an_authority_that_has_ended_is_shown_on_its_last_day() -> None:
    assert usual_day(load_preset("district-2024"), date(2026, 11, 21)) == date(2025, 6, 30)
    assert usual_day(load_preset("commune-2025"), date(2026, 11, 21)) == date(2026, 11, 21)


def test_a_world_of_another_day_has_a_clock_that_begins_on_its_morning() -> None:
    moment = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    clock = clock_of(TINY, lambda: moment)
    assert clock() == datetime(2025, 9, 15, 2, 0, tzinfo=UTC)
    moment += timedelta(hours=1)
    assert clock() == datetime(2025, 9, 15, 3, 0, tzinfo=UTC)


def test_it_is_served_from_its_own_files_on_this_machine_only(tmp_path: Path) -> None:
    real = Config(
        data_dir=tmp_path, database_url="postgresql://example.vn/real", http_host="0.0.0.0",  # noqa: S104 - what must not last
        http_port=8123, public_url="https://example.vn", telegram_mode="webhook",
    )  # fmt: skip
    config = demo_config(real, Home(tmp_path))
    assert config.http_host == "127.0.0.1"
    assert config.public_url == "http://127.0.0.1:8123"
    assert config.database_url == f"sqlite:///{tmp_path}/demo/langnghe.db"
    assert config.data_dir == tmp_path / "demo"
    assert config.telegram_mode == "polling"


def test_the_command_serves_what_it_prints(lived_in: Home) -> None:
    with running(lived_in.data_dir) as printed:
        addresses = re.findall(r"http://127\.0\.0\.1:\d+\S*", printed)
        assert len(addresses) == 6
        for address in addresses:
            with urllib.request.urlopen(address) as page:  # noqa: S310 - our own address
                assert page.status == 200
                assert page.read()
        assert "password chi-de-dung-thu" in printed
        assert "lanhdao.kinh-te" in printed
        [address] = re.findall(r"DATABASE_URL=(\S+) langnghe stats", printed)
        stats = [*COMMAND[:-5], "stats", "--json", "--from", "2025-07-01", "--to", "2025-09-15"]
        env = environment(lived_in.data_dir, DATABASE_URL=address)
        said = subprocess.run(stats, env=env, capture_output=True, text=True, check=True).stdout
        assert json.loads(said)["ratings"]


def test_the_command_refuses_a_day_before_the_authority(tmp_path: Path) -> None:
    found = subprocess.run(
        [*COMMAND, "--no-serve", "--today", "2025-07-02"], env=environment(tmp_path), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert found.returncode == 2
    assert found.stderr == "langnghe: Preset commune-2025 can only be tried on a day from 30 Aug 2025 on.\n"
    assert not list(tmp_path.iterdir())


@contextmanager
def running(data_dir: Path) -> Iterator[str]:
    """Start the command on a world that is there already; give what it prints once it serves."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = environment(data_dir, HTTP_PORT=str(port))
    started = subprocess.Popen([*COMMAND, *OF_A_DAY], env=env, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    printed = ""
    while "Ctrl-C" not in printed:
        line = started.stdout.readline()
        assert line, "it ended before it served"
        printed += line
    wait_for(lambda: answers(port))
    try:
        yield printed
    finally:
        started.send_signal(signal.SIGTERM)
        assert started.wait(timeout=60) == 0
        started.stdout.close()


def answers(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(is_so: object) -> None:
    assert callable(is_so)
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.05)
