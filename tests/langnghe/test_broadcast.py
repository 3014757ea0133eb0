"""`langnghe broadcast`: what it shows and does, in a set-up office."""

import asyncio
import re
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from bot.broadcasting import Broadcaster
from langnghe import store
from langnghe.clock import utc_now
from langnghe.config import load_config
from offices.staff import Role
from storage import staff
from storage.broadcasts import drafting, steps
from storage.broadcasts.records import Audience, Draft, State
from storage.database import Database
from storage.reference import ReferenceHolder
from storage.tables.audit import audit
from storage.tables.broadcasts import broadcast
from storage.tables.delivery import outbox
from tests.bot.test_broadcasting import add_chats
from tests.langnghe.office import as_json, done, refused

CHATS = 40


async def _started() -> None:
    """Write a broadcast by one person, approve it by another, and let the worker begin."""
    database = await Database.open(load_config().database_url)
    now = utc_now()

    def write(connection: Connection) -> None:
        add_chats(connection, CHATS)
        people = [
            staff.add(
                connection, login=f"tt{number}", name=f"Cán bộ mẫu 0{number}", unit="xa-mau.van-phong",
                roles=[Role.COORDINATOR], password_hash="x", now=now, actor="system",
            )
            for number in (1, 2)
        ]  # fmt: skip
        draft = Draft("Mai cắt điện. " * 20, "No power tomorrow.", Audience.ALL, night_reason="Điện lực báo muộn")
        number = drafting.write(connection, draft, people[0], now)
        steps.submit(connection, number, people[0], now)
        steps.approve(connection, number, people[1], 1, now)

    await database.write(write)
    await Broadcaster(database, ReferenceHolder(), utc_now).round()
    await database.close()


@pytest.fixture
def started(office: Path) -> Path:
    asyncio.run(_started())
    return office


@pytest.mark.usefixtures("office")
def test_nothing_was_sent_yet() -> None:
    assert done("broadcast", "status") == "Chưa có tin chung nào.\n"
    assert as_json("broadcast", "status") == []
    assert refused("broadcast", "pause", "7") == (1, "Không có tin chung số 7.")


@pytest.mark.usefixtures("started")
def test_how_far_it_is() -> None:
    store.write(lambda c: c.execute(outbox.update().where(outbox.c.id <= CHATS // 4).values(state="unreachable")))
    said = done("broadcast", "status", "1", "--lang", "en").splitlines()
    assert said[0] == "1  [running]  No power tomorrow."
    assert said[1] == "███████░░░░░░░░░░░░░░░░░░░░░░░  10 of 40 recipients"
    assert said[2] == "sent 0, waiting 30, unreachable 10"
    shown = done("broadcast", "status")
    assert "[đang gửi]" in shown
    assert "Mai cắt điện. Mai" in shown
    assert "…" in shown


@pytest.mark.usefixtures("started")
def test_it_is_paused_resumed_and_cancelled_on_record() -> None:
    assert as_json("broadcast", "pause", "1")["state"] == "paused"
    assert store.read(lambda c: set(c.scalars(select(outbox.c.state)))) == {"held"}
    assert as_json("broadcast", "resume", "1")["state"] == "running"
    told = as_json("broadcast", "cancel", "1")
    assert (told["state"], told["waiting"], told["left_out"], told["expected_end"]) == ("cancelled", 0, CHATS, None)
    assert refused("broadcast", "resume", "1")[0] == 1
    taken = store.read(lambda c: list(c.scalars(select(audit.c.action).where(audit.c.subject == "broadcast:1"))))
    assert taken == [
        f"broadcast.{step}" for step in ("write", "submitted", "approved", "paused", "running", "cancelled")
    ]


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize("state", list(State))
def test_every_state_has_its_words(state: State) -> None:
    store.write(lambda c: c.execute(broadcast.update().values(state=state.value)))
    for language in ("vi", "en"):
        assert re.match(r"1  \[[^\]]+\]  ", done("broadcast", "status", "--lang", language))
