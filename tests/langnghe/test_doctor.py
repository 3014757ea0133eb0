import asyncio
import json
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from langnghe import store
from langnghe.checks.finding import State
from langnghe.checks.telegram import telegram
from langnghe.clock import utc_now
from langnghe.config import load_config
from langnghe.words import Words, load_texts
from storage import audit
from storage.tables.audit import audit as trail
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.langnghe.office import call, done

KEY = "khoa-sao-luu-mau-0123456789-abcdefghij"


def checks(*arguments: str) -> dict[str, tuple[str, str]]:
    found = json.loads(call("doctor", "--json", "--lang", "en", *arguments).stdout)
    return {each["check"]: (each["state"], each["line"]) for each in found["checks"]}


def test_the_words_are_there_for_every_state() -> None:
    assert all(load_texts().has(f"doctor.state_{state}") for state in State)


@pytest.mark.usefixtures("office")
def test_a_healthy_office_is_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKUP_KEY", KEY)
    done("backup")
    said = done("doctor", "--lang", "en")
    assert said.splitlines()[-1] == "Nothing is wrong."
    assert {line.split("]")[0] for line in said.splitlines()[:-1]} == {"[good"}
    assert set(checks()) == {
        "settings", "secret", "backup_key", "disk", "sqlite", "database", "schema", "audit", "questionnaires",
        "clock", "backup", "telegram",
    }  # fmt: skip


@pytest.mark.usefixtures("office")
def test_what_should_be_better_is_a_note_and_no_failure() -> None:
    assert call("doctor").exit_code == 0
    found = checks()
    assert found["backup"] == ("warning", "none was ever made; run langnghe backup every day")
    assert found["backup_key"][0] == "warning"


def test_without_data_the_way_to_them_is_told() -> None:
    assert call("doctor").exit_code == 1
    assert checks()["database"] == ("wrong", "There is no data yet; run langnghe setup, or try langnghe demo.")
    assert not Path("data/langnghe.db").exists()


def test_wrong_settings_are_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PORT", "x")
    assert call("doctor").exit_code == 1
    assert checks() == {"settings": ("wrong", "HTTP_PORT = 'x': needs a whole number from 0 to 65535, such as 8080")}


@pytest.mark.usefixtures("office")
def test_damage_anywhere_in_the_file_is_found() -> None:
    file = Path("data/langnghe.db")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE large (id INTEGER PRIMARY KEY, text TEXT)")
        connection.executemany("INSERT INTO large VALUES (?, ?)", ((each, "x" * 300) for each in range(2_000)))
        connection.commit()
    whole = file.read_bytes()
    chance = random.Random(3)  # noqa: S311 - repeatable damage, no secret
    place = len(whole) - 4096 * 3
    file.write_bytes(whole[:place] + chance.randbytes(4096) + whole[place + 4096 :])
    state, line = checks()["database"]
    assert state == "wrong"
    assert "is damaged (" in line
    assert "langnghe restore FILE --replace" in line


@pytest.mark.usefixtures("office")
def test_a_broken_key_a_changed_entry_and_a_clock_that_is_behind_are_found() -> None:
    later = utc_now() + timedelta(days=2)
    store.write(
        lambda connection: audit.record(
            connection, at=later, actor="system", action="trial", subject="trial", details={}
        )
    )
    assert checks()["clock"][0] == "wrong"
    store.write(lambda connection: connection.execute(update(trail).where(trail.c.seq == 1).values(actor="x")).rowcount)
    assert "entry 1 is wrong" in checks()["audit"][1]
    with closing(sqlite3.connect("data/langnghe.db")) as connection:
        connection.execute("UPDATE staff SET unit = 'nowhere'")
        connection.commit()
    assert "a row of staff points to no row of unit" in checks()["database"][1]


@pytest.mark.usefixtures("office")
def test_another_step_is_found() -> None:
    store.write(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '0900'")).rowcount)
    assert checks()["database"][1].startswith("A newer version wrote the database (step 0900);")


@pytest.mark.usefixtures("office")
def test_too_little_room_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREE_SPACE_MB", "999999999")
    state, line = checks()["disk"]
    assert state == "wrong"
    assert "make room, or change FREE_SPACE_MB" in line


def test_a_server_that_is_away_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert checks()["database"][0] == "wrong"


async def test_postgresql_is_looked_at_too(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    await store.prepare(load_config())
    found = await asyncio.to_thread(checks)
    assert {name: state for name, (state, _) in found.items() if state == "wrong"} == {}
    assert database_url.startswith("sqlite") or "PostgreSQL" in found["database"][1]


@pytest.fixture
async def fake(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
        monkeypatch.setenv("TELEGRAM_API_BASE", server.base)
        yield server


async def lines() -> list[tuple[str, str]]:
    return [(each.state.value, each.told(Words("en"))) for each in await telegram(load_config())]


async def test_the_bot_is_asked_who_it_is(fake: FakeTelegram) -> None:
    [name, updates] = await lines()
    assert name[0] == "good"
    assert name[1].startswith("the bot is @")
    assert updates == ("good", "fetched by polling")
    assert {call.method for call in fake.calls} <= {"getme", "getwebhookinfo"}


async def test_a_refused_token_is_told_without_it(fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "999:AAanother-token-another-token")
    [(state, line)] = await lines()
    assert state == "wrong"
    assert "check TELEGRAM_BOT_TOKEN" in line
    assert "AAanother" not in line
    assert fake.base not in line
